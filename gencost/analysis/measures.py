"""The measures that cells are compared by: quality, cost and times of every call, put together by prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from gencost.analysis.frames import SCORE_PREFIX
from gencost.analysis.results import Results
from gencost.analysis.timing import streamed
from gencost.types import PICO_PER_USD

Measure = Literal["quality", "cost", "latency", "ttft", "tpot", "tokens_per_s"]
Errors = Literal["fail", "ignore"]
MEASURES: tuple[Measure, ...] = ("quality", "cost", "latency")
STREAMED: tuple[Measure, ...] = ("ttft", "tpot", "tokens_per_s")


def _nobody() -> np.ndarray:
    return np.array([], dtype=object)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The calls of one cell.

    Attributes:
        cell: its name.
        calls: one row an answered call: ``prompt_id``, ``quality``, ``cost`` (USD; of an answer from the cache what it
            would have cost), ``latency`` (ms; NaN from the cache), and of streamed ones ``ttft``, ``tpot`` (ms) and
            ``tokens_per_s``; ``score_<scorer>`` of every other scorer; NaN is unknown.
        failed: the prompt id of each call that failed.
        pending: the prompt id of each call whose end is not known.
    """

    cell: str
    calls: pd.DataFrame
    failed: np.ndarray = field(default_factory=_nobody)
    pending: np.ndarray = field(default_factory=_nobody)

    def per_prompt(self, measure: Measure) -> pd.Series:
        """Mean over the repeats of each prompt that has a value; index is the prompt id, sorted."""
        sums = self.sums(measure)
        return sums["sum"] / sums["count"]

    @property
    def other_scorers(self) -> list[str]:
        """The scorers beside the one whose score is the quality."""
        return [name.removeprefix(SCORE_PREFIX) for name in self.calls if name.startswith(SCORE_PREFIX)]

    def sums(self, measure: Measure) -> pd.DataFrame:
        """Sum and count of the known values of each prompt that has one; index is the prompt id, sorted."""
        if measure not in self._sums:
            known = self._known(measure)
            grouped = known.groupby("prompt_id", observed=True, sort=True)[measure]
            self._sums[measure] = grouped.agg(["sum", "count"])
        return self._sums[measure]

    @cached_property
    def _sums(self) -> dict[str, pd.DataFrame]:
        return {}

    def _known(self, measure: str) -> pd.DataFrame:
        if measure not in self.calls:
            return pd.DataFrame({"prompt_id": [], measure: []})
        return self.calls[["prompt_id", measure]].dropna()

    def values(self, measure: Measure) -> np.ndarray:
        """Every known value; shape (n,)."""
        return np.asarray(self._known(measure)[measure], dtype=float)

    def clustered(self, measure: str, failed: float | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Every known value and a number that says of which prompt it is.

        Args:
            measure: which; ``score_<scorer>`` is that of another scorer.
            failed: the value of a failed call; None leaves failed calls out.
        """
        known = self._known(measure)
        values, prompts = known[measure].to_numpy(dtype=float), known["prompt_id"].to_numpy(dtype=object)
        if failed is not None:
            values = np.concatenate([values, np.full(len(self.failed), failed)])
            prompts = np.concatenate([prompts, self.failed])
        return values, pd.factorize(prompts)[0]

    def score_means(self, failed: float | None, missing: float | None = None) -> pd.Series:
        """Mean score of each prompt.

        Args:
            failed: the score of a failed call; None leaves failed calls out.
            missing: the score of a call without an end, or of an answer without a score; None leaves them out.
        """
        if failed is None and missing is None:
            return self.per_prompt("quality")
        scores = self.calls["quality"]
        if missing is not None:
            scores = scores.fillna(missing)
        extra = [(self.failed, failed), (self.pending, missing)]
        added = [(ids, value) for ids, value in extra if value is not None and len(ids)]
        prompts = np.concatenate([self.calls["prompt_id"].to_numpy(dtype=object), *(ids for ids, _ in added)])
        values = np.concatenate([scores.to_numpy(dtype=float), *(np.full(len(ids), value) for ids, value in added)])
        known = ~np.isnan(values)
        return pd.Series(values[known]).groupby(prompts[known], sort=True).mean()

    @property
    def missing(self) -> float:
        """The share of calls without an end, or with an answer but no score, of all that were made."""
        made = len(self.calls) + len(self.failed) + len(self.pending)
        unknown = int(self.calls["quality"].isna().sum()) + len(self.pending)
        return unknown / made if made else 0.0


_TIMES = ("latency_ms", "ttft_ms", "usage_tokens_out")
_MEASURED = ("run_id", "prompt_id", "status", "from_cache", "cost_pico_usd", "saved_pico_usd", *_TIMES)


def measured(results: Results) -> list[Measured]:
    """Take the measures out of the calls of cells, in their order; each cell has its own primary scorer."""
    cells = []
    scores = [name for name in results.calls if name.startswith(SCORE_PREFIX)]
    measured_calls = results.calls[[*_MEASURED, *scores]]
    for run in results.runs:
        calls = measured_calls[measured_calls["run_id"] == run.run_id]
        ids = _clusters(calls["prompt_id"], results.same_requests)
        ok = calls["status"] == "ok"
        cells.append(
            Measured(
                cell=run.cell,
                calls=_answers(calls[ok], ids[ok], f"{SCORE_PREFIX}{run.score}"),
                failed=ids[calls["status"] == "error"].to_numpy(dtype=object),
                pending=ids[calls["status"] == "pending"].to_numpy(dtype=object),
            )
        )
    return cells


def _clusters(ids: pd.Series, same: Mapping[str, str]) -> pd.Series:
    """Give equal requests one id, for they are repeats of each other under whatever ids."""
    names = ids.astype(object)
    return names.map(lambda name: same.get(name, name)) if same else names


def _answers(ok: pd.DataFrame, ids: pd.Series, score: str) -> pd.DataFrame:
    cached = ok["from_cache"].astype(bool)
    pico = ok["cost_pico_usd"].where(~cached, ok["saved_pico_usd"])
    columns = {
        "prompt_id": ids,
        "quality": ok.get(score, np.nan),
        "cost": pico.astype("float64") / PICO_PER_USD,
        "latency": ok["latency_ms"].where(~cached),
    }
    answers = pd.DataFrame(columns, index=ok.index)
    wire = ok[~cached]
    others = [name for name in ok if name.startswith(SCORE_PREFIX) and name != score and ok[name].notna().any()]
    answers[others] = ok[others]
    return answers.join(streamed(wire)) if wire["ttft_ms"].notna().any() else answers
