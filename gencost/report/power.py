"""The effort to see a difference, as rows of a table."""

from __future__ import annotations

import itertools

from gencost.analysis.measures import measured
from gencost.analysis.results import Results
from gencost.decision.power import power
from gencost.report.numbers import NOT_KNOWN, number


def power_rows(results: Results, delta: float, level: float, baseline: str | None) -> tuple[list[str], list[list[str]]]:
    """Titles and rows: a row for every two cells, or for each against the baseline.

    Args:
        results: of the cells.
        delta: the difference in quality to be seen.
        level: the probability of seeing it.
        baseline: a cell; None takes every pair.

    Raises:
        ConfigError: ``delta`` or ``level`` is impossible.
    """
    rows = []
    for first, second in itertools.combinations(measured(results), 2):
        if baseline is not None and baseline not in {first.cell, second.cell}:
            continue
        effort = power(first, second, delta, level)
        names = f"{first.cell} against {second.cell}"
        if effort is None:
            rows.append([names, *[NOT_KNOWN] * 5])
            continue
        figures = [number(effort.sd_difference, 4), number(effort.correlation, 2)]
        rows.append([names, f"{effort.prompts:,}", *figures, number(effort.paired, 0), number(effort.unpaired, 0)])
    return ["cells", "prompts now", "sd of difference", "correlation", "paired", "unpaired"], rows
