"""The time that a server says it took: what is left of the latency is the way there and back.

Sources (read 2026-11-26): https://github.com/ggml-org/llama.cpp/tree/master/tools/server (timings, ms),
https://console.groq.com/docs/api-reference (usage, seconds), https://inference-docs.cerebras.ai (time_info, seconds),
https://docs.sambanova.ai (usage, seconds), https://platform.openai.com/docs/api-reference/debugging-requests,
https://github.com/huggingface/text-generation-inference (x-total-time, ms),
https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter (upstream service time, ms),
https://docs.litellm.ai/docs/proxy/response_headers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]

IN_BODY = frozenset({"timings", "time_info"})
"""Keys of a body beside its usage that hold times."""

_IN_USAGE = frozenset({"total_time", "total_latency"})
_HEADERS = (
    "openai-processing-ms",
    "x-total-time",
    "x-envoy-upstream-service-time",
    "x-litellm-response-duration-ms",
)


def of_body(body: Json, usage: Json | None) -> tuple[float | None, float | None]:
    """Read the times in a body: of the whole answer and until its first token, ms; None where it says none.

    Args:
        body: a completion, or the fields that its chunks had.
        usage: as sent.
    """
    if IN_BODY.isdisjoint(body) and (usage is None or _IN_USAGE.isdisjoint(usage)):
        return None, None
    timings = body.get("timings")
    if isinstance(timings, Mapping):
        return _sum(timings, ("prompt_ms", "predicted_ms"), 1), _sum(timings, ("prompt_ms",), 1)
    for seconds in (body.get("time_info"), usage):
        if isinstance(seconds, Mapping) and "total_time" in seconds:
            before = tuple(name for name in ("queue_time", "prompt_time") if name in seconds)
            return _sum(seconds, ("total_time",), 1000), _sum(seconds, before, 1000)
    if isinstance(usage, Mapping) and "total_latency" in usage:
        return _sum(usage, ("total_latency",), 1000), _sum(usage, ("time_to_first_token",), 1000)
    return None, None


def of_headers(headers: Mapping[str, str]) -> float | None:
    """Read the time in the headers, ms; of a stream it is that until its begin. None if they say none."""
    for name in _HEADERS:
        if name in headers and (ms := _number(headers[name])) is not None:
            return ms
    return None


def _sum(times: Json, names: tuple[str, ...], in_ms: int) -> float | None:
    values = [_number(times.get(name)) for name in names]
    known = [value for value in values if value is not None]
    return sum(known) * in_ms if known and len(known) == len(values) else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
