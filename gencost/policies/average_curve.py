"""A curve of quality over cost with its band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gencost.analysis.recorded.grid import Grid
from gencost.policies.claims import mean_of
from gencost.policies.training import mean_cost


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
