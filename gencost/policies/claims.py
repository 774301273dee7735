"""The conditions for recommending a policy: three claims, each against the single cells.

A policy wins if it is shown to be (1) not worse than any single cell by the margin, (2) cheaper than the cheapest
single cell of which that is shown, (3) better than the mixture of single cells, by lot, that costs as much. Without (3)
a policy that knows nothing would win by giving away the margin. Each claim is tested one-sided at 2.5 % / policies
tried, so all verdicts together err with at most 2.5 %: a win needs all three (Berger, Technometrics 24, 1982), and one
of several policies is named (Bonferroni).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gencost.analysis.cell_intervals import is_binary, span_of
from gencost.analysis.recorded.grid import Grid
from gencost.analysis.statistics.intervals import Estimate
from gencost.analysis.statistics.special import ndtri, stdtrit
from gencost.analysis.statistics.tilted import above_tilted, tilted_end
from gencost.decision.least_prompts import LEAST_PROMPTS, LEVEL, level
from gencost.decision.noninferiority import Paired, lower_ends, paired, shown_above
from gencost.policies.clustered import degrees, mean_error
from gencost.policies.curves import hull
from gencost.policies.outcome import Outcome
from gencost.policies.training import mean_cost, mean_quality

MOST_UNKNOWN = 0.02


@dataclass(frozen=True, kw_only=True)
class PolicyClaims:
    """The claims that hold for one policy.

    Attributes:
        good: not worse than any single cell by the margin.
        cheaper: than the single cell that would be kept without it.
        better: than the mixture of single cells that costs as much.
        known: at least 98 % of its rows have a quality and a cost.
        apart: it was fitted to other calls than it is judged on.
    """

    good: bool
    cheaper: bool
    better: bool
    known: bool
    apart: bool = True

    @property
    def win(self) -> bool:
        """Whether all of it is shown."""
        return self.good and self.cheaper and self.better and self.known and self.apart

    @property
    def missing(self) -> str:
        """The claims that are not shown, in words; empty if it wins."""
        if not self.known:
            return "the quality or cost of more than 2 % of its prompts is unknown"
        words = (
            (self.apart, "on other calls than it was fitted to"),
            (self.good, "that its quality is within the margin"),
            (self.cheaper, "that it costs less"),
            (self.better, "that it is better than a mixture by lot at the same cost"),
        )
        return ", ".join(text for holds, text in words if not holds)


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """The single cells that policies are compared with.

    Attributes:
        grid: every recorded call.
        margin: how much lower the quality may be.
        best: column of the highest mean quality.
        kept: column of the cheapest cell that is shown to be no worse than any other by the margin, else of the best.
    """

    grid: Grid
    margin: float
    best: int
    kept: int


def baseline(grid: Grid, margin: float, best: int) -> Baseline:
    """Find the single cell that would be kept without a policy.

    Args:
        grid: every recorded call.
        margin: how much lower the quality may be.
        best: column of the highest mean quality.
    """
    k = len(grid.cells)
    alpha = level(k, margin)
    fine = [i for i in range(k) if not_inferior(grid.quality[:, i], grid, margin, alpha, leave_out=i)]
    cost = mean_cost(grid)
    return Baseline(grid=grid, margin=margin, best=best, kept=min(fine, key=lambda i: cost[i]) if fine else best)


def not_inferior(quality: np.ndarray, grid: Grid, margin: float, alpha: float, leave_out: int | None = None) -> bool:
    """Whether a quality is shown to be lower than no single cell's by the margin: every one is tested.

    The test is that of the decision, see ``gencost.decision.noninferiority``.

    Args:
        quality: of each row, NaN unknown; shape (n,).
        grid: the single cells.
        margin: how much lower it may be.
        alpha: one-sided level of each test.
        leave_out: a column that is not compared.
    """
    others = [i for i in range(len(grid.cells)) if i != leave_out]
    scale = _scale(quality, grid.quality[:, others])
    means = _means(np.column_stack([quality, grid.quality]), grid.clusters)
    pairs = ((paired(means[:, :1], means[:, [1 + i]], **scale), means[:, 0] - means[:, 1 + i]) for i in others)
    return all(shown_above(pair, differences, -margin, alpha) for pair, differences in pairs)


def _paired(quality: np.ndarray, grid: Grid, others: Sequence[int]) -> Paired:
    """Count a quality against some cells over the prompts; shape (1, others)."""
    cells = grid.quality[:, list(others)]
    means = _means(np.column_stack([quality, cells]), grid.clusters)
    return paired(means[:, :1], means[:, 1:], **_scale(quality, cells))


def _scale(*scores: np.ndarray) -> Any:
    """Whether all known scores are 0 or 1, and the range that they may have."""
    known = np.concatenate([values[np.isfinite(values)] for values in scores])
    low, high = span_of(known)
    return {"binary": is_binary(known), "span": high - low}


def _means(values: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Mean of the known values of each cluster, NaN without one; shape (clusters, columns)."""
    size, known = int(clusters.max()) + 1, np.isfinite(values)
    columns = list(zip(np.where(known, values, 0.0).T, known.T, strict=True))
    total = np.column_stack([np.bincount(clusters, value, size) for value, _ in columns])
    count = np.column_stack([np.bincount(clusters, weights, size) for _, weights in columns])
    return np.asarray(total / np.where(count > 0, count, np.nan))


