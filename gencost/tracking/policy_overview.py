"""The section on policies of a sweep's page, which its output folder and MLflow share."""

from __future__ import annotations

from gencost.analysis.recorded.grid_reader import read_grid
from gencost.decision.compare import Comparison
from gencost.errors import ConfigError
from gencost.metrics_db import Engine
from gencost.policies.category import Category
from gencost.policies.evaluate import evaluate
from gencost.policies.length import PromptLength
from gencost.report.html.policy_section import PolicySection, policy_section

_OTHERS = "Only what is quick to judge was tried; gencost policy tries routers on the words of prompts, and cascades."
_MOST_CALLS = 50_000


def quick_section(engine: Engine, comparison: Comparison) -> PolicySection | None:
    """Compare routes by category and by length with single cells, mixtures by lot and hindsight.

    Args:
        engine: the metrics DB.
        comparison: of the cells.

    Returns:
        None where there is too little to judge, or too much.
    """
    run_ids = [run.run_id for run in comparison.results.runs]
    if len(run_ids) < 2 or len(comparison.results.calls) > _MOST_CALLS:
        return None
    policies = [Category(), PromptLength()]
    try:
        evaluation = evaluate(read_grid(engine, run_ids), comparison.criteria.margin, comparison.seed, policies)
    except ConfigError:  # fewer than two cells with scores and costs, or too few prompts
        return None
    return policy_section(evaluation, _OTHERS)
