"""Answers recorded earlier, to be given again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, select

from gencost.errors import UsageError
from gencost.metrics_db.answer_parts import choices_of, parts_of, recorded_of, tool_calls_of
from gencost.metrics_db.recorded_usage import USAGE_COLUMNS, recorded_usage
from gencost.metrics_db.tables import requests, responses, runs, scores
from gencost.types import Request, Response, Sample

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


WHOLE = (
    *ANSWER,
    requests.c.latency_ms,
    *(responses.c[name] for name in ("ttft_ms", "region", "usage_reader", "server_ms", "server_ttft_ms")),
    responses.c.provider_cost_usd,
)
"""What ``whole_answer`` reads."""

ASKED = (
    *(
        requests.c[name]
        for name in ("request_id", "run_id", "ts", "provider", "model", "repeat", "params_json", "role")
    ),
    requests.c.policy_cell,
    runs.c.seed,
)
"""What ``request_of`` reads."""


SCORED_ELSEWHERE = "log"
"""The version of scores that came with imported calls."""


def scored_elsewhere(connection: Connection, request_ids: Sequence[str]) -> dict[str, dict[str, float]]:
    """Read the scores that came with imported calls: request id -> scorer -> value."""
    query = select(scores.c.request_id, scores.c.scorer, scores.c.value).where(
        scores.c.request_id.in_(request_ids), scores.c.version == SCORED_ELSEWHERE, scores.c.value.is_not(None)
    )
    given: dict[str, dict[str, float]] = {}
    for row in connection.execute(query):
        given.setdefault(row.request_id, {})[row.scorer] = row.value
    return given


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


_TOLD = ("latency_ms", "ttft_ms", "region", "usage_reader", "server_ms", "server_ttft_ms")


def answer_of(row: Any) -> Response:
    """Make the response of a row with ``ANSWER``."""
    return _answer(row._mapping, latency_ms=0.0)


def _answer(facts: Mapping[str, Any], **others: Any) -> Response:
    return Response(
        text=facts["response"],
        usage=recorded_usage(facts),
        tool_calls=tool_calls_of(facts["tool_calls_json"]),
        reasoning=facts["reasoning"],
        choices=choices_of(facts["extra_json"]),
        parts=parts_of(facts["extra_json"]),
        recorded=recorded_of(facts["extra_json"]),
        finish_reason=facts["finish_reason"],
        response_model=facts["response_model"],
        service_tier=facts["service_tier"],
        raw_usage=None if facts["raw_usage_json"] is None else json.loads(facts["raw_usage_json"]),
        provider_request_id=facts["provider_request_id"],
        **others,
    )


def whole_answer(facts: Mapping[str, Any]) -> Response:
    """Make the whole answer of a row with ``WHOLE``, as scorers saw it; impossible counts are left out."""
    charged = facts["provider_cost_usd"]
    others = {name: facts[name] for name in _TOLD}
    others["provider_cost_usd"] = None if charged is None else Decimal(repr(charged))
    try:
        return _answer(facts, **others)
    except (UsageError, ValueError):
        return _answer({**facts, "usage_tokens_in": None, "raw_usage_json": None}, **others)


def request_of(facts: Mapping[str, Any], sample: Sample) -> Request:
    """Make the request of a row with ``ASKED``.

    Args:
        facts: the row; ``seed`` is that of its run, None outside any.
        sample: that was asked.
    """
    return Request(
        request_id=facts["request_id"],
        run_id=facts["run_id"],
        ts=facts["ts"],
        provider=facts["provider"],
        model=facts["model"],
        sample=sample,
        repeat=facts["repeat"],
        params=json.loads(facts["params_json"] or "{}"),
        seed=facts["seed"] or 0,
        role=facts["role"],
        policy_cell=facts["policy_cell"],
    )