def claims(outcome: Outcome, against: Baseline, tried: int) -> PolicyClaims:
    """Test what a policy must show.

    Args:
        outcome: of its rows, each judged by a fit to others.
        against: the single cells.
        tried: how many policies may be recommended.
    """
    alpha, grid = LEVEL / max(1, tried), against.grid
    unknown = 1 - min(np.isfinite(outcome.quality).mean(), np.isfinite(outcome.cost).mean())
    saved = saving(outcome, grid, against.kept, alpha)
    return PolicyClaims(
        good=not_inferior(outcome.quality, grid, against.margin, alpha),
        cheaper=saved.low is not None and saved.low > 0,
        better=_gains(over_mixture(outcome, grid), grid, alpha),
        known=bool(unknown <= MOST_UNKNOWN),
    )


def saving(outcome: Outcome, grid: Grid, column: int, alpha: float = LEVEL) -> Estimate:
    """The saving of a policy against a single cell: 1 - mean cost / mean cost, over rows where both are known.

    The interval is Student's t on the log of the ratio, whose standard error is that of
    ``c_i / mean(c) - d_i / mean(d)`` over clusters (delta method), its degrees of freedom those of ``degrees``: costs
    have long tails.

    Args:
        outcome: of the policy.
        grid: the single cells.
        column: of the cell.
        alpha: one-sided.
    """
    both = np.isfinite(outcome.cost) & np.isfinite(grid.cost[:, column])
    cost, other = outcome.cost[both], grid.cost[both, column]
    if not both.any() or not (cost.mean() > 0 and other.mean() > 0):
        return Estimate(value=float("nan"))
    ratio = cost.mean() / other.mean()
    influence = cost / cost.mean() - other / other.mean()
    _, error, groups = mean_error(influence, grid.clusters[both])
    if groups < 2:
        return Estimate(value=1 - float(ratio))
    df = degrees(influence, grid.clusters[both])
    ratio, wide = float(ratio), float(np.exp(stdtrit(df, 1 - alpha) * error))
    return Estimate(value=1 - ratio, low=1 - ratio * wide, high=1 - ratio / wide)


