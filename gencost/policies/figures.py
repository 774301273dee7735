"""The figures of single cells and of policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gencost.analysis.cell_intervals import span_of
from gencost.analysis.recorded.grid import Grid
from gencost.analysis.statistics.intervals import Estimate, mean_score
from gencost.policies.claims import Baseline, PolicyClaims, difference, mean_of, saving
from gencost.policies.crossfit import CrossFitted
from gencost.policies.curves import aiq, apgr, cpt, recovered
from gencost.policies.length import PromptLength
from gencost.policies.oracle import oracle
from gencost.policies.outcome import Outcome
from gencost.policies.training import mean_cost, mean_quality, usd_worths

_CPT = (20, 50, 80)


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Points of a policy in order of cost, the cheapest single cell among them.

    Attributes:
        cost: mean, USD; shape (m,), as the others.
        quality: mean.
        low: lower end of its 95 % interval over clusters.
        high: upper end.
    """

    cost: np.ndarray
    quality: np.ndarray
    low: np.ndarray
    high: np.ndarray


def curve_of(rows: tuple[np.ndarray, np.ndarray], grid: Grid) -> Curve:
    """Average a curve over rows.

    Args:
        rows: cost and quality of each row at each point; two of shape (points, n).
        grid: the single cells; the cheapest is a point of every curve.
    """
    cheapest = int(np.nanargmin(mean_cost(grid)))
    cost = [float(np.nanmean(values)) if np.isfinite(values).any() else np.nan for values in rows[0]]
    quality = [mean_of(values, grid.clusters) for values in rows[1]]
    cost.append(float(mean_cost(grid)[cheapest]))
    quality.append(mean_of(grid.quality[:, cheapest], grid.clusters))
    ends = [[np.nan if end is None else end for end in (interval.low, interval.high)] for interval in quality]
    table = np.array([[c, q.value, *values] for c, q, values in zip(cost, quality, ends, strict=True)])
    table = table[np.argsort(table[:, 0], kind="stable")]
    return Curve(cost=table[:, 0], quality=table[:, 1], low=table[:, 2], high=table[:, 3])


@dataclass(frozen=True, kw_only=True)
class SingleCellFigures:
    """One cell for everything.

    Attributes:
        cell: its name.
        quality: mean over the rows where it is known, 95 % interval over clusters.
        cost: the same of a call, USD; NaN is unknown.
        p95_ms: of its answers; None is unknown.
    """

    cell: str
    quality: Estimate
    cost: Estimate
    p95_ms: float | None


@dataclass(frozen=True, kw_only=True)
class EvaluatedPolicy:
    """One policy; what does not apply is None.

    Attributes:
        name: of the policy.
        quality: mean quality of the answers it ends with, and its 95 % interval.
        cost: the same of a decision with all its calls, USD.
        p95_ms: of the sum of its steps.
        shares: cell -> share of its calls.
        pgr: share of the gap between two cells that it recovers.
        apgr: the same on average over all shares of strong calls.
        cpt: percent of the gap -> least percentage of strong calls.
        aiq: mean height of its curve over the range of costs.
        curve: quality over cost.
        saving: against the single cell that would be kept without it.
        gain: in quality against the same.
        claims: what is shown of it; None for a policy that cannot be used.
        words: what it does, as fitted to all rows.
        refitted: which part its intervals fit anew.
        outcome: row by row.
    """

    name: str
    quality: Estimate | None = None
    cost: Estimate | None = None
    p95_ms: float | None = None
    shares: Mapping[str, float] | None = None
    pgr: float | None = None
    apgr: float | None = None
    cpt: Mapping[int, float | None] | None = None
    aiq: float | None = None
    curve: Curve | None = None
    saving: Estimate | None = None
    gain: Estimate | None = None
    claims: PolicyClaims | None = None
    words: str = ""
    refitted: str = ""
    outcome: Outcome | None = None


def single(grid: Grid, column: int) -> SingleCellFigures:
    """The figures of one cell."""
    latency = grid.latency[:, column]
    return SingleCellFigures(
        cell=grid.cells[column],
        quality=_quality(grid.quality[:, column], grid.clusters),
        cost=mean_of(grid.cost[:, column], grid.clusters),
        p95_ms=p95(latency),
    )


