"""The rows inside the answer of an API, ``{"data": [...], "meta": {...}}``: what only holds rows is not one itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gencost.traffic.fact_map import FactMap
from gencost.traffic.records import Placed
from gencost.traffic.values import parsed
from gencost.usage.numbers import OBJECT

# What may stand around rows: of a page, a bucket of time, or a search.
_AROUND = frozenset({"id", "time", "ended", "started", "status", "error", "currency", "site", "user", "session"})
_DEEPEST = 4
_BUCKET = ("ending_at",)  # of a span of time: what it holds are sums
_HELD = "observations"  # of a trace of Langfuse's, which says who and where for all of them
_SHARED = {"name": "traceName", "userId": "userId", "sessionId": "sessionId", "tags": "tags"}


def is_plain(record: Any, facts: FactMap) -> bool:
    """Whether a record is a row itself at first sight: it names its model, and holds no calls."""
    return isinstance(record, OBJECT) and _HELD not in record and facts.of(record, "model") is not None


def rows_within(place: str, record: Mapping[str, Any], facts: FactMap, depth: int = 0) -> Iterator[Placed]:
    """Yield the rows of a record: itself, unless it says nothing of a call and has one list of objects, or is a trace.

    Args:
        place: of the record.
        record: as read.
        facts: finds what it says.
        depth: of the record inside of others.
    """
    calls = record.get(_HELD) if isinstance(record, OBJECT) else None
    if isinstance(calls, list) and calls and all(isinstance(it, Mapping) for it in calls):
        shared = {ours: record[theirs] for theirs, ours in _SHARED.items() if theirs in record}
        yield from ((f"{place} {_HELD}[{number}]", {**shared, **it}) for number, it in enumerate(calls))
    elif depth >= _DEEPEST or _is_row(record, facts):
        yield place, record
    elif (call := _only_call_in(record, facts)) is not None:
        yield place, call
    elif (rows := _matrix_in(record) or _list_in(record)) is not None:
        name, listed = rows
        report = {name: it for name, it in record.items() if name in _BUCKET}
        for number, row in enumerate(listed):
            told = {**report, **row} if report and isinstance(row, Mapping) else row
            yield from rows_within(f"{place} {name}[{number}]", told, facts, depth + 1)
    else:
        yield place, record


def _is_row(record: Any, facts: FactMap) -> bool:
    """Whether a record says something of a call, as most do at first sight."""
    if not isinstance(record, OBJECT) or facts.of(record, "model") is not None:
        return True
    return not facts.all(record).keys() <= _AROUND


def _only_call_in(record: Mapping[str, Any], facts: FactMap) -> Mapping[str, Any] | None:
    """The only object in a record, with the fields beside it, if it describes a call; else None."""
    objects = {name: inner for name, it in record.items() if isinstance(inner := parsed(it), Mapping)}
    if len(objects) != 1:
        return None
    ((held, inner),) = objects.items()
    told = facts.all(inner).keys()
    if "model" not in told or told <= _AROUND | {"model", "provider"}:  # it may tell what was looked for
        return None
    return {**{name: it for name, it in record.items() if name != held}, **inner}


def _matrix_in(record: Mapping[str, Any]) -> tuple[str, list[Any]] | None:
    """The rows of a record that names its columns once, as Azure Monitor's API and pandas write them; else None."""
    columns, held = record.get("columns"), next((it for it in ("rows", "data") if isinstance(record.get(it), list)), "")
    if not held or not isinstance(columns, list) or not all(isinstance(row, list) for row in record[held]):
        return None
    names = [it.get("name") if isinstance(it, Mapping) else it for it in columns]
    if not all(isinstance(name, str) for name in names):
        return None
    return held, [dict(zip(names, row, strict=False)) for row in record[held]]


def _list_in(record: Mapping[str, Any], depth: int = 0) -> tuple[str, list[Any]] | None:
    """The only list of objects in a record, or in the only object that has one; None without one or with several."""
    lists = {name: it for name, it in record.items() if isinstance(it, list) and it and isinstance(it[0], Mapping)}
    if not lists and depth < _DEEPEST:
        inner = [(name, _list_in(it, depth + 1)) for name, it in record.items() if isinstance(it, Mapping)]
        lists = {f"{name}.{it[0]}": it[1] for name, it in inner if it is not None}
    return next(iter(lists.items())) if len(lists) == 1 else None
