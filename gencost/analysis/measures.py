"""What cells are compared by: quality, cost and latency of every call, and their means over each prompt's repeats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from gencost.analysis.frames import SCORE_PREFIX
from gencost.analysis.results import Results
from gencost.types import PICO_PER_USD

Measure = Literal["quality", "cost", "latency"]
MEASURES: tuple[Measure, ...] = ("quality", "cost", "latency")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The answered calls of one cell.

    Attributes:
        cell: its name.
        calls: one row an answered call: ``prompt_id``, ``quality``, ``cost`` (USD; of an answer from the cache what it
            would have cost), ``latency`` (ms; NaN from the cache); NaN is unknown.
    """

    cell: str
    calls: pd.DataFrame

    def per_prompt(self, measure: Measure) -> pd.Series:
        """Mean over the repeats of each prompt that has a value; index is the prompt id, sorted."""
        known = self.calls[["prompt_id", measure]].dropna()
        return known.groupby("prompt_id", observed=True)[measure].mean()

    def values(self, measure: Measure) -> np.ndarray:
        """Every known value; shape (n,)."""
        return np.asarray(self.calls[measure].dropna(), dtype=float)

    def clustered(self, measure: Measure) -> tuple[np.ndarray, np.ndarray]:
        """Every known value and a number that says of which prompt it is."""
        known = self.calls[["prompt_id", measure]].dropna()
        return known[measure].to_numpy(dtype=float), pd.factorize(known["prompt_id"])[0]


def measured(results: Results) -> list[Measured]:
    """Take what cells are compared by out of their calls, in their order; each cell has its own primary scorer."""
    found = []
    for run in results.runs:
        own = results.calls[(results.calls["run_id"] == run.run_id) & (results.calls["status"] == "ok")]
        cached, score = own["from_cache"].astype(bool), f"{SCORE_PREFIX}{run.score}"
        pico = own["cost_pico_usd"].where(~cached, own["saved_pico_usd"])
        columns = {
            "prompt_id": own["prompt_id"],
            "quality": own.get(score, np.nan),
            "cost": pico.astype("float64") / PICO_PER_USD,
            "latency": own["latency_ms"].where(~cached),
        }
        found.append(Measured(cell=run.cell, calls=pd.DataFrame(columns, index=own.index)))
    return found
