"""Weighted means over rows whose clusters stay together, for many settings and many resamples at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Sums:
    """Sums over clusters of m rows of values.

    Attributes:
        total: sum of the known values of each cluster; shape (m, clusters).
        count: how many are known.
    """

    total: np.ndarray
    count: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, clusters: np.ndarray, size: int) -> Sums:
        """Sum up.

        Args:
            values: NaN is unknown; shape (m, n).
            clusters: whole numbers below ``size``; shape (n,).
            size: number of clusters.
        """
        known = np.isfinite(values)
        if len(clusters) == size and (np.diff(clusters) > 0).all():
            return cls(total=np.where(known, values, 0.0), count=known.astype(float))
        total = _added(np.where(known, values, 0.0), clusters, size)
        return cls(total=total, count=_added(known.astype(float), clusters, size))

    def grouped(self, groups: np.ndarray, size: int) -> Sums:
        """The same with clusters put together; ``groups`` says for each into which of ``size`` groups."""
        return Sums(total=_added(self.total, groups, size), count=_added(self.count, groups, size))

    def mean(self, weights: np.ndarray) -> np.ndarray:
        """Means of resamples.

        Args:
            weights: how often each cluster is drawn; shape (resamples, clusters).

        Returns:
            Shape (resamples, m); NaN where nothing is known.
        """
        size = weights @ self.count.T
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((weights @ self.total.T) / size)

    def error(self, weights: np.ndarray) -> np.ndarray:
        """Standard errors of the same means, clustered: ``sqrt(sum_g (total_g - mean count_g)^2 + 1) / count``.

        The 1 stands for a difference of one whole point that was not seen: a sample without any proves little.
        """
        mean, size = self.mean(weights), weights @ self.count.T
        squares = weights @ (self.total**2).T - 2 * mean * (weights @ (self.total * self.count).T)
        squares += mean**2 * (weights @ (self.count**2).T)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.sqrt(np.maximum(squares, 0.0) + 1.0) / size)


def _added(values: np.ndarray, groups: np.ndarray, size: int) -> np.ndarray:
    order = np.argsort(groups, kind="stable")
    names, starts = np.unique(groups[order], return_index=True)
    added = np.zeros((len(values), size))
    added[:, names] = np.add.reduceat(values[:, order], starts, axis=1)
    return added


def mean_error(values: np.ndarray, clusters: np.ndarray) -> tuple[float, float, int]:
    """Mean of the known values, its clustered standard error (CR1), and how many clusters have one.

    ``se^2 = G / (G - 1) * sum_g (total_g - mean count_g)^2 / n^2`` (Cameron and Miller, Journal of Human Resources
    50(2), 2015).

    Args:
        values: NaN is unknown; shape (n,).
        clusters: whole numbers; shape (n,).
    """
    known = np.isfinite(values)
    if not known.any():
        return float("nan"), float("nan"), 0
    mean = float(values[known].mean())
    _, place = np.unique(clusters[known], return_inverse=True)
    sums = np.bincount(place, values[known] - mean)
    groups = len(sums)
    if groups < 2:
        return mean, float("nan"), groups
    return mean, float(np.sqrt(groups / (groups - 1) * (sums @ sums)) / known.sum()), groups


def degrees(values: np.ndarray, clusters: np.ndarray) -> float:
    """Degrees of freedom of a clustered standard error, fewer where the values have long tails.

    A variance s^2 of G values of excess kurtosis k has a relative variance of ``k / G + 2 / (G - 1)``; chi-square / df
    has ``2 / df`` (Satterthwaite's argument, Biometrics Bulletin 2, 1946).

    Args:
        values: all known; shape (n,).
        clusters: whole numbers; shape (n,).
    """
    _, place = np.unique(clusters, return_inverse=True)
    sums = np.bincount(place, values - values.mean())
    groups, spread = len(sums), float(np.mean(sums**2))
    if groups < 3 or spread == 0:
        return max(1.0, groups - 1.0)
    excess = max(0.0, float(np.mean(sums**4)) / spread**2 - 3)
    return float(max(1.0, 2 / (excess / groups + 2 / (groups - 1))))


@lru_cache(maxsize=1)
def drawn(size: int, resamples: int, seed: int) -> np.ndarray:
    """Draw clusters with replacement: how often each is in each resample; shape (resamples, size)."""
    rng = np.random.default_rng(seed)
    rows = [np.bincount(rng.integers(size, size=size), minlength=size) for _ in range(resamples)]
    return np.stack(rows).astype(float)
