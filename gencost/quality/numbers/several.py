r"""Compare answers of several numbers: pairs, sets, intervals, solutions in any order, in one box or in several.

A reference in round or square brackets is compared in its order, a set and pairs of one list (``(1, 2), (3, 4)``) in
any. ``1,2`` is also read as 1 and 2 here. A half-open interval must have the same ends, and infinity stands in both
or in none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from gencost.quality.numbers.quantities import Quantity

Read = Callable[[str], list[Quantity]]
Equal = Callable[[Sequence[Quantity], Sequence[Quantity]], bool]

_BRACKETED = re.compile(r"[\s$]*[(\[].*[)\]][\s$]*", re.DOTALL)
_COMMA = re.compile(r"(?<=\d),(?=\d)")
_INFINITE = re.compile(r"\\infty|\u221e|\binf(?:inity)?\b", re.IGNORECASE)
_GROUP = re.compile(r"(?P<opens>[(\[])(?P<inside>[^()\[\]]*)(?P<closes>[)\]])")
_HALF_OPEN = ("[)", "(]")


def is_right(answers: Sequence[str], reference: str, read: Read, equal: Equal) -> bool:
    """Whether one of some parts of an answer gives the numbers of a reference, and no others.

    Args:
        answers: parts, without what only sets type.
        reference: likewise.
        read: finds the numbers of a part.
        equal: compares two lists of them, one by one.
    """
    return any(_gives(answer, reference, read, equal) for answer in answers if _can_be(answer, reference))


def _can_be(answer: str, reference: str) -> bool:
    given, wanted = _ends(answer), _ends(reference)
    half_open = any(end in _HALF_OPEN for end in (*given, *wanted))
    if half_open and given and given != wanted:
        return False
    return bool(_INFINITE.search(answer)) == bool(_INFINITE.search(reference))


def _ends(text: str) -> list[str]:
    return [group["opens"] + group["closes"] for group in _GROUP.finditer(text) if "," in group["inside"]]


def _gives(answer: str, reference: str, read: Read, equal: Equal) -> bool:
    for apart in (False, True):
        if apart:
            answer, reference = _COMMA.sub(", ", answer), _COMMA.sub(", ", reference)
        goals = read(reference)
        given = read(answer)
        if equal(given, goals):
            return True
        ordered = _BRACKETED.fullmatch(reference) or any(goal.symbol for goal in goals)
        if not ordered and equal(_sorted(given), _sorted(goals)):
            return True
    return _same_groups(answer, reference, read, equal)


def _same_groups(answer: str, reference: str, read: Read, equal: Equal) -> bool:
    """Whether two lists of pairs have the same ones, in any order."""
    given, wanted = (sorted(_groups(part, read), key=_values) for part in (answer, reference))
    return len(given) == len(wanted) > 1 and all(map(equal, given, wanted))


def _groups(part: str, read: Read) -> list[list[Quantity]]:
    return [numbers for group in _GROUP.finditer(part) if (numbers := read(group["inside"]))]


def _values(numbers: Sequence[Quantity]) -> list[object]:
    return [number.value for number in numbers]


def _sorted(numbers: Sequence[Quantity]) -> list[Quantity]:
    return sorted(numbers, key=lambda number: number.value)
