"""Read which of two texts a judge prefers: from the value of a verdict, or from a reply without an object."""

from __future__ import annotations

import re
from typing import Any

from gencost.quality.judge_reply import UnreadableError

_WINNER = re.compile(r"\b(first|second|tie|draw|equal|equally)\b", re.IGNORECASE)
_BETTER = re.compile(
    r"\b(?:winner|verdict|better(?: answer| one)?)\b\W{0,6}(?:(?:is|would be|:)\W{0,4})?(?:the )?(first|second|tie)\b"
    r"|\b(first|second)(?: answer| one)? (?:is (?:the )?(?:clearly |slightly |much )?(?:better|best|winner)|wins)\b"
    r"|\bso,? (?:it's |I (?:pick|choose|prefer) )?the (first|second)(?: answer| one)?\W*\Z"
    r"|\bI(?:'d| would)? (?:prefer|choose|pick|favou?r|go with) (?:the )?(first|second)\b",
    re.IGNORECASE,
)
_WORSE = re.compile(
    r"\W*(?:the )?(first|second)(?: answer| one)? "
    r"(?:is (?:clearly |slightly |much )?(?:worse|weaker|inferior)|loses)(?: (?:than|to) [^.,;]{1,30})?\W*",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:not|neither|nor|worse|weaker|inferior|loses)\b|n't\b", re.IGNORECASE)
_CLAUSES = re.compile(r"[:;,.!]|\bso\b", re.IGNORECASE)
_REASON = re.compile(r",? (?:because|since|as)\b.*", re.IGNORECASE | re.DOTALL)
_TIES = {"tie", "draw", "equal", "equally"}
_OTHER = {"first": "second", "second": "first"}
_SHORT = 60
# Other names of the two: "[[A]]" (MT-Bench), "Assistant B", "Answer 2", "A > B"; a letter or number alone is one, too.
_NAMES = {"a": "first", "1": "first", "b": "second", "2": "second", "c": "tie"}
_KIND = r"(?:answer|assistant|response|model|option|output|candidate|text)"
_SIDE = rf"(?:the )?(?:{_KIND} [12]|(?:{_KIND} )?[AB]|(?:first|second)(?: {_KIND})?)"
_RANKED = re.compile(rf"(?<!\w)({_SIDE})\s*(>{{1,2}}|={{1,2}}|<{{1,2}})\s*({_SIDE})(?!\w)", re.IGNORECASE)
_NUMBERS = re.compile(r"\W*([12])\s*([><=]{1,2})\s*([12])\W*")
_NEITHER = re.compile(rf"\bneither (?:{_KIND} |one )?is (?:[a-z]+ )?(?:better|superior)\b", re.IGNORECASE)
_BOX = re.compile(r"\\boxed\s*\{(?:\\text\s*\{)?([^{}]*)\}{1,2}")
_BRACKETED = re.compile(r"\[\[\s*([ABC12])\s*\]\]")
_NAMED = re.compile(rf"\b{_KIND}[ _]\(?([AB12])\b\)?", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z]{1,20}>", re.IGNORECASE)
_LETTER = re.compile(
    r"\b((?:prefer|choose|pick|favou?r|go with|better(?: answer| one)? is|winner is) )([AB])\b"
    r"|\b([AB])(?= (?:is|was|wins|loses)\b)"
)
_ALONE = re.compile(
    r"\W*(?:(?:(?:final )?(?:verdict|winner|answer|choice|preference)|preferred|best|better(?: (?:answer|one))?)"
    r"\W{1,6}(?:is\W{1,4})?)?"
    r"([AB12])\W*",
    re.IGNORECASE,
)


def winner_in(value: Any) -> str:
    """Read ``first``, ``second`` or ``tie``, alone or in a few words; A and 1 are the first, B and 2 the second."""
    text = str(value)
    winner = _in_few_words(_in_words(text)) if len(text) <= _SHORT else None
    if winner is None:
        raise UnreadableError(f"its winner is not first, second or tie: {text[:_SHORT]!r}")
    return winner


def bare_winner(reply: str) -> str | None:
    """Read a reply that is little more than a winner, or calls one the better; None where none is stated."""
    if brackets := _BRACKETED.findall(reply):
        return _NAMES[brackets[-1].lower()]
    reply = _in_words(reply)
    if worse := _WORSE.fullmatch(reply):
        return _OTHER[worse[1].lower()]
    if winner := _in_few_words(reply) or _in_few_words(_REASON.sub("", reply[: 2 * _SHORT])):
        return winner
    called = [next(filter(None, groups)) for groups in _BETTER.findall(reply)]
    return called[-1].lower() if called else None


def _in_few_words(text: str) -> str | None:
    """The winner of a short text that names one alone and denies nothing of it; None for any other."""
    if len(text) > _SHORT:
        return None
    words = {"tie" if (word := named.lower()) in _TIES else word for named in _WINNER.findall(text)}
    denied = any(_DENIED.search(part) for part in _CLAUSES.split(text) if _WINNER.search(part))
    return words.pop() if len(words) == 1 and not denied else None  # "It isn't close: first" denies nothing


def _in_words(text: str) -> str:
    """Write the other names of the two as first and second: "Assistant A" as "the first answer"."""
    text = _BOX.sub(r" \1 ", _TAG.sub(" ", text) if "<" in text else text)
    if len(text) <= _SHORT and (alone := _ALONE.fullmatch(text)):
        return _NAMES[alone[1].lower()]
    if any(sign in text for sign in "<>="):
        text = _RANKED.sub(_preferred, _NUMBERS.sub(_preferred, text) if len(text) <= _SHORT else text)
    text = _NEITHER.sub("tie", text)
    text = _LETTER.sub(lambda letter: f"{letter[1] or ''}the {_NAMES[(letter[2] or letter[3]).lower()]} answer", text)
    return _NAMED.sub(lambda name: f"the {_NAMES[name[1].lower()]} answer", text)


def _preferred(ranked: re.Match[str]) -> str:
    left, right = ("first" if re.search(r"1|a$|first", side.lower()) else "second" for side in ranked.group(1, 3))
    return "tie" if ranked[2][0] == "=" or left == right else (left if ranked[2][0] == ">" else right)
