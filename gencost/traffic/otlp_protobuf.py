"""OTLP in protobuf as the same records that its JSON has: spans, log records or metrics, by what a message fits.

Source: github.com/open-telemetry/opentelemetry-proto (read 2026-11-27). The three signals have one frame, so that a
message of one decodes as another, or not, by chance: the ids, times and names that each must have tell them apart.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from gencost.traffic.logged import BadRecord
from gencost.traffic.records import LogFileError, Placed, opened

_PROTOBUF = ("google.protobuf.json_format", "google.protobuf.message")
_SIGNALS: tuple[tuple[str, str, tuple[str, str, str], Callable[[Any], bool]], ...] = (
    (
        "opentelemetry.proto.trace.v1.trace_pb2",
        "TracesData",
        ("resource_spans", "scope_spans", "spans"),
        lambda it: len(it.trace_id) == 16 and len(it.span_id) == 8,
    ),
    (
        "opentelemetry.proto.logs.v1.logs_pb2",
        "LogsData",
        ("resource_logs", "scope_logs", "log_records"),
        lambda it: bool(it.time_unix_nano or it.observed_time_unix_nano),
    ),
    (
        "opentelemetry.proto.metrics.v1.metrics_pb2",
        "MetricsData",
        ("resource_metrics", "scope_metrics", "metrics"),
        lambda it: bool(it.name and it.WhichOneof("data")),
    ),
)
_LENGTH = struct.Struct(">I")


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
        protobuf, messages = map(import_module, _PROTOBUF)  # heavy, for this format alone
        signals = [(getattr(import_module(module), name), *rest) for module, name, *rest in _SIGNALS]
    except ImportError:
        raise LogFileError(f"{file}: protobuf needs a package: pip install opentelemetry-proto") from None
    with opened(file) as content:
        whole = content.read()
    for number, message in enumerate(_messages(whole), start=1):
        place = f"{file}#{number}"
        data = next(
            (it for signal in signals if (it := _read(message, messages.DecodeError, *signal)) is not None), None
        )
        if data is None:
            yield BadRecord(place=place, why="not OTLP: neither spans nor log records, whole or behind their lengths")
        else:
            yield place, protobuf.MessageToDict(data)


def _read(message: bytes, error: type[Exception], kind: Any, path: Any, fits: Any) -> Any:
    """A message as one of a signal; None if it is of another."""
    try:
        data = kind.FromString(message)
    except error:
        return None
    resources, scopes, items = path
    listed = (
        it
        for resource in getattr(data, resources)
        for scope in getattr(resource, scopes)
        for it in getattr(scope, items)
    )
    item = next(listed, None)
    return data if item is not None and fits(item) else None


def _messages(whole: bytes) -> list[bytes]:
    """Split messages that are prefixed with four bytes of length; otherwise the bytes are one message."""
    messages, at = [], 0
    while at + _LENGTH.size <= len(whole):
        (length,) = _LENGTH.unpack_from(whole, at)
        at += _LENGTH.size
        if length == 0 or at + length > len(whole):
            return [whole]
        messages.append(whole[at : at + length])
        at += length
    return messages if messages and at == len(whole) else [whole]
