"""The evidence in clustered calls: repeats of one prompt, or equal requests under several ids, agree.

The effective number of calls is the number of independent ones that would leave a share as uncertain as the clustered
ones do (Korn and Graubard, "Confidence intervals for proportions with small expected number of positive counts
estimated from survey data", Survey Methodology 24, 1998).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right

import numpy as np

from gencost.analysis.statistics.special import bdtr, betaincinv, stdtrit

TAIL = 0.025
LEAST_CLUSTERS = 10


def cluster_sums(values: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Sum values over each cluster.

    Args:
        values: shape (n,).
        clusters: whole numbers from 0; shape (n,).

    Returns:
        One sum a cluster that occurs.
    """
    sizes = np.bincount(clusters)
    return np.asarray(np.bincount(clusters, weights=values)[sizes > 0])


def count_clusters(clusters: np.ndarray) -> int:
    """Count the clusters that occur; ``clusters`` as in ``cluster_sums``."""
    return int(np.count_nonzero(np.bincount(clusters)))


def spread(sums: np.ndarray, sizes: np.ndarray) -> float:
    """Variance of a mean over calls, from what each cluster adds to the sum beyond its share.

    ``sum_g r_g^2 / (1 - m_g / n) / n^2``: a large cluster draws the mean to itself, which makes its own residual small
    (CR2; Bell and McCaffrey, "Bias reduction in standard errors for linear regression with multi-stage samples", Survey
    Methodology 28, 2002). For clusters of one size it is G / (G - 1) times the sum of squares / n^2.

    Args:
        sums: r_g, sum of value - mean over each of at least two clusters.
        sizes: m_g, calls of each.
    """
    n = float(sizes.sum())
    return float((sums**2 / (1 - sizes / n)).sum()) / n**2


def even_clusters(sizes: np.ndarray) -> float:
    """Count the clusters of one size that a mean over calls is worth: ``n^2 / sum m^2`` (Kish, Survey Sampling, 1965).

    Of one prompt asked 100 times among 200 asked once it is 9, however many prompts there are.
    """
    counts = np.asarray(sizes, dtype=float)
    return float(counts.sum() ** 2 / (counts @ counts))


def effective_n(hits: np.ndarray, clusters: np.ndarray) -> float:
    """Say how many independent calls a share over clustered calls is worth.

    ``n_eff = p (1 - p) / v`` with the variance v of the share over clusters, times (t of n - 1 / t of d)^2 for the
    uncertainty of v (Korn and Graubard, 1998). They take d = clusters - 1; here d is the number of clusters in which
    the rarer of the two happened, for that is how many v was learnt from, and fewer where sizes differ (in
    the ratio of ``even_clusters`` to clusters). At most n, at least ``even_clusters``, which is what it would be if all
    calls of a cluster were alike.

    Args:
        hits: 0 or 1 a call; shape (n,).
        clusters: whole numbers from 0; shape (n,).

    Returns:
        n where no cluster has two calls; the least where the share is 0 or 1, which tells nothing of v.
    """
    n, ones = len(hits), cluster_sums(np.asarray(hits, dtype=float), clusters)
    groups = len(ones)
    if groups == n:
        return float(n)
    sizes = cluster_sums(np.ones(n), clusters)
    alike, share = even_clusters(sizes), float(np.mean(hits))
    informative = int(min((ones > 0).sum(), (ones < sizes).sum(), groups - 1))
    variance = spread(ones - share * sizes, sizes) if groups > 1 else 0.0
    if informative < 1 or variance <= 0:
        return alike
    degrees = max(1.0, informative * alike / groups)
    scale = float(stdtrit(n - 1, 1 - TAIL) / stdtrit(degrees, 1 - TAIL))
    return float(np.clip(share * (1 - share) / variance * scale**2, alike, n))


def clopper_pearson(share: float, n: float, tail: float = TAIL) -> tuple[float, float]:
    """Exact limits of a share (Clopper and Pearson, Biometrika 26, 1934), also for a number of calls that is not whole.

    Args:
        share: of ``n`` calls.
        n: of independent calls, > 0.
        tail: probability of error on either side.
    """
    hits = share * n
    low = 0.0 if hits <= 0 else float(betaincinv(hits, n - hits + 1, tail))
    high = 1.0 if hits >= n else float(betaincinv(hits + 1, n - hits, 1 - tail))
    return low, high


def ranks(q: float, n: int, n_eff: float, tail: float = TAIL) -> tuple[int | None, int | None]:
    """Say between which order statistics a quantile lies: ranks 1 to n; None where none reaches so far.

    Of m = floor(n_eff) independent values the l-th and u-th leave at most ``tail`` of Binomial(m, q) on either side
    (Conover, Practical Nonparametric Statistics, 3.2); their ranks are scaled to n, outwards.

    Args:
        q: in (0, 1).
        n: values.
        n_eff: how many independent ones they are worth.
        tail: probability of error on either side.
    """
    m = math.floor(n_eff)
    if m < 1:
        return None, None

    def at_most(i: int) -> float:
        """Return the probability that at most i of m lie below the quantile."""
        return float(bdtr(i, m, q))

    low = bisect_right(range(m + 1), tail, key=at_most)  # the largest l with P(fewer than l) <= tail
    high = bisect_left(range(m + 1), 1 - tail, key=at_most) + 1  # the least u with P(u or more) <= tail
    scaled_low, scaled_high = math.floor(low * n / m), math.ceil(high * n / m)
    return (scaled_low if scaled_low >= 1 else None), (scaled_high if high <= m else None)
