"""Langfuse's own attributes on spans, told in the words of the conventions.

Source, read 2026-11-27: ``LangfuseOtelSpanAttributes`` of the langfuse SDKs, version 3 and later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gencost.traffic.logged import UnreadableRecordError
from gencost.traffic.spans import Span
from gencost.traffic.values import between_ms, parsed

_PREFIX = "langfuse.observation."
USAGE = f"{_PREFIX}usage_details"
_OPERATIONS = {"generation": "chat", "embedding": "embeddings"}


def in_conventions(span: Span) -> Span:
    """Return a span of Langfuse's with the names of the conventions; any other span unchanged."""
    facts = span.facts
    if f"{_PREFIX}type" not in facts and USAGE not in facts:
        return span
    kind = str(facts.get(f"{_PREFIX}type", "generation"))
    cost = parsed(facts.get(f"{_PREFIX}cost_details"))
    first_ms = _first_ms(facts)
    told: dict[str, Any] = {
        "gen_ai.operation.name": _OPERATIONS.get(kind, kind),
        "gen_ai.request.model": facts.get(f"{_PREFIX}model.name"),
        "gen_ai.usage.cost": cost.get("total") if isinstance(cost, dict) else None,
        "gen_ai.response.time_to_first_chunk": None if first_ms is None else first_ms / 1000,
    }
    failed = {"span.status": 2, "span.message": facts.get(f"{_PREFIX}status_message")}
    return replace(
        span,
        facts={
            **{name: value for name, value in told.items() if value is not None},
            **facts,
            **(failed if facts.get(f"{_PREFIX}level") == "ERROR" else {}),
        },
    )


def _first_ms(facts: Mapping[str, Any]) -> float | None:
    """The time to the first token; None if the span does not tell it. Some versions write it in quotes, as JSON."""
    first = facts.get(f"{_PREFIX}completion_start_time")
    try:
        return between_ms(facts["span.start"], first.strip('"') if isinstance(first, str) else first)
    except (UnreadableRecordError, ArithmeticError):  # of a time that is none the rest of the call is not lost
        return None
