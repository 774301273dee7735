"""Means, differences and ratios of means with bootstrap-t intervals over clusters of calls.

Each resample's estimate is divided by its own standard error before its quantiles are taken (Efron, The Jackknife, the
Bootstrap and Other Resampling Plans, 1982; Hall, Annals of Statistics 16, 1988), which follows a skewed sum better than
percentile or BCa intervals; a ratio is taken on the log scale. How well it follows is simulated in
``tests/benchmarks/calibration.py``, from which the two limits below come.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gencost.analysis.statistics.clusters import even_clusters
from gencost.analysis.statistics.special import ndtri

RESAMPLES = 10_000
MOST_BLOCKS = 1000
LEAST_CLUSTERS = 50
LARGEST_SHARE = 0.5
LEAST_EVEN = 6  # clusters that uneven ones are worth: at 4 lognormal costs were covered in 88 %, at 9 in 94 %
_TAIL = 0.015  # nominal 97 %: at 95 % Pareto tails were covered in 91.5 % of 4,000 samples of 50
_LEAST_TAIL = 5 / RESAMPLES
_CHUNK = 2000
_DRAWN_AT_ONCE = 50_000  # numbers of 8 bytes
_ROUNDING = 1e-7
_WIDEST = 7.0  # on the log scale: a factor of 1,000

FEW = f"fewer than {LEAST_CLUSTERS} prompts"
ONE_CALL = f"one prompt is more than {LARGEST_SHARE:.0%} of the sum"
ONE_PROMPT = "a few prompts are most of what was asked"
ONE_VARIES = "one prompt is nearly all that varies"

Function = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, kw_only=True)
class MeanLimits:
    """An interval, or the reason why it is missing.

    Attributes:
        low: lower end; None without an interval.
        high: upper end; None without an interval.
        reason: why there is no interval; None if there is one.
    """

    low: float | None = None
    high: float | None = None
    reason: str | None = None


def mean_limits(sums: np.ndarray, sizes: np.ndarray, seed: int = 0) -> MeanLimits:
    """Bound a mean over calls, clustered.

    Args:
        sums: of the values of each cluster, shape (clusters,).
        sizes: how many values each has.
        seed: of the resampling.
    """
    reason = _too_little([sizes], [sums])
    return MeanLimits(reason=reason) if reason else _bounds(np.stack([sums, sizes], axis=1), _mean, seed)


def difference_limits(a: np.ndarray, b: np.ndarray, seed: int = 0, tests: int = 1) -> MeanLimits:
    """Bound mean b - mean a, paired by cluster.

    Args:
        a: sum and number of values of each cluster; shape (clusters, 2).
        b: the same clusters of the other cell.
        seed: of the resampling.
        tests: how many intervals hold together (Bonferroni).
    """
    reason = _too_little([a[:, 1], b[:, 1]], [a[:, 0], b[:, 0]])
    return MeanLimits(reason=reason) if reason else _bounds(np.concatenate([a, b], axis=1), _difference, seed, tests)


def ratio_limits(a: np.ndarray, b: np.ndarray, seed: int = 0, tests: int = 1) -> MeanLimits:
    """Bound mean b / mean a, paired by cluster; both means must be positive. Arguments as ``difference_limits``."""
    reason = _too_little([a[:, 1], b[:, 1]], [a[:, 0], b[:, 0]])
    if reason:
        return MeanLimits(reason=reason)
    limits = _bounds(np.concatenate([a, b], axis=1), _log_ratio, seed, tests)
    if limits.low is None or limits.high is None:
        return limits
    if limits.high - limits.low > _WIDEST:
        return MeanLimits(reason=ONE_VARIES)
    return MeanLimits(low=float(np.exp(limits.low)), high=float(np.exp(limits.high)))


def _too_little(sizes: Sequence[np.ndarray], sums: Sequence[np.ndarray]) -> str | None:
    clusters = len(sums[0])
    if all(np.ptp(each) == 0 for each in sums) and clusters >= LEAST_CLUSTERS:
        return None
    if clusters < LEAST_CLUSTERS:
        return FEW
    if any(even_clusters(each) < LEAST_EVEN for each in sizes):
        return ONE_PROMPT
    shares = (float(each.max() / each.sum()) for each in sums if each.sum() > 0)
    return ONE_CALL if any(share > LARGEST_SHARE for share in shares) else None


def _bounds(columns: np.ndarray, function: Function, seed: int, tests: int = 1) -> MeanLimits:
    """Bootstrap t over the rows of columns whose sums the function takes; it must not change when all are scaled."""
    grouped = _blocks(columns, seed)
    values, errors = _estimate(grouped.sum(axis=0)[None], _products(grouped).sum(axis=0)[None], function)
    wholes, slopes = function(columns.sum(axis=0)[None])
    value, error, whole = float(values[0]), float(errors[0]), float(wholes[0])
    if error <= _ROUNDING * float(np.abs(slopes * columns.sum(axis=0)).max()):
        return MeanLimits(low=whole, high=whole)
    statistics = _resampled(grouped, function, value, seed)
    low_t, high_t = _quantiles(statistics, _TAIL / tests)
    if not np.isfinite(low_t + high_t):
        return MeanLimits(reason=ONE_VARIES)
    return MeanLimits(low=whole - high_t * error, high=whole - low_t * error)


def _quantiles(statistics: np.ndarray, tail: float) -> tuple[float, float]:
    """The quantiles of ``tail`` on either side; beyond the fifth of 10,000 they grow as normal ones do."""
    seen = max(tail, _LEAST_TAIL)
    beyond = float(ndtri(tail) / ndtri(seen))
    low, high = np.quantile(statistics, [seen, 1 - seen], method="inverted_cdf")
    return float(low) * beyond, float(high) * beyond


def _resampled(grouped: np.ndarray, function: Function, value: float, seed: int) -> np.ndarray:
    """The studentised estimates of all resamples; infinite where a resample does not vary."""
    drawn, products, p = drawn_clusters(len(grouped), seed), _products(grouped), grouped.shape[1]
    everything = np.concatenate([grouped, products], axis=1)
    parts = []
    for start in range(0, len(drawn), _CHUNK):
        sums = drawn[start : start + _CHUNK].astype("float64") @ everything
        with np.errstate(divide="ignore", invalid="ignore"):
            estimates, errors = _estimate(sums[:, :p], sums[:, p:], function)
            parts.append((estimates - value) / errors)
    statistics = np.concatenate(parts)
    return np.where(np.isnan(statistics), 0.0, statistics)


def _products(columns: np.ndarray) -> np.ndarray:
    """Products of every two columns, the earlier one first; shape (n, p (p + 1) / 2)."""
    first, second = np.triu_indices(columns.shape[1])
    return np.asarray(columns[:, first] * columns[:, second])


def _estimate(sums: np.ndarray, products: np.ndarray, function: Function) -> tuple[np.ndarray, np.ndarray]:
    """Values and their standard errors by the delta method; shape (resamples,) each."""
    values, slopes = function(sums)
    first, second = np.triu_indices(sums.shape[1])
    weights = slopes[:, first] * slopes[:, second] * np.where(first == second, 1.0, 2.0)
    return values, np.sqrt(np.maximum((weights * products).sum(axis=1), 0.0))


def _mean(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    total, size = sums[:, 0], sums[:, 1]
    return total / size, np.stack([1 / size, -total / size**2], axis=1)


def _difference(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    (a, slope_a), (b, slope_b) = _mean(sums[:, :2]), _mean(sums[:, 2:])
    return b - a, np.concatenate([-slope_a, slope_b], axis=1)


def _log_ratio(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    signs = np.array([-1.0, 1.0, 1.0, -1.0])
    return np.log(sums) @ signs, signs / sums


@lru_cache(maxsize=2)
def drawn_clusters(n: int, seed: int) -> np.ndarray:
    """Return the number of draws of each of n clusters in each resample; shape (10,000, n), rows sum to n."""
    rng = np.random.default_rng(seed)
    drawn = np.empty((RESAMPLES, n), dtype="uint8")  # of 1,000 groups none is drawn 256 times
    for part in np.array_split(drawn, max(1, RESAMPLES * n // _DRAWN_AT_ONCE)):
        draws = rng.integers(n, size=part.shape) + n * np.arange(len(part))[:, None]
        part[:] = np.bincount(draws.ravel(), minlength=part.size).reshape(part.shape)
    return drawn


def _blocks(columns: np.ndarray, seed: int) -> np.ndarray:
    """Add clusters up at random into at most 1,000 groups of nearly equal size; few clusters stay as they are."""
    n = len(columns)
    if n <= MOST_BLOCKS:
        return columns
    group = np.random.default_rng(seed).permutation(n) % MOST_BLOCKS
    return np.stack([np.bincount(group, weights=column) for column in columns.T], axis=1)
