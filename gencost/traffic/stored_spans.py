"""Spans as stores keep them, a row or an object each, told in the form in which SDKs print theirs.

Sources, read 2026-11-27: Phoenix's ``get_spans_dataframe``, the table ``otel_traces`` of the collector's ClickHouse
exporter, Zipkin's ``/api/v2/traces``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gencost.traffic.logged import BadRecord
from gencost.traffic.records import PACKED, Placed
from gencost.traffic.table_files import rows_of
from gencost.traffic.values import count, is_empty, moment, parsed

_TABLES = (".csv", ".tsv", ".parquet", ".xlsx")
_INSIDE = ("attributes.", "context.")  # columns of a data frame
_CLICKHOUSE = {
    "TraceId": "trace_id",
    "SpanId": "span_id",
    "ParentSpanId": "parent_id",
    "SpanName": "name",
    "SpanAttributes": "attributes",
    "StatusMessage": "status_message",
}
_COUNTS = re.compile("token|usage")
_US, _NS = 1e6, 1e9


def is_table(path: Path) -> bool:
    """Whether a file has spans as rows of a table."""
    return Path(path.name if path.suffix not in PACKED else path.stem).suffix.lower() in _TABLES


def rows_of_spans(path: Path) -> Iterator[Placed | BadRecord]:
    """Read the rows of a table, without empty cells, JSON in cells read.

    Raises:
        LogFileError: the file cannot be read at all.
    """
    for entry in rows_of(path):
        if isinstance(entry, BadRecord):
            yield entry
        else:
            place, row = entry
            yield place, {name: _of_cell(name, it) for name, it in row.items() if not (is_empty(it) or it != it)}  # noqa: PLR0124 - NaN


def _of_cell(name: str, cell: Any) -> Any:
    """A cell read; a count beside a gap is ``64.0`` where pandas wrote it."""
    if isinstance(cell, str) and _COUNTS.search(name):
        return cell if (number := count(cell)) is None else number
    return parsed(cell)


def as_printed(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a span of a store as an SDK prints it; anything else as it is."""
    if isinstance(record.get("SpanAttributes"), Mapping):
        return _of_clickhouse(record)
    if isinstance(record.get("tags"), Mapping) and "traceId" in record and "timestamp" in record:
        return _of_zipkin(record)
    if any(name.startswith("attributes.") for name in record):
        return _of_columns(record)
    return record


def _of_columns(record: Mapping[str, Any]) -> dict[str, Any]:
    inner: dict[str, dict[str, Any]] = {}
    rest: dict[str, Any] = {}
    for name, value in record.items():
        around = next((it for it in _INSIDE if name.startswith(it)), None)
        if around is None:
            rest[name] = value
        elif value is not None:
            inner.setdefault(around.removesuffix("."), {})[name.removeprefix(around)] = value
    return {**rest, **{name: {**_given(rest.get(name)), **it} for name, it in inner.items()}}


def _given(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _of_clickhouse(record: Mapping[str, Any]) -> dict[str, Any]:
    span = {ours: record[theirs] for theirs, ours in _CLICKHOUSE.items() if theirs in record}
    start, took_ns = moment(record.get("Timestamp")), count(record.get("Duration"))
    resource = {"service.name": record.get("ServiceName"), **_given(record.get("ResourceAttributes"))}
    return {
        **span,
        "status_code": str(record.get("StatusCode")).upper().removeprefix("STATUS_CODE_"),
        "start_time": start,
        "end_time": None if start is None or took_ns is None else start.timestamp() + took_ns / _NS,
        "resource": {"attributes": {name: it for name, it in resource.items() if it is not None}},
    }


def _of_zipkin(record: Mapping[str, Any]) -> dict[str, Any]:
    tags, start_us, took_us = record["tags"], count(record["timestamp"]), count(record.get("duration"))
    known = start_us is not None and took_us is not None
    failed = "error" in tags or tags.get("otel.status_code") == "ERROR"
    return {
        "trace_id": record["traceId"],
        "span_id": record.get("id"),
        "parent_id": record.get("parentId"),
        "name": record.get("name"),
        "start_time": None if start_us is None else start_us / _US,
        "end_time": (start_us + took_us) / _US if known else None,  # type: ignore[operator]  # both are known
        "status_code": "ERROR" if failed else None,
        "status_message": tags.get("error"),
        "attributes": {name: parsed(it) for name, it in tags.items() if name != "error"},
        "resource": {"attributes": {"service.name": _given(record.get("localEndpoint")).get("serviceName")}},
    }
