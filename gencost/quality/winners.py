"""Read which of two texts a judge prefers: from the value of a verdict, or from a reply without an object."""

from __future__ import annotations

import re
from typing import Any

from gencost.quality.judge_reply import UnreadableError

_WINNER = re.compile(r"\b(first|second|tie|draw|equal|equally)\b", re.IGNORECASE)
_BETTER = re.compile(
    r"\b(?:winner|verdict|better(?: answer| one)?)\b\W{0,6}(?:(?:is|would be|:)\W{0,4})?(?:the )?(first|second|tie)\b"
    r"|\b(first|second)(?: answer| one)? (?:is (?:the )?(?:clearly |slightly |much )?(?:better|best|winner)|wins)\b"
    r"|\bI(?:'d| would)? (?:prefer|choose|pick|favou?r|go with) (?:the )?(first|second)\b",
    re.IGNORECASE,
)
_WORSE = re.compile(
    r"\W*(?:the )?(first|second)(?: answer| one)? "
    r"(?:is (?:clearly |slightly |much )?(?:worse|weaker|inferior)|loses)\W*",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:not|neither|nor|worse|weaker|inferior|loses)\b|n't\b", re.IGNORECASE)
_CLAUSES = re.compile(r"[:;,.!]|\bso\b", re.IGNORECASE)
_OTHER = {"first": "second", "second": "first"}
_SHORT = 60


def winner_in(value: Any) -> str:
    """Read ``first``, ``second`` or ``tie``, alone or in a few words."""
    words = {word.lower() for word in _WINNER.findall(str(value))}
    words = {"tie" if word in {"draw", "equal", "equally"} else word for word in words}
    denied = any(_DENIED.search(part) for part in _CLAUSES.split(str(value)) if _WINNER.search(part))
    if len(words) != 1 or len(str(value)) > _SHORT or denied:  # "It isn't close: first" denies nothing
        raise UnreadableError(f"its winner is not first, second or tie: {str(value)[:_SHORT]!r}")
    return str(words.pop())


def bare_winner(reply: str) -> str | None:
    """Read a reply that is little more than a winner, or calls one the better; None where none is stated."""
    if worse := _WORSE.fullmatch(reply):
        return _OTHER[worse[1].lower()]
    try:
        return winner_in(reply)
    except UnreadableError:
        called = [next(filter(None, groups)) for groups in _BETTER.findall(reply)]
        return called[-1].lower() if called else None
