"""All calls of cells with everything that is recorded of them, some thousand at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from gencost.analysis.recorded import frames
from gencost.analysis.recorded.columns import SCORE_PREFIX
from gencost.analysis.recorded.texts import config_columns, with_config
from gencost.analysis.results import Results


def recorded_rows(engine: Engine, results: Results, every: int = 1) -> Iterator[pd.DataFrame]:
    """Read the rows of the calls of cells again, in their order, with texts and config.

    Args:
        engine: the metrics DB.
        results: of the cells.
        every: takes one call in this many of each cell.

    Yields:
        Frames of equal columns, see ``frames.calls`` and ``with_config``; of a cell without a call one without rows.
    """
    config = config_columns(engine, results.runs)
    scores = [name for name in results.calls if name.startswith(SCORE_PREFIX)]
    for run in results.runs:
        for part in frames.parts_of(engine, run, (*frames.COLUMNS, *frames.TEXTS, "asked"), every):
            if results.paired_by_text:
                part["prompt_id"] = part["asked"]
            part.insert(1, "cell", run.cell)
            for name in scores:
                part[name] = part.pop(name) if name in part else np.nan
            yield with_config(config, part.drop(columns="asked"))
