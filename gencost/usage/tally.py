"""Sort every number of a usage object by the meaning that its dialect's table gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gencost.usage.lines import Dialect, Meaning
from gencost.usage.numbers import MOST, count_of, is_number, leaves, shown

_Named = dict[Meaning, tuple[str, int]]
_SIDES = frozenset({"in", "out"})
_COUNTED = frozenset({"total", "part", "apart", "unit"})


@dataclass(kw_only=True)
class Tally:
    """The numbers of one usage object, sorted.

    Attributes:
        totals: ``in``, ``out``, ``all``; what is not there, or null, has no entry.
        parts: contained in a total, or beside it.
        apart: beside the totals whatever they say.
        units: billed by the piece.
        plain: numbers that repeat a total or name its plain rest, by side: the greatest of each.
        unread: what no line reads, or what contradicts itself.
        wrong: why a count is none; None if all are.
    """

    totals: dict[str, int] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)
    apart: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    plain: dict[str, int] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    wrong: str | None = None


def tally(usage: Mapping[str, Any], dialect: Dialect) -> Tally:
    """Sort the numbers of a usage object.

    Several paths that name the same bucket are spellings of one count: where they differ, one that is 0 counts for
    nothing, and any other difference is a contradiction.
    """
    sorted_ = Tally()
    named: _Named = {}
    for path, value in leaves(usage):
        meaning = dialect.meaning(path)
        if meaning is None:
            if is_number(value):
                sorted_.unread.append(f"{path}={shown(value)}")
        elif meaning[0] in _COUNTED:
            if value is not None:
                _count(path, value, meaning, (named, sorted_))
        elif meaning[1] in _SIDES and type(value) is int:
            sorted_.plain[meaning[1]] = max(value, sorted_.plain.get(meaning[1], 0))
    by_kind = {"total": sorted_.totals, "part": sorted_.parts, "apart": sorted_.apart, "unit": sorted_.units}
    for (kind, name), (_, count) in named.items():
        by_kind[kind][name] = count
    return sorted_


def _count(path: str, value: Any, meaning: Meaning, into: tuple[_Named, Tally]) -> None:
    named, sorted_ = into
    count = value if type(value) is int and 0 <= value <= MOST else count_of(value)
    if isinstance(count, str):
        sorted_.wrong = f"{path}: {count}"
        return
    there = named.get(meaning)
    if there is None:
        named[meaning] = (path, count)
    elif there[0] == path:
        named[meaning] = (path, there[1] + count)
    else:
        if count and there[1] and count != there[1]:
            sorted_.unread.append(f"{there[0]}={there[1]} but {path}={count}")
        if count > there[1]:
            named[meaning] = (path, count)
