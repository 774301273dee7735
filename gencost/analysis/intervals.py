"""A figure with its 95 % interval: percentiles, means over prompts, costs; too few values give no interval.

Values are grouped by prompt before anything else: repeats of one prompt are no independent evidence (Miller, "Adding
Error Bars to Evals", arXiv:2411.00640, 2024).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace

import numpy as np
from scipy import stats
from scipy.special import stdtrit

CONFIDENCE = 0.95
RESAMPLES = 10_000
LEAST_PROMPTS = 5
MOST_BLOCKS = 1000

Statistic = Callable[..., np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """One figure and its 95 % interval.

    Attributes:
        value: the figure.
        low: lower end; None if there are too few values to say.
        high: upper end; None if there are too few values to say.
    """

    value: float
    low: float | None = None
    high: float | None = None

    def scaled(self, factor: float) -> Estimate:
        """The same figure in another unit, or of the opposite sign."""
        ends = [None if end is None else end * factor for end in (self.low, self.high)]
        return Estimate(value=self.value * factor, low=ends[factor < 0], high=ends[factor >= 0])


def percentile(values: np.ndarray, q: float) -> Estimate | None:
    """A percentile with the interval that order statistics give, which needs no distribution.

    The interval is [x_(l), x_(u)], where l and u leave at most 2.5 % of Binomial(n, q / 100) on either side (Conover,
    Practical Nonparametric Statistics, 3.2). An end that no order statistic reaches is None: an upper end of p95 needs
    n >= 72, of p99 n >= 368.

    Args:
        values: shape (n,).
        q: in (0, 100).

    Returns:
        Linear interpolation, as numpy's default; None without values.
    """
    if not len(values):
        return None
    ends = stats.quantile_test(values, q=0, p=q / 100).confidence_interval(CONFIDENCE)
    low, high = (None if np.isnan(end) else float(end) for end in ends)
    return Estimate(value=float(np.percentile(values, q)), low=low, high=high)


def clustered_mean(values: np.ndarray, prompts: np.ndarray) -> Estimate | None:
    """A mean over calls with a standard error clustered by prompt.

    ``se^2 = G / (G - 1) * sum_g (sum_i (x_gi - mean))^2 / n^2`` over G prompts, and Student's t with G - 1 degrees of
    freedom (CR1; Cameron and Miller, Journal of Human Resources 50(2), 2015).

    Args:
        values: shape (n,).
        prompts: whole numbers that say which prompt each is of; shape (n,).

    Returns:
        None without values; no interval below 5 prompts.
    """
    if not len(values):
        return None
    mean = float(np.mean(values))
    sums = np.bincount(prompts, weights=values - mean)
    groups = len(np.unique(prompts))
    if groups < LEAST_PROMPTS:
        return Estimate(value=mean)
    se = np.sqrt(groups / (groups - 1) * float(sums @ sums)) / len(values)
    half = float(stdtrit(groups - 1, 0.5 + CONFIDENCE / 2) * se)
    return Estimate(value=mean, low=mean - half, high=mean + half)


def bootstrapped(samples: tuple[np.ndarray, ...], of_means: Statistic, seed: int) -> Estimate:
    """A statistic of means over prompts with its BCa bootstrap interval (Efron, JASA 82, 1987): 10,000 resamples.

    How often each prompt is drawn is decided once for a number of prompts and a seed, and multiplied with the samples;
    scipy makes the interval of what comes out. Above 1,000 prompts random groups of equal size take the prompts' place:
    a mean of group means is the mean, and its standard error is known within 1 / sqrt(2 * 1,000) = 2.2 %.

    Args:
        samples: one value a prompt each, all of shape (n,), paired.
        of_means: the statistic, given one mean a sample (or arrays of them).
        seed: of resampling and grouping.

    Returns:
        No interval below 5 prompts; one without width where the statistic cannot vary.
    """
    value = float(of_means(*(sample.mean() for sample in samples)))
    if len(samples[0]) < LEAST_PROMPTS or not np.isfinite(value):
        return Estimate(value=value)
    grouped = blocks(samples, np.random.default_rng(seed))
    if all(np.ptp(sample) == 0 for sample in grouped):
        return Estimate(value=value, low=value, high=value)
    low, high = _bca(grouped, of_means, seed)
    shift = value - float(of_means(*(sample.mean() for sample in grouped)))
    return (
        Estimate(value=value, low=low + shift, high=high + shift) if np.isfinite(low + high) else Estimate(value=value)
    )


def _bca(samples: tuple[np.ndarray, ...], of_means: Statistic, seed: int) -> tuple[float, float]:
    drawn = drawn_prompts(len(samples[0]), seed)
    resampled = [sample.mean() + drawn @ (sample - sample.mean()).astype("float32") for sample in samples]
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)  # its interval is NaN, which the caller meets
        found = stats.bootstrap(
            samples,
            lambda *given, axis: of_means(*(np.mean(one, axis=axis) for one in given)),
            paired=True,
            vectorized=True,
            n_resamples=0,
            bootstrap_result=SimpleNamespace(bootstrap_distribution=of_means(*resampled)),
            method="BCa",
            batch=500,
        ).confidence_interval
    return float(found.low), float(found.high)


@lru_cache(maxsize=1)
def drawn_prompts(n: int, seed: int) -> np.ndarray:
    """Draw resamples of prompts.

    Args:
        n: prompts, or groups of them.
        seed: of the draw.

    Returns:
        How often each is drawn in each resample, / n; shape (10,000, n), rows sum to 1.
    """
    rng = np.random.default_rng(seed)
    drawn = np.empty((RESAMPLES, n), dtype="float32")
    for row in range(RESAMPLES):
        drawn[row] = np.bincount(rng.integers(n, size=n), minlength=n)
    return drawn / np.float32(n)


def blocks(samples: tuple[np.ndarray, ...], rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Group prompts at random into at most 1,000 groups of equal size, and average each; few prompts stay as they are.

    Args:
        samples: each of shape (n,); grouped alike.
        rng: for the grouping; up to one group's worth of prompts is left over.
    """
    n = len(samples[0])
    size = -(-n // MOST_BLOCKS)
    if size == 1:
        return samples
    chosen = rng.permutation(n)[: n // size * size]
    return tuple(sample[chosen].reshape(-1, size).mean(axis=1) for sample in samples)


def itself(mean: np.ndarray) -> np.ndarray:
    """The statistic of ``bootstrapped`` for one mean, or for a mean of differences."""
    return np.asarray(mean)


def ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """The statistic of ``bootstrapped`` for a ratio of two means."""
    return np.asarray(numerator / denominator)