def difference(quality: np.ndarray, grid: Grid, column: int) -> Estimate:
    """Mean quality of a policy - that of a single cell, over rows where both are known; by the decision's test."""
    pairs = _paired(quality, grid, [column])
    value = float(np.nanmean(quality - grid.quality[:, column])) if pairs.n[0, 0] else float("nan")
    if pairs.n[0, 0] < LEAST_PROMPTS:
        return Estimate(value=value)
    turned = Paired(**{**vars(pairs), "wins": pairs.losses, "losses": pairs.wins})
    low, high = float(lower_ends(pairs, LEVEL)[0, 0]), -float(lower_ends(turned, LEVEL)[0, 0])
    if not pairs.binary:
        means = _means(np.column_stack([quality, grid.quality[:, column]]), grid.clusters)
        differences, limit = means[:, 0] - means[:, 1], float(ndtri(1 - LEVEL))
        known = differences[~np.isnan(differences)]
        low, high = min(low, tilted_end(known, limit, pairs.span)), max(high, -tilted_end(-known, limit, pairs.span))
    return Estimate(value=value, low=min(low, value), high=max(high, value))


def over_mixture(outcome: Outcome, grid: Grid) -> np.ndarray:
    """Each row's share in how much better a policy is than the mixture of single cells that costs as much.

    With cells a and b on the hull around its mean cost, ``p = (c - c_a) / (c_b - c_a)`` and
    ``q_i - (1 - p) q_ai - p q_bi - (q_b - q_a) / (c_b - c_a) (c_i - (1 - p) c_ai - p c_bi)``: its mean is the gain at
    equal cost, its standard error that of the gain, p being estimated (delta method).

    Args:
        outcome: of the policy.
        grid: the single cells.

    Returns:
        NaN where one of the figures is unknown; shape (n,).
    """
    corners, cost, quality = hull(mean_cost(grid), mean_quality(grid)), mean_cost(grid), mean_quality(grid)
    paid = float(np.nanmean(outcome.cost)) if np.isfinite(outcome.cost).any() else float("nan")
    above = next((i for i in range(1, len(corners)) if cost[corners[i]] >= paid), None)
    if above is None or not paid > cost[corners[0]]:
        return np.asarray(outcome.quality - grid.quality[:, corners[0 if paid <= cost[corners[0]] else -1]])
    a, b = corners[above - 1], corners[above]
    p, slope = (paid - cost[a]) / (cost[b] - cost[a]), (quality[b] - quality[a]) / (cost[b] - cost[a])
    gained = outcome.quality - (1 - p) * grid.quality[:, a] - p * grid.quality[:, b]
    return np.asarray(gained - slope * (outcome.cost - (1 - p) * grid.cost[:, a] - p * grid.cost[:, b]))


def _gains(gained: np.ndarray, grid: Grid, alpha: float) -> bool:
    """Whether the mean gain is shown to be above 0: by Student's t and, for rare large losses, by ``tilted``."""
    low = mean_of(gained, grid.clusters, alpha).low
    if low is None or not low > 0:
        return False
    means = _means(gained[:, None], grid.clusters)[:, 0]
    means = means[~np.isnan(means)]
    span = max(float(_scale(grid.quality)["span"]), float(np.abs(means).max()))
    return above_tilted(means, 0.0, float(ndtri(1 - alpha)), span)


def mean_of(values: np.ndarray, clusters: np.ndarray, alpha: float = LEVEL) -> Estimate:
    """Mean of the known values with Student's t interval over clusters; none below two of them."""
    mean, error, groups = mean_error(values, clusters)
    if groups < 2:
        return Estimate(value=mean)
    half = float(stdtrit(groups - 1, 1 - alpha) * error)
    return Estimate(value=mean, low=mean - half, high=mean + half)


def winner(candidates: Sequence[tuple[PolicyClaims, float]]) -> int | None:
    """The place of the policy to use: the cheapest of those that win; None if none does.

    Args:
        candidates: the claims of each and its mean cost.
    """
    winning = [(cost, place) for place, (shown, cost) in enumerate(candidates) if shown.win]
    return min(winning)[1] if winning else None
