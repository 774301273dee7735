"""The figures of one cell with their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gencost.analysis.measures import Errors, Measured
from gencost.analysis.recorded.frames import SCORE_PREFIX
from gencost.analysis.statistics.intervals import Estimate, is_binary, mean_per_call, mean_score

__all__ = ["Intervals", "intervals", "is_binary"]


@dataclass(frozen=True, kw_only=True)
class Intervals:
    """The figures of one cell, each with its 95 % interval; None if there is no value at all.

    Attributes:
        latency_p50_ms: over answered calls, by order statistics, as are p90, p95, p99 and all other percentiles.
        latency_mean_ms: over answered calls, bootstrap t.
        cost_usd_mean: per answered call of known cost, bootstrap t.
        quality_mean: over answers with a score.
        usd_per_correct: what all answers cost / how many are right; None unless every score is 0 or 1, every cost is
            known and at least one answer is right.
        quality_held: mean score that ``min_quality`` is compared with: with ``decision.errors=fail`` a failed call
            counts as 0, else as ``quality_mean``.
        latency_p95_held_ms: p95 that ``max_p95_ms`` is compared with: with ``fail`` a failed call is infinite.
        ttft_p50_ms: time to first token of streamed calls, as is p95.
        ttft_p95_held_ms: p95 that ``max_ttft_p95_ms`` is compared with.
        tpot_p50_ms: time per output token after the first, as is p95.
        tokens_per_s_p50: output tokens of a streamed call / its latency, as is p95.
        other_scores: mean of each scorer beside the one that is the quality, failed calls counted as in
            ``quality_held``; without those that scored nothing.
    """

    latency_p50_ms: Estimate | None
    latency_p90_ms: Estimate | None
    latency_p95_ms: Estimate | None
    latency_p99_ms: Estimate | None
    latency_mean_ms: Estimate | None
    cost_usd_mean: Estimate | None
    quality_mean: Estimate | None
    usd_per_correct: float | None
    quality_held: Estimate | None = None
    latency_p95_held_ms: Estimate | None = None
    ttft_p50_ms: Estimate | None = None
    ttft_p95_ms: Estimate | None = None
    ttft_p95_held_ms: Estimate | None = None
    tpot_p50_ms: Estimate | None = None
    tpot_p95_ms: Estimate | None = None
    tokens_per_s_p50: Estimate | None = None
    tokens_per_s_p95: Estimate | None = None
    other_scores: Mapping[str, Estimate] = field(default_factory=dict)


def intervals(cell: Measured, seed: int = 0, errors: Errors = "fail") -> Intervals:
    """Estimate the figures of one cell.

    Args:
        cell: its calls.
        seed: of the resampling.
        errors: how failed calls count where a figure is compared with a limit.
    """
    counted = errors == "fail" and len(cell.failed) > 0
    quality, latency_p95 = _score(cell, "quality", None), cell.percentile("latency", 95)
    ttft_p95 = cell.percentile("ttft", 95)
    return Intervals(
        latency_p50_ms=cell.percentile("latency", 50),
        latency_p90_ms=cell.percentile("latency", 90),
        latency_p95_ms=latency_p95,
        latency_p99_ms=cell.percentile("latency", 99),
        latency_mean_ms=mean_per_call(*cell.clustered("latency"), seed),
        cost_usd_mean=mean_per_call(*cell.clustered("cost"), seed),
        quality_mean=quality,
        usd_per_correct=_usd_per_correct(cell),
        quality_held=held_quality(cell, errors) if counted else quality,
        latency_p95_held_ms=cell.percentile("latency", 95, np.inf) if counted else latency_p95,
        ttft_p50_ms=cell.percentile("ttft", 50),
        ttft_p95_ms=ttft_p95,
        ttft_p95_held_ms=cell.percentile("ttft", 95, np.inf) if counted and ttft_p95 else ttft_p95,
        tpot_p50_ms=cell.percentile("tpot", 50),
        tpot_p95_ms=cell.percentile("tpot", 95),
        tokens_per_s_p50=cell.percentile("tokens_per_s", 50),
        tokens_per_s_p95=cell.percentile("tokens_per_s", 95),
        other_scores=_other_scores(cell, 0.0 if counted else None),
    )


def held_quality(cell: Measured, errors: Errors) -> Estimate | None:
    """Estimate the mean score with failed calls counted as ``errors`` says; None without any score."""
    return _score(cell, "quality", 0.0 if errors == "fail" else None)


def _score(cell: Measured, column: str, failed: float | None) -> Estimate | None:
    values, prompts = cell.clustered(column, failed)
    return mean_score(values, prompts, span_of(values)) if len(cell.clustered(column)[0]) else None


def _other_scores(cell: Measured, failed: float | None) -> dict[str, Estimate]:
    scores = {scorer: _score(cell, f"{SCORE_PREFIX}{scorer}", failed) for scorer in cell.other_scorers}
    return {scorer: mean for scorer, mean in scores.items() if mean is not None}


def span_of(values: np.ndarray) -> tuple[float, float]:
    """The range of a score: [0, 1], and as far beyond as it was seen to go."""
    return min(0.0, float(values.min(initial=0.0))), max(1.0, float(values.max(initial=1.0)))


def _usd_per_correct(cell: Measured) -> float | None:
    quality, cost = cell.calls["quality"], cell.calls["cost"]
    right = quality.sum()
    if cost.isna().any() or not right or not is_binary(quality.dropna().to_numpy()):
        return None
    return float(cost.sum() / right)
