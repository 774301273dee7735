"""The rows inside the answer of an API, ``{"data": [...], "meta": {...}}``: what only holds rows is not one itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gencost.traffic.fact_map import FactMap
from gencost.traffic.records import Placed

# What may stand around rows: of a page, a bucket of time, or a search.
_AROUND = frozenset({"id", "time", "ended", "started", "status", "error", "currency", "site", "user", "session"})
_DEEPEST = 4


def rows_within(place: str, record: Mapping[str, Any], facts: FactMap, depth: int = 0) -> Iterator[Placed]:
    """Give the rows of a record: itself, unless it says nothing of a call and has one list of objects.

    Args:
        place: of the record.
        record: as read.
        facts: finds what it says.
        depth: of the record inside of others.
    """
    rows = None
    if depth < _DEEPEST and isinstance(record, Mapping) and facts.all(record).keys() <= _AROUND:
        rows = _list_in(record)
    if rows is None:
        yield place, record
        return
    name, listed = rows
    for number, row in enumerate(listed):
        yield from rows_within(f"{place} {name}[{number}]", row, facts, depth + 1)


def _list_in(record: Mapping[str, Any], depth: int = 0) -> tuple[str, list[Any]] | None:
    """The only list of objects in a record, or in the only object that has one; None if there is none, or several."""
    lists = {name: it for name, it in record.items() if isinstance(it, list) and it and isinstance(it[0], Mapping)}
    if not lists and depth < _DEEPEST:
        inner = [(name, _list_in(it, depth + 1)) for name, it in record.items() if isinstance(it, Mapping)]
        lists = {f"{name}.{it[0]}": it[1] for name, it in inner if it is not None}
    return next(iter(lists.items())) if len(lists) == 1 else None
