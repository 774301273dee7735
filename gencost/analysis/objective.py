"""The objectives that an optimising sweeper can be given of a cell: names of its metrics, and their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from gencost.analysis.summary import CellSummary
from gencost.analysis.timing import Timing

_METRICS = ("cost_usd_mean", "cost_usd_total", "quality_mean", "errors", "tokens_in_total", "tokens_out_total")


def objective_names(scorers: Sequence[str]) -> list[str]:
    """Names that ``objective`` may have.

    Args:
        scorers: of the cell.
    """
    return [*_METRICS, *(f.name for f in fields(Timing)), *(f"score_mean_{scorer}" for scorer in scorers)]


def objective(summary: CellSummary, names: Sequence[str]) -> tuple[float, ...] | None:
    """Read the values of some metrics of a cell.

    Returns:
        One value a name; None if there is no name, or one of the values is unknown.
    """
    metrics = summary.metrics()
    return tuple(metrics[name] for name in names) if names and all(name in metrics for name in names) else None
