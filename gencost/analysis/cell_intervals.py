"""The figures of one cell with their intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gencost.analysis.intervals import Estimate, bootstrapped, clustered_mean, itself, percentile
from gencost.analysis.measures import Measured


@dataclass(frozen=True, kw_only=True)
class Intervals:
    """The figures of one cell, each with its 95 % interval; None if there is no value at all.

    Attributes:
        latency_p50_ms: by order statistics, as are p90, p95, p99.
        latency_mean_ms: BCa bootstrap over prompts.
        cost_usd_mean: BCa bootstrap over prompts.
        quality_mean: clustered by prompt.
        usd_per_correct: what all answers cost / how many are right; None unless every score is 0 or 1, every cost is
            known and at least one answer is right.
    """

    latency_p50_ms: Estimate | None
    latency_p90_ms: Estimate | None
    latency_p95_ms: Estimate | None
    latency_p99_ms: Estimate | None
    latency_mean_ms: Estimate | None
    cost_usd_mean: Estimate | None
    quality_mean: Estimate | None
    usd_per_correct: float | None


def intervals(cell: Measured, seed: int = 0) -> Intervals:
    """Estimate the figures of one cell.

    Args:
        cell: its calls.
        seed: of the bootstrap.
    """
    latency_ms = cell.values("latency")
    return Intervals(
        latency_p50_ms=percentile(latency_ms, 50),
        latency_p90_ms=percentile(latency_ms, 90),
        latency_p95_ms=percentile(latency_ms, 95),
        latency_p99_ms=percentile(latency_ms, 99),
        latency_mean_ms=_over_prompts(cell.per_prompt("latency").to_numpy(), seed),
        cost_usd_mean=_over_prompts(cell.per_prompt("cost").to_numpy(), seed),
        quality_mean=clustered_mean(*cell.clustered("quality")),
        usd_per_correct=_usd_per_correct(cell),
    )


def _over_prompts(values: np.ndarray, seed: int) -> Estimate | None:
    return bootstrapped((values,), itself, seed) if len(values) else None


def _usd_per_correct(cell: Measured) -> float | None:
    quality, cost = cell.calls["quality"], cell.calls["cost"]
    right = quality.sum()
    if cost.isna().any() or not right or not is_binary(quality.dropna().to_numpy()):
        return None
    return float(cost.sum() / right)


def is_binary(values: np.ndarray) -> bool:
    """Whether every value is 0 or 1."""
    return bool(np.isin(values, (0.0, 1.0)).all())
