"""The lengths of the recorded answers of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select

from gencost.metrics_db.tables import requests, responses

_PROMPTS = 500  # at most so many are named in one query


@dataclass(frozen=True, kw_only=True)
class Lengths:
    """The lengths of the answers of one model.

    Attributes:
        calls: answers it is based on.
        tokens_in: mean.
        low: output tokens, 5th percentile.
        mean: output tokens.
        high: output tokens, most.
        latency_ms: 5th percentile, mean, most.
    """

    calls: int
    tokens_in: float
    low: float
    mean: float
    high: float
    latency_ms: tuple[float, float, float]


def lengths(engine: Engine, provider: str, model: str, prompt_sha256s: Sequence[str]) -> Lengths | None:
    """Read how long a model's answers were: to these prompts if any is recorded, else to any.

    Args:
        engine: the metrics DB.
        provider: its name.
        model: its name.
        prompt_sha256s: of the prompts that are going to be asked.

    Returns:
        None if it never answered.
    """
    answers = select(responses.c.usage_tokens_in, responses.c.usage_tokens_out, requests.c.latency_ms).join(requests)
    of_model = answers.where(
        requests.c.provider == provider,
        requests.c.model == model,
        requests.c.status == "ok",
        requests.c.from_cache.is_(False),
        responses.c.usage_tokens_out.is_not(None),
    )
    some = list(dict.fromkeys(prompt_sha256s))[:_PROMPTS]
    with engine.connect() as connection:
        for query in (of_model.where(requests.c.prompt_sha256.in_(some)), of_model):
            if rows := connection.execute(query.order_by(requests.c.ts.desc()).limit(10_000)).all():
                return _lengths([dict(row._mapping) for row in rows])
    return None


def _lengths(rows: Sequence[Mapping[str, Any]]) -> Lengths:
    out = sorted(row["usage_tokens_out"] for row in rows)
    latency_ms = sorted(row["latency_ms"] or 0.0 for row in rows)
    return Lengths(
        calls=len(out),
        tokens_in=sum(row["usage_tokens_in"] for row in rows) / len(out),
        low=out[len(out) // 20],
        mean=sum(out) / len(out),
        high=out[-1],
        latency_ms=(latency_ms[len(out) // 20], sum(latency_ms) / len(out), latency_ms[-1]),
    )
