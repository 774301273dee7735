"""The section on policies of the page of a sweep, which its folder and MLflow have alike."""

from __future__ import annotations

from gencost.decision.compare import Comparison
from gencost.metrics_db import Engine
from gencost.policies.overview import overview
from gencost.report.html.policy_section import PolicySection, policy_section

_OTHERS = "Only what is quick to judge was tried; gencost policy tries routers on the words of prompts, and cascades."


def quick_section(engine: Engine, comparison: Comparison) -> PolicySection | None:
    """Judge what is quick to judge; None where there is too little, or too much.

    Args:
        engine: the metrics DB.
        comparison: of the cells.
    """
    run_ids = [run.run_id for run in comparison.results.runs]
    calls = len(comparison.results.calls)
    made = overview(engine, run_ids, comparison.criteria.margin, comparison.seed, calls)
    return None if made is None else policy_section(made, _OTHERS)
