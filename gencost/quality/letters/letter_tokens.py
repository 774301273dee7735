"""Letters that stand for themselves in a text, not for a word: what every rule about stated letters looks for."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property, lru_cache

from gencost.quality.letters import patterns as p
from gencost.quality.marked import without_latex
from gencost.quality.reading import shortened

Stated = frozenset[str]
"""Letters stated together; one of them is an answer, several are none."""

NONE: Stated = frozenset()
_WORD_LETTERS = "AIOEY"
_SHORT = 600
FAR = 400
"""How far from a word, in characters, what it announces may stand."""
_SEPARATORS = re.compile(r"[\s,;/&+().]+")
_FIRST_TOKENS, _LAST_TOKENS = 40, 80
# Letters that emoji draw: in a black circle, in a black square, as one half of a flag.
_DRAWN = {first + i: chr(65 + i) for first in (0x1F150, 0x1F170, 0x1F1E6) for i in range(26)}

_SAME_SHAPE = str.maketrans("АВСЕΑΒΕ", "ABCEABE")  # noqa: RUF001 - Cyrillic and Greek ones
_LOOK_ALIKE = re.compile("(?<!\\w)[АВСЕΑΒΕ](?=[^\\w\\s]|\\s*$|\\s+[\u2013\u2014-])", re.MULTILINE)  # noqa: RUF001 - likewise
# Options of other scripts in their order: Arabic, Hebrew, Bengali, Hindi, Thai, Korean, Japanese, Chinese.
_IN_ORDER = ("أبجده", "אבגדה", "কখগঘঙ", "कखगघङ", "กขคงจ", "가나다라마", "ㄱㄴㄷㄹㅁ", "アイウエオ", "甲乙丙丁戊")
_OF_ORDER = {ord(letter): "ABCDE"[i] for letters in _IN_ORDER for i, letter in enumerate(letters)}
_ORDERED = re.compile(
    rf"(?<![\w\u0900-\u09ff\u0e00-\u0e7f])[{''.join(_IN_ORDER)}](?=\s*(?:$|[)\]:\u060c\u3002]|[.,]\s*$))", re.MULTILINE
)
_OTHER_ALPHABET = re.compile("(?<!\\w)[БГДЖΓΔ](?!\\w)")


def plain(text: str) -> str:
    """Leave out what only sets type: full-width forms, LaTeX, marks of emphasis, fences, tags, bullets, questions."""
    text = shortened(unicodedata.normalize("NFKC", text if text.isascii() else _latin(text.translate(_DRAWN))))
    text = p.RUN.sub(r"\1\2", p.STRUCK.sub("", without_latex(text)))
    text = p.SHORT_IS.sub(r"\1 is", text) if p.OF_SHORT_IS.search(text) else text
    text = p.NOT_APPLICABLE.sub(" ", p.ASKED_FIRST.sub("", text))
    text = p.QUESTION.sub(" ", p.EMPHASIS.sub("", p.FENCE.sub("", text)))
    return p.TAG.sub(" ", p.BULLET.sub("", text))


@lru_cache(maxsize=8)
def lowered(text: str) -> str:
    """Write a text in lower case, each character in its place; Turkish letters i, with a dot and without, are one."""
    return text.replace("\u0130", "i").lower().replace("\u0131", "i")


def taken_back(text: str) -> int:
    """Find the end of the last words that take something back ("no, wait"); 0 without any."""
    low = lowered(text)
    if not any(word in low for word in p.OF_TAKEN_BACK):
        return 0
    return max((back.end() for back in p.TAKEN_BACK.finditer(low)), default=0)


def _latin(text: str) -> str:
    """Make Latin letters of those that look like them, unless others stand beside them, and of those in their order."""
    text = _ORDERED.sub(lambda letter: letter.group().translate(_OF_ORDER), text)
    if not _LOOK_ALIKE.search(text) or _OTHER_ALPHABET.search(text):
        return text
    return _LOOK_ALIKE.sub(lambda letter: letter.group().translate(_SAME_SHAPE), text)


def sentence(text: str, start: int) -> str:
    """Return the text from a place to the end of its sentence, 400 characters at most."""
    return text[start : end_of_sentence(text, start)]


def end_of_sentence(text: str, start: int) -> int:
    """Find the end of a sentence that goes on at a place, no further than 400 characters from it."""
    end = p.END.search(text, start, start + FAR)
    return min(len(text), start + FAR) if end is None else end.start()


def conclusion(text: str) -> str:
    """Return a text that is short, or else its last paragraph or sentence: a long one names options that it weighs."""
    if len(text) <= _SHORT:
        return text
    last = text.rstrip().rpartition("\n\n")[2]
    if len(last) <= _SHORT:
        return last
    end = p.LAST.split(last.strip()[-10 * _SHORT :])[-1]
    return end if len(end) < 10 * _SHORT else p.LAST.split(last.strip())[-1]


def clause(text: str, start: int) -> str:
    """Return the text from a place to the end of its clause, 120 characters at most."""
    return p.CLAUSE.split(text[start : start + 120])[0]


def opening(text: str, at: int) -> int:
    """Step back before a bracket that was skipped."""
    while at > 0 and text[at - 1] in "([{ ":
        at -= 1
    while text[at : at + 1] == " ":
        at += 1
    return at


def letter(match: re.Match[str] | None) -> Stated:
    """The letter that a pattern found in its group x; none if it found nothing."""
    return NONE if match is None else frozenset(match["x"].upper())


def in_brackets(token: re.Match[str]) -> bool:
    """Whether a letter stands in brackets, as ``(B)``."""
    return token.group()[:1] in "([{" and token.group()[-1:] in ")]}"


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """Finds letters in texts that ``plain`` made.

    Attributes:
        letters: upper-case, or digits.
    """

    letters: str

    @cached_property
    def one(self) -> re.Pattern[str]:
        """A letter that stands for itself; its group is x, as for the others."""
        return re.compile(
            rf"(?<![A-Z][-\u2013])(?<![A-Za-z0-9+#&.\\])(?<!\w['\u2019])[(\[{{]?\s?(?P<x>[{self.letters}])(?!{p.NO_END}|{p.RANGE})[)\]}}]?"
        )

    @cached_property
    def small(self) -> re.Pattern[str]:
        """One in lower case, where nothing but marks follows."""
        return re.compile(
            rf"\s*[(\[\"'\u2018\u201c]?(?P<x>[{self.letters.lower()}])(?:[)\].,;:\"'\u2019\u201d]|(?=\s*(?:$|[.)\n])))"
        )

    @cached_property
    def small_at_end(self) -> re.Pattern[str]:
        """One in lower case, the last word of a text."""
        return re.compile(rf"(?<=\s)(?P<x>[{self.letters.lower()}])[)\].]*\s*\Z")

    @cached_property
    def small_label(self) -> re.Pattern[str]:
        """One in lower case that labels what follows, as ``b. 4``."""
        return re.compile(rf"\W*+(?P<x>[{self.letters.lower()}])(?:[)\].:,]++(?:\s|$)|(?=\s+because\b))")

    @cached_property
    def small_item(self) -> re.Pattern[str]:
        """One in lower case that labels a part: ``(a)`` ... ``(b)``."""
        return re.compile(rf"(?:^|\s)\(([{self.letters.lower()}])\)\s")

    @cached_property
    def small_named(self) -> re.Pattern[str]:
        """One in lower case behind a word for option, or alone if it is not an article."""
        small = self.letters.lower()
        alone = re.sub("[ao]", "", small) or small
        return re.compile(rf"(?<![\w'])(?:(?i:{p.OPTION})\s*[(\[]?(?P<x>[{small}])|(?P<y>[{alone}]))(?![\w'])")

    @cached_property
    def alone(self) -> re.Pattern[str]:
        """A line that is nothing but a letter and marks."""
        return re.compile(rf"\W*+(?i:{p.OPTION})?\W*+(?P<x>[{self.letters}{self.letters.lower()}])\W*+")

    def only(self, line: str) -> Stated:
        """The letter of a line that is nothing else, but for the number of a question."""
        number = p.NUMBERED.match(line)
        return letter(self.alone.fullmatch(line, 0 if number is None else number.end()))

    @cached_property
    def row(self) -> re.Pattern[str]:
        """Several letters and nothing else, without spaces: ``ABD``, ``A,C``."""
        return re.compile(rf"[{self.letters}](?:[,;/&]?[{self.letters}])+")

    def listed(self, line: str) -> Stated:
        """The letters of a line that is several of them, in order, and nothing else: ``A+C``, ``(A)(C)``, ``a, c``."""
        letters = _SEPARATORS.sub("", line)
        if not 1 < len(letters) <= len(self.letters) or (letters.islower() and len(letters) == len(line.strip())):
            return NONE
        upper = letters.upper()
        return frozenset(upper) if set(upper) <= set(self.letters) and list(upper) == sorted(set(upper)) else NONE

    @cached_property
    def chosen_from(self) -> re.Pattern[str]:
        """The letters among which one is chosen, before it is: "Between B and C,"."""
        return re.compile(p.CHOSEN_FROM.format(option=p.OPTION, letters=self.letters.lower(), join=p.JOIN))

    def without_chosen_from(self, text: str) -> str:
        """Leave out the letters among which one is chosen."""
        low = lowered(text)
        if not any(word in low for word in p.OF_CHOSEN_FROM):
            return text
        ends = [0, *(end for match in self.chosen_from.finditer(low) for end in match.span()), len(text)]
        return "".join(text[start:end] for start, end in zip(ends[::2], ends[1::2], strict=True))

    @cached_property
    def excepted(self) -> re.Pattern[str]:
        """A letter that is excepted from what is said of all: "all except B are wrong"."""
        return re.compile(p.EXCEPTED.format(option=p.OPTION, letters=self.letters.lower()))

    @cached_property
    def label(self) -> re.Pattern[str]:
        """A letter that labels a line, as options are listed."""
        return re.compile(rf"^[^\w\n]*+([{self.letters}])[).:]\s", re.MULTILINE)

    @cached_property
    def joined(self) -> re.Pattern[str]:
        """A further letter of the same statement."""
        plural = r"(?i:are|were|both|all|look|seem|appear|have|remain|fit)\b"
        either = r"(?:(?<=or [A-Z])|(?<=or \([A-Z]\)))\s+(?:is|may|might|could|would)\b"
        behind = rf"(?=\s*(?:$|[.,;:!?)\]/&\n\u3002]|{p.JOIN}|{plural})|{either})"
        letter = rf"(?P<opened>[(\[])?(?P<x>[{self.letters}])(?(opened)[)\]]?+|[)\]]?)"
        return re.compile(rf"{p.JOIN}(?i:{p.OPTION})?\s*{letter}{behind}")

    def all(self, text: str) -> tuple[re.Match[str], ...]:
        """Every letter of a text that is not an article; of more than 120 the first 40 and the last 80."""
        return _all(self, text)

    def all_small(self, text: str) -> list[re.Match[str]]:
        """The last 100 letters in lower case that stand for themselves."""
        if not any(text[place].islower() for place in _places(self, text)):
            return []
        return list(self.small_named.finditer(text))[-p.TIMES :]

    def first(self, text: str) -> re.Match[str] | None:
        """The first letter of a text that is not an article."""
        return next((token for token in self.one.finditer(text) if not self.is_article(text, token)), None)

    @cached_property
    def any_case(self) -> re.Pattern[str]:
        """A letter of either case, no part of a word, whatever stands around it: where none is, no letter is stated."""
        return re.compile(rf"[{self.letters}{self.letters.lower()}](?<![A-Za-z].)(?![A-Za-z0-9])")

    def followed(self, text: str, pattern: re.Pattern[str]) -> tuple[re.Match[str], ...]:
        """Find what a letter follows not far behind, the last first, 100 at most."""
        return _followed(self, text, pattern)

    def is_article(self, text: str, token: re.Match[str]) -> bool:
        """Whether a letter is a word: ``A dog``, ``I think``."""
        if token["x"] not in _WORD_LETTERS or token.group()[-1:] in ")]}":
            return False
        end = token.end()
        if not p.WORD_FOLLOWS.match(text, end):
            return False
        if p.OPTION_BEFORE.search(text, max(0, token.start() - 30), token.start()):
            return False
        return not (p.VERB.match(text, end) or p.BECAUSE.match(text, end) or p.BE.match(text, end)) and not (
            self.joined.match(text, end)
        )

    def run(self, text: str, token: re.Match[str]) -> tuple[Stated, int]:
        """A letter with those that are joined to it, and where they end."""
        letters, at = {token["x"]}, token.end()
        while more := self.joined.match(text, at):
            letters.add(more["x"])
            at = more.end()
        return frozenset(letters), at

    def together(self, text: str, token: re.Match[str]) -> Stated:
        """A letter with those that are joined to it; none if they are rejected together."""
        letters, end = self.run(text, token)
        if len(letters) > 1 and p.BE.match(text, end) and p.REJECTED.search(clause(text, end)):
            return NONE
        return letters

    def failed(self, text: str, token: re.Match[str]) -> Stated:
        """A letter with those that are joined to it, where they fail together: "A and B both ignore the premise"."""
        letters, end = self.run(text, token)
        return letters if p.FAILS.match(text, end) else NONE

    def is_denied(self, text: str, token: re.Match[str]) -> bool:
        """Whether something is said of a letter, and not that it is right: ``C is wrong``, ``C is tempting``."""
        return bool(p.BE.match(text, token.end())) and not p.RIGHT.match(text, token.end())


@lru_cache(maxsize=8)  # each rule asks for them
def _all(tokens: Tokens, text: str) -> tuple[re.Match[str], ...]:
    places = list(tokens.one.finditer(text))
    if len(places) > _FIRST_TOKENS + _LAST_TOKENS:
        places[_FIRST_TOKENS:-_LAST_TOKENS] = []
    return tuple(token for token in places if not tokens.is_article(text, token))


@lru_cache(maxsize=8)
def _places(tokens: Tokens, text: str) -> list[int]:
    return [single.start() for single in tokens.any_case.finditer(text)]


@lru_cache(maxsize=8)
def _followed(tokens: Tokens, text: str, pattern: re.Pattern[str]) -> tuple[re.Match[str], ...]:
    near, places = [], _places(tokens, text)
    for word in pattern.finditer(lowered(text)) if places else ():
        at = bisect_left(places, word.end())
        if at < len(places) and places[at] <= word.end() + 2 * FAR:
            near.append(word)
    return tuple(reversed(near[-p.TIMES :]))
