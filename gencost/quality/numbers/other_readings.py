r"""Other numbers that an answer gives in the same breath: "1/3 ≈ 0.333", "2.5 kg (2500 g)", and "3 out of 4" as 3/4."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from gencost.quality.numbers.quantities import Quantity

_ABOUT = re.compile(
    r"(?:\s?(?:\\pi\b|\u03c0))?[\s$})\\]*(?:≈|≅|\\approx|\\simeq|approx\.?)[\s${(]*"
    r"|,?\s*\(?(?:or |i\.e\.,? )?(?:about|approximately|approx\.) "
)
_OPERATOR_BEFORE = re.compile(r"[-+*/\u00d7\u00f7\u2212\u22c5\u00b7][\s($\u20ac{]*\Z|\\(?:times|div|cdot)\s*\Z")
_OF = re.compile(r"\s(?:in|out of|to)\s")
_ALONE = re.compile(
    r"\W*(?:a |the )?(?:(?:ratio|chance|probability|likelihood|odds)\b[^\d.!?]{0,60}|about )?", re.IGNORECASE
)
_IN_BRACKETS = re.compile(r"\s?\((?:or |i\.e\.,? |= ?)?")
_UNIT = (
    r"(?:[kmµ]?g|lbs?|oz|[kcm]?m|mi|miles?|ft|feet|inch(?:es)?|m?[lL]|gal(?:lons)?|°[CFK]?|[CF]|h|hours?|hrs?|min(?:utes)?|"
    r"s|sec(?:onds)?|k?J|k?cal|mph|km/h|m/s)"
)
_CONVERTED = re.compile(rf"\s?{_UNIT}\s?\((?:= ?|or |about |≈ ?)?")  # 2.5 kg (2500 g)
_UNIT_ENDS = re.compile(rf"\s?{_UNIT}\)")
_NEAR = Fraction(1, 100)
_END = re.compile(r"\W*")


def other_readings(part: str, numbers: Sequence[Quantity], meant: Quantity) -> Iterator[Quantity]:
    """Yield what else an answer states in the same breath.

    Args:
        part: what is marked, or the text.
        numbers: its numbers, as ``quantities`` found them.
        meant: the one that it is taken to state.
    """
    for left, right in pairwise(numbers):
        between = part[left.end : right.start]
        if meant in (left, right) and _is_in_brackets(part, left, right):
            yield from (left, right)
        if meant in (left, right) and _ABOUT.fullmatch(between):
            if not _OPERATOR_BEFORE.search(part, max(0, left.start - 12), left.start):
                yield left
            yield right
    if len(numbers) == 2 and _OF.fullmatch(part[numbers[0].end : numbers[1].start]):
        first, second = numbers
        alone = _ALONE.fullmatch(part[: first.start]) and _END.fullmatch(part[second.end :])
        if alone and first.kind == second.kind == "number" and second.value:
            if " to " not in part[first.end : second.start]:  # 3 to 4 may be a range
                yield first
            yield replace(first, value=first.value / second.value, end=second.end)


def _is_in_brackets(part: str, left: Quantity, right: Quantity) -> bool:
    """Whether the second number stands in brackets behind the first and is the same, rounded or in another unit."""
    between = part[left.end : right.start]
    if _IN_BRACKETS.fullmatch(between) and part[right.end : right.end + 1] == ")":
        return _are_near(left, right)
    return bool(_CONVERTED.fullmatch(between) and _UNIT_ENDS.match(part, right.end))


def _are_near(left: Quantity, right: Quantity) -> bool:
    """Whether two numbers can be one, rounded."""
    if left.kind != right.kind or left.kind != "number":
        return False
    return any(abs(mine - other) <= _NEAR * abs(other) for mine, other in left.readings(right))
