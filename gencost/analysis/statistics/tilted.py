"""A score test for the mean of bounded differences: the variance is that of the data bent to the mean in question.

The data are weighted by exp(s d) until their mean is the hypothetical one; the statistic divides the distance of the
two means by the standard error that the weighted data have (the score statistic of the exponential family through the
data; Efron, "Nonparametric standard errors and confidence intervals", Canadian Journal of Statistics 9, 1981). For
losses of one size it is the score test of a proportion. Student's t takes the variance of the data as they are, which
rare losses make too small: with 11 losses expected in 200 it errs in 6.7 % instead of 2.5 %.
"""

from __future__ import annotations

import numpy as np

_POINTS = 2000
_STEPS = 40
_PRIOR = 1e-3  # weight of the worst that can be, in differences: it matters only where no loss was seen


def above_tilted(differences: np.ndarray, delta: float, limit: float, span: float = 1.0) -> bool:
    """Whether the mean is shown to be above ``delta``.

    Args:
        differences: one a prompt, in [-span, span]; shape (n,).
        delta: the hypothetical mean, in (-span, span).
        limit: normal quantile that the statistic must exceed.
        span: the largest difference there can be.
    """
    values, weights = _points(differences, span)
    n, mean = len(differences), float(np.mean(differences))
    return _statistic(values, weights, n, mean, delta) > limit


def tilted_end(differences: np.ndarray, limit: float, span: float = 1.0) -> float:
    """The lower end: the largest hypothetical mean that ``above_tilted`` finds the data above."""
    values, weights = _points(differences, span)
    n, mean = len(differences), float(np.mean(differences))
    low, high = -span, mean
    for _ in range(_STEPS):
        middle = (low + high) / 2
        beyond = _statistic(values, weights, n, mean, middle) > limit
        low, high = (middle, high) if beyond else (low, middle)
    return low


def _points(differences: np.ndarray, span: float) -> tuple[np.ndarray, np.ndarray]:
    """Distinct values and their weights, of many the means of 2,000 bins; the worst possible one is added."""
    if len(differences) > _POINTS:
        places = np.minimum(((differences + span) / (2 * span) * _POINTS).astype(int), _POINTS - 1)
        counts = np.bincount(places, minlength=_POINTS)
        sums = np.bincount(places, weights=differences, minlength=_POINTS)
        values, counts = sums[counts > 0] / counts[counts > 0], counts[counts > 0]
    else:
        values, counts = np.unique(differences, return_counts=True)
    return np.append(values, -span), np.append(counts.astype(float), _PRIOR)


def _statistic(values: np.ndarray, weights: np.ndarray, n: int, mean: float, delta: float) -> float:
    """Solve for the weights by bisection on the slope, and compare."""
    if delta >= mean:
        return 0.0
    logs, low, high = np.log(weights), -1e4, 0.0
    for _ in range(_STEPS):
        slope = (low + high) / 2
        bent = _bent(values, logs, slope)
        low, high = (slope, high) if float(bent @ values) < delta else (low, slope)
    bent = _bent(values, logs, low)
    centre = float(bent @ values)
    variance = max(float(bent @ (values - centre) ** 2), 1e-300)
    return (mean - delta) / float(np.sqrt(variance / n))


def _bent(values: np.ndarray, logs: np.ndarray, slope: float) -> np.ndarray:
    exponents = logs + slope * values
    bent = np.exp(exponents - exponents.max())
    return np.asarray(bent / bent.sum())
