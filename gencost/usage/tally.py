"""Sort every number of a usage object by the meaning that its dialect's table gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gencost.usage.lines import Dialect, Line, Meaning
from gencost.usage.numbers import count_of, held, is_number, shown
from gencost.values.token_counts import MOST_COUNT

_PLAIN = frozenset({int, float, str, bool, type(None)})
_Named = dict[Meaning, tuple[str, int]]


@dataclass(kw_only=True)
class Tally:
    """The numbers of one usage object, sorted.

    Attributes:
        totals: ``in``, ``out``, ``all``; what is not there, or null, has no entry.
        parts: contained in a total, or beside it.
        writes: to the cache, by the time they are kept.
        apart: beside the totals whatever they say.
        units: billed by the piece.
        plain: numbers that repeat a total or name its plain rest, by side: the greatest of each.
        repeats: path and side -> the number that repeats it.
        rests: path -> what it says that no cache had of the input.
        shares: part -> the sum of what is named as a share of it; None without any.
        unread: what no line reads, or what contradicts itself.
        wrong: why a count is invalid; None if all are valid.
    """

    totals: dict[str, int] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)
    writes: dict[str, int] = field(default_factory=dict)
    apart: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    plain: dict[str, int] = field(default_factory=dict)
    repeats: dict[tuple[str, str], int] = field(default_factory=dict)
    rests: dict[str, int] = field(default_factory=dict)
    shares: dict[str, int] | None = None
    unread: list[str] = field(default_factory=list)
    wrong: str | None = None


def tally(usage: Mapping[str, Any], dialect: Dialect) -> Tally:
    """Sort the numbers of a usage object.

    Several paths that name the same bucket are spellings of one count: where they differ, one that is 0 counts for
    nothing, and any other difference is a contradiction.
    """
    sorted_ = Tally()
    named: _Named = {}
    waiting: list[tuple[str, Any]] = [("", usage)]
    while waiting:
        start, holder = waiting.pop()
        names, values = held(holder)
        for line, value in zip(dialect.lines(start, names), values, strict=True):
            path, counted = line[0], line[2]
            if type(value) is int and counted is not None and counted not in named and 0 <= value <= MOST_COUNT:
                named[counted] = path, value
            elif type(value) in _PLAIN or not isinstance(value, Mapping | list | tuple):
                _sort(line, value, named, sorted_)
            else:
                waiting.append((f"{path}.", value))
    by_kind = {"total": sorted_.totals, "part": sorted_.parts, "write": sorted_.writes}
    by_kind |= {"apart": sorted_.apart, "unit": sorted_.units}
    for (kind, name), (_, count) in named.items():
        by_kind[kind][name] = count
    return sorted_


def _sort(line: Line, value: Any, named: _Named, sorted_: Tally) -> None:
    if line.meaning is None or (line.meaning.kind == "once" and value != 1):
        if is_number(value):
            sorted_.unread.append(f"{line.path}={shown(value)}")
    elif line.counted is not None:
        if value is not None:
            _count(line.path, value, line.counted, (named, sorted_))
    elif type(value) is int and value:
        _compare(line, line.meaning, value, sorted_)


def _compare(line: Line, meaning: Meaning, value: int, sorted_: Tally) -> None:
    """Keep a number that bills nothing, to hold it against those that do."""
    if meaning.kind == "rest":
        sorted_.rests[line.path] = value
    elif meaning.kind == "share":
        shares = sorted_.shares or {}
        sorted_.shares = {**shares, meaning.name: shares.get(meaning.name, 0) + value}
    elif line.side is not None:
        sorted_.plain[line.side] = max(value, sorted_.plain.get(line.side, 0))
        if meaning.kind == "again":
            sorted_.repeats[line.path, line.side] = value


def _count(path: str, value: Any, meaning: Meaning, into: tuple[_Named, Tally]) -> None:
    named, sorted_ = into
    count = count_of(value)
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
