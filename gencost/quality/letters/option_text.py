"""The text of an option in an answer: "Paris" where B is Paris."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from gencost.quality.letters import patterns as p
from gencost.quality.letters.letter_tokens import FAR, NONE, Stated, lowered, sentence
from gencost.quality.letters.option_number import option_by_number, option_calculated
from gencost.quality.marked import without_latex
from gencost.quality.numbers.words import in_digits

_SUPERLATIVE = re.compile(
    r"\b(?:most (?:likely|probable|appropriate|plausible|accurate)|likeliest|best|correct|right)\b"
    r"[^.!?\n]{0,40}?\b(?:is|was|are|would be)\b|\b(?:most )?consistent with\b"
)
_SAID = re.compile(r"\b(?:is|are|was|were|be) (?:the |an? )?(?P<what>.+)\Z")
_RECOMMENDS = re.compile(r"\b(?:use|recommend|prescribe)\b(?: (?:an?|the)\b)?")
_LONGER = re.compile(r"[\w-]|\s?known")
_CONCLUSION = re.compile(r"\b(?:so|therefore|thus|hence|consequently)\b|[\u2192\u21d2\u2234]")
_NOT = re.compile(r"\s*(?:is|was)(?:n['\u2019]t\b| not\b)", re.IGNORECASE)
_NEGATIVE = re.compile(r"\b(?:minus|negative) (?=\d)", re.IGNORECASE)
_MINUS = re.compile(r"[\u2212\u2013](?=\d)")
_COMMAND = re.compile(r"\\(?=[a-z])")  # O(\log n)
_ROMANS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
_ROMAN = re.compile(
    r"(?<![\w'])(?P<n>i{2,3}|iv|vi{1,3}|ix|(?<=\()[iv](?=\))|(?<=\A)[iv](?=\W*\Z))(?![\w'])", re.IGNORECASE
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
_NAMES_OF_PLACES = (*_ORDINALS, "last")
_ORDINAL = re.compile(
    rf"\b(?P<n>{'|'.join(_ORDINALS)}|last)\s+(?:option|choice|answer|one|statement|alternative)\b"
    rf"|\A\W*(?:the\s+)?(?P<alone>{'|'.join(_ORDINALS)}|last)\W*\Z",
    re.IGNORECASE,
)
_FRACTION = re.compile(r"\\[dtc]?frac\s*\{([^{}]{1,40})\}\s*\{([^{}]{1,40})\}")


def option_of(text: str, letters: str, texts: Sequence[str]) -> Stated:
    """Find the option that an answer announces, chooses or holds; else one by a part or by its number.

    Args:
        text: see ``letter_tokens.plain``.
        letters: of the options.
        texts: in the same order.
    """
    options = [folded(option) for option in texts]
    if not options:
        return NONE
    if all(any(char.isdigit() for char in option) for option in options):
        text = _NEGATIVE.sub("-", in_digits(text))
    whole = folded(text)
    if any(option and option in whole for option in options):
        announcement, *conclusions = _announced(text), *_concluded(text)
        for part in (announcement, *conclusions, text):
            held = _held(folded(part), options)
            if len(held) > 1 and part not in conclusions:
                calculated = option_calculated(text, letters, texts)
                return calculated or frozenset(letters[i] for i in _meant(part, held, options))
            if len(held) == 1:
                return frozenset(letters[i] for i in held)
    return _part(text, letters, options) or option_by_number(text, letters, texts)


def _meant(text: str, held: set[int], options: Sequence[str]) -> set[int]:
    """The option of several held ones that is called right or chosen; all of them without one."""
    low = folded(text)
    called = {i for i in held if _called_right(low, options[i])}
    if len(called) == 1:
        return called
    chosen = _chosen(text, options)
    return held if chosen is None else {chosen}


def _announced(text: str) -> str:
    """Return what the last word for answer announces; empty without one."""
    for word in reversed(list(p.ANNOUNCES.finditer(lowered(text)))[-p.TIMES :]):
        part = sentence(text, word.end())
        if not _NOT.match(part) and (p.IS.search(part[:60]) or ":" in part[:20]):
            return part
    return ""


def _concluded(text: str) -> Iterator[str]:
    """Give what the last superlative is said of ("the most likely diagnosis is ..."), and the last conclusion."""
    for pattern in (_SUPERLATIVE, _CONCLUSION):
        words = list(pattern.finditer(lowered(text)))
        if words:
            yield sentence(text, words[-1].end())


def whole_option(text: str, letters: str, texts: Sequence[str]) -> Stated:
    """Find the option whose text, longer than a letter, an answer is: "Both A and B"."""
    answer = folded(text)
    whole = [letters[i] for i, option in enumerate(texts) if len(answer) > 1 and folded(option) == answer]
    return frozenset(whole) if len(whole) == 1 else NONE


def with_numbers(text: str, options: int) -> str:
    """Write Roman numbers and ordinals of options in digits: ``(ii)`` as ``(2)``, "the last one" as "option 4"."""

    def number(word: re.Match[str]) -> str:
        name = lowered(word["n"] or word["alone"])
        return f"option {options if name == 'last' else _ORDINALS.index(name) + 1}"

    arabic = _ROMAN.sub(lambda roman: str(_ROMANS.index(lowered(roman["n"])) + 1), text)
    return _ORDINAL.sub(number, arabic) if any(name in lowered(text) for name in _NAMES_OF_PLACES) else arabic


def folded(text: str) -> str:
    """Make option texts comparable: no case, no punctuation at the ends, single spaces, of LaTeX what is meant."""
    if "\\" in text or "$" in text:
        text = _COMMAND.sub("", without_latex(_FRACTION.sub(r"\1/\2", text)))
    text = text if text.isascii() else _MINUS.sub("-", unicodedata.normalize("NFKC", text))
    return " ".join(text.casefold().split()).strip(" .,;:!?\"'()[]\u3002")


def _held(text: str, options: Sequence[str]) -> set[int]:
    """The options that a text affirms; of Paris and Paris, Texas the longer one is meant."""
    held = {i for i, option in enumerate(options) if _affirms(text, option)}
    return held - {i for i in held for j in held if i != j and _place(options[i]).search(options[j])}


def _called_right(text: str, option: str) -> bool:
    """Whether the best is said of an option, and not of one word of its name more: "gold is the safest"."""
    behind = (p.RIGHT.match(text, place.end()) for place in list(_place(option).finditer(text))[-p.TIMES :])
    return any(right is not None and not _LONGER.match(text, right.end()) for right in behind)


def _chosen(text: str, options: Sequence[str]) -> int | None:
    """The option behind the last word that chooses or concludes: "so it must be gold"."""
    most = 2 * max(map(len, options)) + FAR
    for behind in reversed([0, *_behind_choices(text)][-p.TIMES :]):
        lead = p.FILLER.match(text, behind)
        begins = behind if lead is None else lead.end()
        rest = folded(text[begins : begins + most])
        starts = [i for i, option in enumerate(options) if option and re.match(rf"{re.escape(option)}(?!\w)", rest)]
        longest = max(starts, key=lambda i: len(options[i])) if starts else None
        if longest is not None and not _joined(behind_it := rest[len(options[longest]) :], options):
            if not behind and not p.PARTED.match(behind_it) and (last := _last_said(text, options)) is not None:
                return last
            return longest
    return None


def _behind_choices(text: str) -> list[int]:
    """The ends of words that choose, in order: "so", "I'd say", "use"."""
    low = lowered(text)
    return sorted(verb.end() for pattern in (p.CHOOSES, _RECOMMENDS) for verb in pattern.finditer(low))


def _last_said(text: str, options: Sequence[str]) -> int | None:
    """The option that the last sentence ends with behind "is": "What yields most is gold"."""
    last = p.LAST.split(text.strip()[-FAR:])[-1]
    ends = list(_SAID.finditer(folded(last)))
    same = [i for i, option in enumerate(options) if ends and ends[-1]["what"] == option]
    return same[0] if len(same) == 1 else None


def _joined(behind: str, options: Sequence[str]) -> bool:
    """Whether another option follows in the same statement: "London or Paris"."""
    join = re.match(rf"{p.JOIN}(?:the\s+)?", behind)
    return join is not None and any(option and behind.startswith(option, join.end()) for option in options)


def _part(text: str, letters: str, options: Sequence[str]) -> Stated:
    """The only option that has every word of a short answer."""
    lead = p.SHORT_LEAD.match(text)
    words = set(re.findall(r"\w+", folded(text if lead is None else text[lead.end() :])))
    having = [letters[i] for i, option in enumerate(options) if words and words <= set(re.findall(r"\w+", option))]
    return frozenset(having) if len(having) == 1 else NONE


def _place(part: str) -> re.Pattern[str]:
    """A part that stands for itself; a number at its beginning does not end another: 3 is not in -3 nor 1.3."""
    before = r"(?<![ =(]-)(?<!\A-)(?<!\d[.,])" if part[:1].isdigit() else ""
    return re.compile(rf"(?<!\w){before}{re.escape(part)}(?!\w)")


def _affirms(text: str, part: str) -> bool:
    """Whether a text holds a part, somewhere without a denial shortly before it in its clause."""
    places = list(_place(part).finditer(text))[-p.TIMES :] if part and part in text else []
    return any(
        not p.NOT.search(piece := p.BEFORE_TURN.split(text[max(0, place.start() - 25) : place.start()])[-1])
        and not p.CONCEDES.search(piece)
        and not p.DENIED_BEHIND.match(text, place.end())
        for place in places
    )
