"""The lengths of the recorded answers of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Engine, func, select, true

from gencost.metrics_db.rows import params_json
from gencost.metrics_db.tables import requests, responses

_PROMPTS = 500  # at most, in one query
_MOST = 10_000  # the newest answers, which are enough


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
        same_settings: whether they were asked with the same parameters.
        same_prompts: whether they answer the prompts that are going to be asked.
        left_out: answers that were recorded under other parameters, and are not among these.
    """

    calls: int
    tokens_in: float
    low: float
    mean: float
    high: float
    latency_ms: tuple[float, float, float]
    same_settings: bool = True
    same_prompts: bool = True
    left_out: int = 0


def lengths(
    engine: Engine, model: tuple[str, str], params: Mapping[str, Any], prompt_sha256s: Sequence[str]
) -> Lengths | None:
    """Read how long a model's answers were: with these parameters if any is recorded, else with others.

    Args:
        engine: the metrics DB.
        model: provider and name.
        params: that are going to be sent.
        prompt_sha256s: of the prompts that are going to be asked; answers to them come before answers to others.

    Returns:
        None if it never answered.
    """
    answers = select(responses.c.usage_tokens_in, responses.c.usage_tokens_out, requests.c.latency_ms).join(requests)
    of_model = (
        (requests.c.provider == model[0])
        & (requests.c.model == model[1])
        & (requests.c.status == "ok")
        & requests.c.from_cache.is_(False)
        & responses.c.usage_tokens_out.is_not(None)
    )
    alike = requests.c.params_json == params_json(params)
    asked = requests.c.prompt_sha256.in_(list(dict.fromkeys(prompt_sha256s))[:_PROMPTS])
    ways = ((alike & asked, True, True), (alike, True, False), (asked, False, True), (true(), False, False))
    with engine.connect() as connection:
        for where, same_settings, same_prompts in ways:
            query = answers.where(of_model, where).order_by(requests.c.ts.desc()).limit(_MOST)
            if rows := connection.execute(query).all():
                others = select(func.count()).select_from(requests.join(responses)).where(of_model, ~alike)
                return replace(
                    _lengths([dict(row._mapping) for row in rows]),
                    same_settings=same_settings,
                    same_prompts=same_prompts,
                    left_out=int(connection.scalar(others) or 0) if same_settings else 0,
                )
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
