"""Answers recorded earlier, to be given again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Engine, select

from gencost.metrics_db.recorded_usage import USAGE_COLUMNS, recorded_usage
from gencost.metrics_db.said import choices_of, parts_of, tool_calls_of
from gencost.metrics_db.tables import requests, responses
from gencost.types import Response

_KEYS_A_QUERY = 500

ANSWER = (
    responses.c.response,
    responses.c.tool_calls_json,
    responses.c.reasoning,
    responses.c.extra_json,
    responses.c.response_model,
    responses.c.service_tier,
    responses.c.finish_reason,
    responses.c.provider_request_id,
    *(responses.c[name] for name in USAGE_COLUMNS),
    responses.c.raw_usage_json,
)


def recorded_answers(engine: Engine, cache_keys: Sequence[str]) -> dict[str, Response]:
    """Find the answers that were recorded for some cache keys.

    Args:
        engine: the metrics DB.
        cache_keys: hashes of what defines the calls.

    Returns:
        Cache key -> an answer that a provider gave, for those that have one; its latency is 0, nothing was waited for.
    """
    return {row.cache_key: answer_of(row) for row in _answered(engine, cache_keys)}


def _answered(engine: Engine, cache_keys: Sequence[str]) -> Iterator[Any]:
    with engine.connect() as connection:
        for start in range(0, len(cache_keys), _KEYS_A_QUERY):
            keys = cache_keys[start : start + _KEYS_A_QUERY]
            given = requests.c.cache_key.in_(keys) & (requests.c.status == "ok") & requests.c.from_cache.is_(False)
            yield from connection.execute(
                select(requests.c.cache_key, *ANSWER).select_from(requests.join(responses)).where(given)
            )


def answer_of(row: Any) -> Response:
    """Make the response of a row with ``ANSWER``."""
    return Response(
        text=row.response,
        usage=recorded_usage(row._mapping),
        tool_calls=tool_calls_of(row.tool_calls_json),
        reasoning=row.reasoning,
        choices=choices_of(row.extra_json),
        parts=parts_of(row.extra_json),
        latency_ms=0.0,
        finish_reason=row.finish_reason,
        response_model=row.response_model,
        service_tier=row.service_tier,
        raw_usage=None if row.raw_usage_json is None else json.loads(row.raw_usage_json),
        provider_request_id=row.provider_request_id,
    )
