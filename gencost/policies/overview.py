"""The policies that are quick to judge, for the page of every sweep; ``gencost policy`` tries the others, too."""

from __future__ import annotations

from collections.abc import Sequence

from gencost.analysis.recorded.grid_reader import read_grid
from gencost.errors import ConfigError
from gencost.metrics_db import Engine
from gencost.policies.category import Category
from gencost.policies.evaluate import Evaluation, evaluate
from gencost.policies.length import PromptLength

MOST_CALLS = 50_000


def overview(engine: Engine, run_ids: Sequence[str], margin: float, seed: int, calls: int) -> Evaluation | None:
    """Compare routes by category and by length with single cells, mixtures by lot and hindsight.

    Args:
        engine: the metrics DB.
        run_ids: of the cells.
        margin: how much lower the quality may be.
        seed: of folds and resamples.
        calls: of all cells; of very many it would take too long.

    Returns:
        None where there is too little to judge, or too much.
    """
    if len(run_ids) < 2 or calls > MOST_CALLS:
        return None
    try:
        return evaluate(read_grid(engine, run_ids), margin, seed, [Category(), PromptLength()])
    except ConfigError:  # fewer than two cells with scores and costs, or too few prompts
        return None
