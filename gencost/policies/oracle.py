"""The upper bound that nobody can reach: the cell that turned out best, of equally good ones the cheapest."""

from __future__ import annotations

import numpy as np

from gencost.analysis.recorded.grid import Grid
from gencost.policies.outcome import Outcome, routed


def oracle(grid: Grid, usd_worth: float = 0.0) -> Outcome:
    """Choose with hindsight: highest quality - cost * what a USD is worth, of equal ones the cheapest.

    It never chooses an answer whose quality or cost is unknown; a row that has no other is unknown.

    Args:
        grid: the recorded calls.
        usd_worth: quality that a USD is worth; 0 asks for quality alone.
    """
    known = np.isfinite(grid.quality) & np.isfinite(grid.cost)
    cost = np.where(known, grid.cost, np.inf)
    value = np.where(known, grid.quality - usd_worth * np.where(known, grid.cost, 0.0), -np.inf)
    tied = value >= value.max(axis=1, keepdims=True)
    choice = np.argmin(np.where(tied, cost, np.inf), axis=1)
    outcome = routed(grid, choice)
    nothing = ~known.any(axis=1)
    outcome.quality[nothing], outcome.cost[nothing], outcome.calls[nothing] = np.nan, np.nan, 0.0
    return outcome
