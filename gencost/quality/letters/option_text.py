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
_LONGER = re.compile(r"[\w-]|\s?known")
_CONCLUSION = re.compile(r"\b(?:so|therefore|thus|hence|consequently)\b|[\u2192\u21d2\u2234]")
_NOT = re.compile(r"\s*(?:is|was)(?:n['\u2019]t\b| not\b)", re.IGNORECASE)
_COMMAND = re.compile(r"\\(?=[a-z])")  # O(\log n)
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
        text = in_digits(text)
    whole = folded(text)
    if any(option and option in whole for option in options):
        for part, may_be_several in (
            (_announced(text), True),
            *((part, False) for part in _concluded(text)),
            (text, True),
        ):
            held = _held(folded(part), options)
            if len(held) == 1:
                return frozenset(letters[i] for i in held)
            if held and may_be_several:
                return option_calculated(text, letters, texts) or frozenset(
                    letters[i] for i in _meant(part, held, options)
                )
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
        return f"option {options if name == 'last' else p.ORDINALS.index(name) + 1}"

    arabic = p.ROMAN.sub(lambda roman: str(p.ROMANS.index(lowered(roman["n"])) + 1), text)
    return p.ORDINAL.sub(number, arabic) if any(name in lowered(text) for name in p.NAMES_OF_PLACES) else arabic


def folded(text: str) -> str:
    """Make option texts comparable: no case, no punctuation at the ends, single spaces, of LaTeX what is meant."""
    if "\\" in text or "$" in text:
        text = _COMMAND.sub("", without_latex(_FRACTION.sub(r"\1/\2", text)))
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).strip(" .,;:!?\"'()[]\u3002")


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
    for behind in reversed([0, *(verb.end() for verb in p.CHOOSES.finditer(lowered(text)))][-p.TIMES :]):
        lead = p.FILLER.match(text, behind)
        begins = behind if lead is None else lead.end()
        rest = folded(text[begins : begins + most])
        starts = [i for i, option in enumerate(options) if option and re.match(rf"{re.escape(option)}(?!\w)", rest)]
        longest = max(starts, key=lambda i: len(options[i])) if starts else None
        if longest is not None and not _joined(rest[len(options[longest]) :], options):
            return longest
    return None


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
    return re.compile(rf"(?<!\w){re.escape(part)}(?!\w)")


def _affirms(text: str, part: str) -> bool:
    """Whether a text holds a part, somewhere without a denial shortly before it in its clause."""
    places = list(_place(part).finditer(text))[-p.TIMES :] if part and part in text else []
    return any(
        not p.NOT.search(piece := p.BEFORE_TURN.split(text[max(0, place.start() - 25) : place.start()])[-1])
        and not p.CONCEDES.search(piece)
        and not p.DENIED_BEHIND.match(text, place.end())
        for place in places
    )
