"""Sort every number of a usage object by the meaning that its dialect's table gives it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gencost.usage.lines import Dialect, Meaning
from gencost.usage.numbers import count_of, is_number, leaves, shown

_Spellings = defaultdict[Meaning, dict[str, int]]
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
    spellings: _Spellings = defaultdict(dict)
    for path, value in leaves(usage):
        meaning = dialect.meaning(path)
        if meaning is None:
            if is_number(value):
                sorted_.unread.append(f"{path}={shown(value)}")
        elif meaning.kind in _COUNTED:
            _count(path, value, spellings[meaning], sorted_)
        elif meaning.kind == "free" and meaning.name and type(value) is int:
            sorted_.plain[meaning.name] = max(value, sorted_.plain.get(meaning.name, 0))
    by_kind = {"total": sorted_.totals, "part": sorted_.parts, "apart": sorted_.apart, "unit": sorted_.units}
    for (kind, name), spelled in spellings.items():
        if spelled:
            by_kind[kind][name] = _agreed(spelled, sorted_)
    return sorted_


def _count(path: str, value: Any, spelled: dict[str, int], sorted_: Tally) -> None:
    if value is None:
        return
    count = count_of(value)
    if isinstance(count, str):
        sorted_.wrong = f"{path}: {count}"
    else:
        spelled[path] = spelled.get(path, 0) + count


def _agreed(spelled: Mapping[str, int], sorted_: Tally) -> int:
    counts = set(spelled.values())
    if len(counts - {0}) > 1:
        sorted_.unread.append(" but ".join(f"{path}={count}" for path, count in sorted(spelled.items())))
    return max(counts)
