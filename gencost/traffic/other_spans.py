"""Spans in other forms of JSON than OTLP's: one object a span, as SDKs print and stores export them, and Jaeger's.

Sources, read 2026-11-27: ``ReadableSpan.to_json`` of opentelemetry-sdk, Phoenix's and Logfire's exports, Jaeger's
``/api/traces``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gencost.traffic.spans import Span
from gencost.traffic.stored_spans import as_printed
from gencost.traffic.values import moment

_TRACES, _IDS = ("trace_id", "traceId", "traceID"), ("span_id", "spanId", "spanID")
_PARENTS = ("parent_id", "parent_span_id", "parentSpanId", "parentId")
_STARTS, _ENDS = ("start_time", "start_timestamp", "startTime"), ("end_time", "end_timestamp", "endTime")
_KIND = "openinference.span.kind"  # a column of its own in Phoenix
_STATUS = {"ERROR": 2, "OK": 1, "STATUSCODE.ERROR": 2, "STATUSCODE.OK": 1}


def other_spans(record: Mapping[str, Any]) -> Iterator[Span]:
    """Read the spans of a record of another form; empty if it has none.

    Raises:
        UnreadableRecordError: a time is invalid.
    """
    listed = record.get("data")
    if isinstance(listed, list):
        for held in listed:
            yield from _of_jaeger(held) if "spans" in held else other_spans(held)
        return
    record = as_printed(record)
    if isinstance(record.get("attributes"), Mapping) and _first({**_context(record), **record}, _IDS) is not None:
        yield _plain(record)


def _context(record: Mapping[str, Any]) -> Mapping[str, Any]:
    context = record.get("context")
    return context if isinstance(context, Mapping) else {}


def _plain(record: Mapping[str, Any]) -> Span:
    ids = {**_context(record), **record}
    status = record.get("status")
    told = status if isinstance(status, Mapping) else {"status_code": record.get("status_code", status)}
    resource = record.get("resource")
    around = resource.get("attributes") if isinstance(resource, Mapping) else None
    code = str(told.get("status_code", told.get("code"))).upper()
    return _span(
        (_first(ids, _TRACES), _first(ids, _IDS), _first(record, _PARENTS)),
        {
            **(_flat(around, "resource.") if isinstance(around, Mapping) else {}),
            **({_KIND: record["span_kind"]} if isinstance(record.get("span_kind"), str) else {}),
            **_flat(record["attributes"], ""),
            "span.name": record.get("name", record.get("span_name")),
            "span.start": _ns(_first(record, _STARTS)),
            "span.end": _ns(_first(record, _ENDS)),
            "span.status": _STATUS.get(code),
            "span.message": told.get("description", told.get("message", record.get("status_message"))),
        },
    )


def _of_jaeger(trace: Any) -> Iterator[Span]:
    processes = trace.get("processes") or {}
    for span in trace.get("spans") or ():
        process = processes.get(span.get("processID")) or {}
        tags = {tag["key"]: tag.get("value") for tag in span.get("tags") or ()}
        parents = [it.get("spanID") for it in span.get("references") or () if it.get("refType") == "CHILD_OF"]
        start = int(span["startTime"]) * 1000
        yield _span(
            (span.get("traceID"), span.get("spanID"), next(iter(parents), None)),
            {
                "resource.service.name": process.get("serviceName"),
                "scope.name": tags.get("otel.scope.name", tags.get("otel.library.name")),
                **tags,
                "span.name": span.get("operationName"),
                "span.start": start,
                "span.end": start + int(span["duration"]) * 1000,
                "span.status": 2 if tags.get("error") in (True, "true") else None,
                "span.message": tags.get("otel.status_description"),
            },
        )


def _span(ids: tuple[Any, Any, Any], facts: dict[str, Any]) -> Span:
    trace, span_id, parent = ("" if it is None else str(it).removeprefix("0x").lower() for it in ids)
    return Span(trace=trace, id=span_id, parent=parent, facts={"scope.name": None, **facts})


def _first(record: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((record[name] for name in names if record.get(name) is not None), None)


def _ns(value: Any) -> int | None:
    """A time in ns since 1970, as OTLP has it."""
    read = moment(value)
    return None if read is None else int(read.timestamp() * 1_000_000 + 0.5) * 1000


def _flat(attributes: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Attributes by their names; a store may have made objects and, of OpenInference's messages, lists of them."""
    flat: dict[str, Any] = {}
    for name, value in attributes.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{path}.")
        elif path.startswith("llm.") and isinstance(value, list) and value and isinstance(value[0], Mapping):
            flat |= _flat({str(place): it for place, it in enumerate(value)}, f"{path}.")
        else:
            flat[path] = value
    return flat
