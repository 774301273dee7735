"""A figure with its 95 % interval: percentiles, mean scores, mean costs and times; or the reason why there is none.

Values are grouped by prompt before anything else: repeats of one prompt are not independent evidence (Miller, "Adding
Error Bars to Evals", arXiv:2411.00640, 2024). How often each kind covers the truth is simulated in
``tests/benchmarks/calibration.py``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gencost.analysis.statistics.clusters import (
    LEAST_CLUSTERS,
    TAIL,
    clopper_pearson,
    cluster_sums,
    count_clusters,
    effective_n,
    even_clusters,
    ranks,
    spread,
)
from gencost.analysis.statistics.special import ndtri, stdtrit
from gencost.analysis.statistics.studentised import MeanLimits, mean_limits
from gencost.analysis.statistics.tilted import above_tilted, tilted_end

LEAST_PROMPTS = 5


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """One figure and its 95 % interval.

    Attributes:
        value: the figure.
        low: lower end; None if there is too little to say.
        high: upper end; None if there is too little to say.
        reason: why there is no interval; None if there is one.
    """

    value: float
    low: float | None = None
    high: float | None = None
    reason: str | None = None

    @classmethod
    def of(cls, value: float, limits: MeanLimits) -> Estimate:
        """Put a figure and its limits together."""
        return cls(value=value, low=limits.low, high=limits.high, reason=limits.reason)

    def scaled(self, factor: float) -> Estimate:
        """The same figure in another unit, or of the opposite sign."""
        ends = [None if end is None else end * factor + 0.0 for end in (self.low, self.high)]
        value = self.value * factor + 0.0  # 0 has no sign
        return Estimate(value=value, low=ends[factor < 0], high=ends[factor >= 0], reason=self.reason)


def percentile(values: np.ndarray, q: float, prompts: np.ndarray | None = None, tail: float = TAIL) -> Estimate | None:
    """A percentile with the interval that order statistics give, which needs no distribution.

    Where prompts were asked more than once, the ranks are those of as many independent calls as the share of calls up
    to the percentile is worth (see ``effective_n``), scaled to the calls there are. p95 needs 72 independent calls, p99
    368, from at least half as many prompts: fewer do not tell how alike their repeats are.

    Args:
        values: shape (n,).
        q: in (0, 100).
        prompts: whole numbers from 0 that say which prompt each is of; None if each is of another.
        tail: probability of error on either side.

    Returns:
        Linear interpolation, as numpy's default; None without values; no interval from too few.
    """
    if not len(values):
        return None
    point, clusters = _point(values, q), np.arange(len(values)) if prompts is None else prompts
    groups = count_clusters(clusters)
    least = LEAST_CLUSTERS if groups == len(values) else max(LEAST_CLUSTERS, math.ceil(least_calls(q) / 2))
    if groups < least:
        return Estimate(value=point, reason=f"p{q:g} needs at least {least:,} prompts")
    n_eff = effective_n((values <= point).astype(float), clusters)
    low, high = ranks(q / 100, len(values), n_eff, tail)
    if low is None or high is None:
        reason = f"p{q:g} needs {least_calls(q):,} independent calls; these are worth {math.floor(n_eff):,}"
        return Estimate(value=point, reason=reason)
    ordered = np.sort(values)
    return Estimate(value=point, low=float(ordered[low - 1]), high=float(ordered[high - 1]))


def _point(values: np.ndarray, q: float) -> float:
    with np.errstate(invalid="ignore"):
        point = float(np.percentile(values, q))
    return float(np.percentile(values, q, method="lower")) if math.isnan(point) else point  # between infinite ones


def least_calls(q: float) -> int:
    """The fewest independent calls whose order statistics bound a percentile on both sides."""
    return math.ceil(math.log(TAIL) / math.log(max(q, 100 - q) / 100))


def mean_score(values: np.ndarray, prompts: np.ndarray, span: tuple[float, float] = (0.0, 1.0)) -> Estimate | None:
    """A mean score over calls, clustered by prompt.

    Scores of 0 and 1: Clopper and Pearson's limits on the effective number of calls. Others: Student's t with a
    standard error clustered by prompt (CR2; see ``clusters.spread`` and ``even_clusters``), at least as
    wide as the bound that as many equal values carry and as the score test that rare large losses need (``tilted``),
    and within the range of the score.

    Args:
        values: shape (n,).
        prompts: whole numbers from 0 that say which prompt each is of; shape (n,).
        span: the lowest and the highest possible score.

    Returns:
        None without values; no interval below 5 prompts.
    """
    if not len(values):
        return None
    mean, groups = float(np.mean(values)), count_clusters(prompts)
    if groups < LEAST_PROMPTS:
        return Estimate(value=mean, reason=f"fewer than {LEAST_PROMPTS} prompts")
    if is_binary(values):
        low, high = clopper_pearson(mean, effective_n(values, prompts))
        return Estimate(value=mean, low=low, high=high)
    sizes = cluster_sums(np.ones(len(values)), prompts)
    error = math.sqrt(spread(cluster_sums(values - mean, prompts), sizes))
    half = float(stdtrit(max(1.0, even_clusters(sizes) - 1), 1 - TAIL)) * error
    unseen = 1 - TAIL ** (1 / groups)
    low = min(mean - half, mean - (mean - span[0]) * unseen)
    high = max(mean + half, mean + (span[1] - mean) * unseen)
    each = cluster_sums(values, prompts) * groups / len(values)
    low, high = _tilted_below(each, low, span), -_tilted_below(-each, -high, (-span[1], -span[0]))
    return Estimate(value=mean, low=max(low, span[0]), high=min(high, span[1]))


def _tilted_below(each: np.ndarray, low: float, span: tuple[float, float]) -> float:
    """Lower an end to where the score test turns, if that is further down; one test usually shows that it is not.

    A prompt of more calls than others has a larger part in the mean than the span of a score.
    """
    lowest, highest, limit = min(span[0], float(each.min())), max(span[1], float(each.max())), float(ndtri(1 - TAIL))
    losses, most = each - highest, highest - lowest
    if low <= span[0] or above_tilted(losses, low - highest, limit, most):
        return low
    return highest + tilted_end(losses, limit, most)


def mean_per_call(values: np.ndarray, prompts: np.ndarray, seed: int = 0) -> Estimate | None:
    """A mean over calls, e.g. of cost, with its bootstrap-t interval over prompts.

    Args:
        values: shape (n,).
        prompts: as ``mean_score``.
        seed: of the resampling.

    Returns:
        None without values; no interval below 50 prompts, or where one prompt is most of the sum.
    """
    if not len(values):
        return None
    sizes = np.bincount(prompts)
    return Estimate.of(float(np.mean(values)), mean_limits(cluster_sums(values, prompts), sizes[sizes > 0], seed))


def is_binary(values: np.ndarray) -> bool:
    """Whether every value is 0 or 1."""
    return bool(np.isin(values, (0.0, 1.0)).all())
