"""Spans of OTLP as flat records: attributes by name, the span's own facts under ``span.``.

Source: https://opentelemetry.io/docs/specs/otlp and github.com/open-telemetry/opentelemetry-proto (read 2026-11-26).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gencost.traffic.logged import UnreadableRecordError

_HEX = frozenset("0123456789abcdefABCDEF")
_IDS = (16, 32)
DETAILS = "gen_ai.client.inference.operation.details"  # messages that an event has, not the span


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """One span.

    Attributes:
        trace: its id in hex, as are ``id`` and ``parent``; empty where there is none.
        facts: attributes by name, those of the resource under ``resource.``; ``span.name``, ``span.start`` and
            ``span.end`` (ns), ``span.status``, ``span.message``, ``scope.name``.
        events: name -> attributes and ``time`` (ns) of the first event of this name.
        is_log: it is made of a log record, and says more of the span of its id, if there is one.
    """

    trace: str
    id: str
    parent: str
    facts: dict[str, Any]
    events: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    is_log: bool = False


def spans_of(record: Mapping[str, Any]) -> Iterator[Span]:
    """Read the spans of one record, see ``TracesData`` of the protocol.

    Raises:
        UnreadableRecordError: it has none.
    """
    if not isinstance(_first(record, _RESOURCES), list) and not _SIGNALS & record.keys():
        raise UnreadableRecordError("no resourceSpans: not a line of OTLP")
    for span, shared in with_shared(record, _RESOURCES, _SCOPES, ("spans",)):
        yield _span(span, shared)


_RESOURCES = ("resourceSpans", "resource_spans", "batches")  # the last in Tempo's API
_SCOPES = ("scopeSpans", "scope_spans", "instrumentationLibrarySpans")
_METRICS = frozenset({"resourceMetrics", "resource_metrics"})
_SIGNALS = _METRICS | {"resourceLogs", "resource_logs"}


def tells_metrics(record: Mapping[str, Any]) -> bool:
    """Whether a record has metrics, which are sums over calls."""
    return bool(_METRICS & record.keys())


def with_shared(
    record: Mapping[str, Any], resources: tuple[str, ...], scopes: tuple[str, ...], items: tuple[str, ...]
) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:
    """Walk through one of OTLP's signals.

    Args:
        record: of a file.
        resources: the names that its resources may have, the older ones last; so do ``scopes`` and ``items``.
        scopes: inside of them.
        items: inside of those: spans or log records.

    Yields:
        Each of them, and what its resource and scope say as facts.
    """
    for resource in _first(record, resources) or ():
        of_resource = attributes((resource.get("resource") or {}).get("attributes"), "resource.")
        for scope in _first(resource, scopes) or ():
            named = scope.get("scope") or scope.get("instrumentationLibrary") or {}
            shared = {**of_resource, "scope.name": named.get("name"), "scope.version": named.get("version")}
            for item in _first(scope, items) or ():
                yield item, shared


def _first(record: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((record[name] for name in names if record.get(name)), None)


def _span(span: Mapping[str, Any], shared: Mapping[str, Any]) -> Span:
    status = span.get("status") or {}
    events: dict[str, Mapping[str, Any]] = {}
    for event in span.get("events") or ():
        at = number(event.get("timeUnixNano", event.get("time_unix_nano")))
        events.setdefault(str(event.get("name")), {**attributes(event.get("attributes")), "time": at})
    return Span(
        trace=hex_id(span.get("traceId", span.get("trace_id"))),
        id=hex_id(span.get("spanId", span.get("span_id"))),
        parent=hex_id(span.get("parentSpanId", span.get("parent_span_id"))),
        facts={
            **shared,
            **(events.get(DETAILS) or {}),
            **attributes(span.get("attributes")),
            "span.name": span.get("name"),
            "span.start": number(span.get("startTimeUnixNano", span.get("start_time_unix_nano"))),
            "span.end": number(span.get("endTimeUnixNano", span.get("end_time_unix_nano"))),
            "span.status": status.get("code"),
            "span.message": status.get("message"),
        },
        events=events,
    )


def number(value: Any) -> int | None:
    """Read a whole number, or its digits; None for anything else."""
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdigit()) else None


def hex_id(value: Any) -> str:
    """An id in hex, also of one that JSON made of protobuf wrote in base64."""
    if not isinstance(value, str) or not value:
        return ""
    if len(value) in _IDS and _HEX.issuperset(value):
        return value.lower()
    try:
        return base64.b64decode(value, validate=True).hex()
    except (binascii.Error, ValueError):
        return value


def attributes(listed: Any, prefix: str = "") -> dict[str, Any]:
    """Read a list of attributes as plain values; a plain object is one already."""
    if isinstance(listed, Mapping):
        return {f"{prefix}{name}": value for name, value in listed.items()}
    return {f"{prefix}{it['key']}": value_of(it.get("value")) for it in listed or () if "key" in it}


def value_of(wrapped: Any) -> Any:
    """Read a value of OTLP's as a plain one."""
    if not isinstance(wrapped, Mapping) or not wrapped:
        return wrapped or None
    kind, value = next(iter(wrapped.items()))
    kind = kind.replace("_v", "V")
    if kind == "intValue":
        return int(value)
    if kind == "arrayValue":
        return [value_of(it) for it in (value or {}).get("values") or ()]
    if kind == "kvlistValue":
        return attributes((value or {}).get("values"))
    return value
