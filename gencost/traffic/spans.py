"""Spans of OTLP, as JSON or protobuf, as flat records: attributes by name, the span's own facts under ``span.``.

Source: https://opentelemetry.io/docs/specs/otlp and github.com/open-telemetry/opentelemetry-proto (read 2026-11-26).
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from gencost.traffic.logged import BadRecord, UnreadableRecordError
from gencost.traffic.records import LogFileError, Placed, opened

_HEX = frozenset("0123456789abcdefABCDEF")
_IDS = (16, 32)
_PROTOBUF = ("google.protobuf.json_format", "google.protobuf.message", "opentelemetry.proto.trace.v1.trace_pb2")
_LENGTH = struct.Struct(">I")


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """One span.

    Attributes:
        trace: its id in hex, as are ``id`` and ``parent``; empty where there is none.
        facts: attributes by name, those of the resource under ``resource.``; ``span.name``, ``span.start`` and
            ``span.end`` (ns), ``span.status``, ``span.message``, ``scope.name``.
        events: name -> attributes and ``time`` (ns) of the first event of this name.
    """

    trace: str
    id: str
    parent: str
    facts: dict[str, Any]
    events: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def spans_of(record: Mapping[str, Any]) -> Iterator[Span]:
    """Read the spans of one record, see ``TracesData`` of the protocol.

    Raises:
        UnreadableRecordError: it has none.
    """
    resources = record.get("resourceSpans", record.get("resource_spans"))
    if not isinstance(resources, list):
        if tells_no_spans(record):
            return
        raise UnreadableRecordError("no resourceSpans: not a line of OTLP")
    for resource in resources:
        of_resource = attributes((resource.get("resource") or {}).get("attributes"), "resource.")
        scopes = resource.get("scopeSpans") or resource.get("scope_spans")
        for scope in scopes or resource.get("instrumentationLibrarySpans") or ():
            named = scope.get("scope") or scope.get("instrumentationLibrary") or {}
            shared = {**of_resource, "scope.name": named.get("name"), "scope.version": named.get("version")}
            for span in scope.get("spans") or ():
                yield _span(span, shared)


def tells_no_spans(record: Mapping[str, Any]) -> bool:
    """Whether a record is one of OTLP's other signals."""
    return "resourceLogs" in record or "resourceMetrics" in record


def _span(span: Mapping[str, Any], shared: Mapping[str, Any]) -> Span:
    status = span.get("status") or {}
    events: dict[str, Mapping[str, Any]] = {}
    for event in span.get("events") or ():
        at = _number(event.get("timeUnixNano", event.get("time_unix_nano")))
        events.setdefault(str(event.get("name")), {**attributes(event.get("attributes")), "time": at})
    return Span(
        trace=_hex(span.get("traceId", span.get("trace_id"))),
        id=_hex(span.get("spanId", span.get("span_id"))),
        parent=_hex(span.get("parentSpanId", span.get("parent_span_id"))),
        facts={
            **shared,
            **attributes(span.get("attributes")),
            "span.name": span.get("name"),
            "span.start": _number(span.get("startTimeUnixNano", span.get("start_time_unix_nano"))),
            "span.end": _number(span.get("endTimeUnixNano", span.get("end_time_unix_nano"))),
            "span.status": status.get("code"),
            "span.message": status.get("message"),
        },
        events=events,
    )


def _number(value: Any) -> int | None:
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdigit()) else None


def _hex(value: Any) -> str:
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
    return {f"{prefix}{it['key']}": _value(it.get("value")) for it in listed or () if "key" in it}


def _value(wrapped: Any) -> Any:
    if not isinstance(wrapped, Mapping) or not wrapped:
        return wrapped or None
    kind, value = next(iter(wrapped.items()))
    kind = kind.replace("_v", "V")
    if kind == "intValue":
        return int(value)
    if kind == "arrayValue":
        return [_value(it) for it in (value or {}).get("values") or ()]
    if kind == "kvlistValue":
        return attributes((value or {}).get("values"))
    return value


def is_protobuf(file: Path) -> bool:
    """Whether a file is not JSON by its beginning."""
    with opened(file) as content:
        start = content.read(64).lstrip(b" \t\r\n\xef\xbb\xbf")
    return bool(start) and start[:1] not in (b"{", b"[")


def protobuf_records(file: Path) -> Iterator[Placed | BadRecord]:
    """Read a file of protobuf: one message, or several behind their lengths, as the collector's exporter writes them.

    Raises:
        LogFileError: the package that reads it is missing.
    """
    try:
        protobuf, messages, traces = map(import_module, _PROTOBUF)  # heavy, for this format alone
    except ImportError:
        raise LogFileError(f"{file}: protobuf needs a package: pip install opentelemetry-proto") from None
    with opened(file) as content:
        whole = content.read()
    for number, message in enumerate(_messages(whole), start=1):
        place = f"{file}#{number}"
        try:
            yield place, protobuf.MessageToDict(traces.TracesData.FromString(message))
        except messages.DecodeError as error:
            yield BadRecord(place=place, why=f"not OTLP: {error}")


def _messages(whole: bytes) -> list[bytes]:
    """Cut messages behind four bytes of length each; else it is one message."""
    messages, at = [], 0
    while at + _LENGTH.size <= len(whole):
        (length,) = _LENGTH.unpack_from(whole, at)
        at += _LENGTH.size
        if length == 0 or at + length > len(whole):
            return [whole]
        messages.append(whole[at : at + length])
        at += length
    return messages if messages and at == len(whole) else [whole]
