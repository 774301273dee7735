"""The money that a switch saves each month, at the traffic of the application."""

from __future__ import annotations

from gencost.analysis.statistics.intervals import Estimate
from gencost.decision.compare import Comparison


def saving_of(comparison: Comparison, cell: str) -> Estimate | None:
    """Compute what a cell saves a month against the reference, USD.

    Returns:
        None for the reference itself, without a known number of calls a month, or if a cost is unknown.
    """
    reference, calls = comparison.decision.reference, comparison.criteria.calls_per_month
    if reference in {None, cell} or calls is None:
        return None
    return comparison.pair(str(reference), cell).monthly_saving(calls)