def _quality(values: np.ndarray, clusters: np.ndarray) -> Estimate:
    """Estimate a mean quality as the table of cells does."""
    known = np.isfinite(values)
    mean = mean_score(values[known], clusters[known], span_of(values[known]))
    return Estimate(value=float("nan")) if mean is None else mean


def p95(latency: np.ndarray) -> float | None:
    """The 95th percentile of known latencies, ms; None without any."""
    known = latency[np.isfinite(latency)]
    return float(np.percentile(known, 95)) if len(known) else None


def figures(fitted: CrossFitted, against: Baseline, words: str, shown: PolicyClaims | None) -> EvaluatedPolicy:
    """The figures of one policy.

    Args:
        fitted: every row judged by a fit to others.
        against: the single cells.
        words: what it does, as fitted to all rows.
        shown: what is shown of it; None for one that is only shown beside the others.
    """
    grid, outcome = against.grid, fitted.outcome
    return EvaluatedPolicy(
        name=fitted.name,
        quality=_known(outcome.quality, fitted.quality_ci),
        cost=_known(outcome.cost, fitted.cost_ci),
        **_of_outcome(outcome, curve_of(fitted.curve, grid), against),
        **_of_two(fitted, grid),
        claims=shown,
        words=words,
        refitted=fitted.refitted,
    )


def _of_outcome(outcome: Outcome, curve: Curve, against: Baseline) -> dict[str, Any]:
    """The figures that learned policies and the oracle share."""
    return {
        "p95_ms": p95(outcome.latency),
        "shares": dict(zip(against.grid.cells, outcome.shares.tolist(), strict=True)),
        "aiq": aiq(curve.cost, curve.quality, cost_range(against.grid)),
        "curve": curve,
        "saving": saving(outcome, against.grid, against.kept),
        "gain": difference(outcome.quality, against.grid, against.kept),
        "outcome": outcome,
    }


def _known(values: np.ndarray, ends: tuple[float, float]) -> Estimate:
    known = values[np.isfinite(values)]
    mean = float(known.mean()) if len(known) else float("nan")
    return Estimate(value=mean, low=ends[0], high=ends[1])


def cost_range(grid: Grid) -> tuple[float, float]:
    """Mean cost of the cheapest and of the dearest cell, USD."""
    cost = mean_cost(grid)
    return float(np.nanmin(cost)), float(np.nanmax(cost))


def _of_two(fitted: CrossFitted, grid: Grid) -> dict[str, Any]:
    """PGR, APGR and CPT, which only two cells have, the better one being the dearer."""
    if len(grid.cells) != 2:
        return {}
    weak, strong = np.argsort(mean_cost(grid))
    low, high = mean_quality(grid)[[weak, strong]]
    if not high > low:
        return {}
    figures: dict[str, Any] = {"pgr": float((np.nanmean(fitted.outcome.quality) - low) / (high - low))}
    if fitted.score is not None:
        mix_ties = fitted.name != PromptLength.name  # which takes prompts of one length in their order
        curve = recovered(grid.quality[:, weak], grid.quality[:, strong], fitted.score, mix_ties=mix_ties)
        if curve is not None:
            figures |= {"apgr": apgr(curve), "cpt": {percent: cpt(curve, percent) for percent in _CPT}}
    return figures


def hindsight(against: Baseline) -> EvaluatedPolicy:
    """The figures of the oracle."""
    grid, outcome = against.grid, oracle(against.grid)
    points_of = [oracle(grid, float(worth)) for worth in usd_worths(grid)]
    curve = curve_of((np.stack([o.cost for o in points_of]), np.stack([o.quality for o in points_of])), grid)
    return EvaluatedPolicy(
        name="oracle",
        quality=_quality(outcome.quality, grid.clusters),
        cost=mean_of(outcome.cost, grid.clusters),
        **_of_outcome(outcome, curve, against),
        words="with hindsight the best answer, of equally good ones the cheapest",
    )
