"""The verdict that a race gave on a cell, if it applies to the cells and criteria that are compared now."""

from __future__ import annotations

import json
from dataclasses import replace

from gencost.analysis.recorded.runs import Run
from gencost.analysis.results import Results
from gencost.decision.candidates import Decided
from gencost.decision.criteria import BEST, Criteria
from gencost.errors import ConfigError
from gencost.values.cell_names import find_cell


def verdict_of_race(results: Results, run: Run, criteria: Criteria) -> Decided | None:
    """Return how a race decided a cell; None if none did, or if failed calls counted differently in it.

    The cell that it was compared with is named as in this comparison.
    """
    if run.decided_json is None:
        return None
    decided = Decided(**json.loads(run.decided_json))
    failed = any(summary.errors for summary in results.summaries)
    if failed and decided.errors not in {None, criteria.errors}:
        return None
    if decided.against == BEST:
        alone = all(other.sweep_id == run.sweep_id for other in results.runs)
        return decided if alone or decided.verdict == "inferior" else None
    beside = {other.cell: other.recorded.overrides for other in results.runs if other.sweep_id == run.sweep_id}
    try:
        return replace(decided, against=find_cell(decided.against, beside, "decision.reference"))
    except ConfigError:  # it is not compared here
        return decided if decided.verdict == "inferior" else None
