"""The measures that cells are compared by: quality, cost and times of every call, put together by prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from gencost.analysis.recorded.frames import SCORE_PREFIX
from gencost.analysis.results import Results
from gencost.analysis.statistics.clusters import TAIL
from gencost.analysis.statistics.intervals import Estimate, percentile
from gencost.analysis.timing import chosen, streamed
from gencost.types import PICO_PER_USD

Measure = Literal["quality", "cost", "latency", "ttft", "tpot", "tokens_per_s"]
Errors = Literal["fail", "ignore"]
MEASURES: tuple[Measure, ...] = ("quality", "cost", "latency")
STREAMED: tuple[Measure, ...] = ("ttft", "tpot", "tokens_per_s")


_REMEMBERED = 20_000


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
        if measure in self._sums:
            return self._sums[measure]
        known = self._known(measure)
        if self._asked_once:
            sums = _each_alone(known, measure)
        else:
            sums = known.groupby("prompt_id", observed=True, sort=True)[measure].agg(["sum", "count"])
        if len(self.calls) <= _REMEMBERED:  # of few calls many cells are compared; of many it would take 20 bytes each
            self._sums[measure] = sums
        return sums

    @cached_property
    def _sums(self) -> dict[str, pd.DataFrame]:
        return {}

    @cached_property
    def _asked_once(self) -> bool:
        """Whether no prompt was asked twice, so that there is nothing to put together."""
        ids = self.calls["prompt_id"]
        return isinstance(ids.dtype, pd.CategoricalDtype) and ids.is_unique and not ids.hasnans

    def _known(self, measure: str) -> pd.DataFrame:
        if measure not in self.calls:
            return pd.DataFrame({"prompt_id": self.calls["prompt_id"].iloc[:0], measure: np.array([], dtype=float)})
        return self.calls[["prompt_id", measure]].dropna()

    def values(self, measure: Measure) -> np.ndarray:
        """Every known value; shape (n,)."""
        return np.asarray(self._known(measure)[measure], dtype=float)

    def clustered(self, measure: str, failed: float | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Every known value, and the number of its prompt.

        Args:
            measure: which; ``score_<scorer>`` is that of another scorer.
            failed: the value of a failed call; None leaves failed calls out.
        """
        known = self._known(measure)
        values, prompts = known[measure].to_numpy(dtype=float), known["prompt_id"]
        if failed is None or not len(self.failed):
            return values, pd.factorize(prompts)[0]
        values = np.concatenate([values, np.full(len(self.failed), failed)])
        return values, pd.factorize(np.concatenate([prompts.to_numpy(dtype=object), self.failed]))[0]

    def percentile(
        self, measure: Measure, q: float, failed: float | None = None, tail: float = TAIL
    ) -> Estimate | None:
        """A percentile of a measure with its interval, see ``intervals.percentile``; ``failed`` as in ``clustered``."""
        key = measure, q, failed, tail
        if key not in self._percentiles:
            values, prompts = self.clustered(measure, failed)
            self._percentiles[key] = percentile(values, q, prompts, tail)
        return self._percentiles[key]

    @cached_property
    def _percentiles(self) -> dict[tuple[Measure, float, float | None, float], Estimate | None]:
        return {}

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
        if missing is None and not added:
            return _by_name(self.per_prompt("quality"))
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


def _each_alone(known: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return the sum and the count of each of several prompts that were asked once, in the order of their ids."""
    ids = known["prompt_id"].array
    order = np.argsort(ids.codes)
    ids = ids[order] if len(ids) == len(ids.categories) else ids[order].remove_unused_categories()
    index = pd.CategoricalIndex(ids, name="prompt_id")
    return pd.DataFrame({"sum": known[measure].to_numpy()[order], "count": 1}, index=index)


def _by_name(means: pd.Series) -> pd.Series:
    """Index means by the ids themselves, in their order."""
    named = means.set_axis(means.index.astype(object))
    return named if named.index.is_monotonic_increasing else named.sort_index()


def measured(results: Results) -> list[Measured]:
    """Collect the measures of cells, in their order; each cell has its own primary scorer."""
    ids = _clusters(results.calls["prompt_id"], results.same_requests)
    cells = []
    for run in results.runs:
        rows = np.flatnonzero(results.calls["run_id"] == run.run_id)
        part = slice(rows[0], rows[-1] + 1) if len(rows) else slice(0)  # those of a run stand together
        calls = results.calls.iloc[part].assign(prompt_id=ids.iloc[part])
        cells.append(
            Measured(
                cell=run.cell,
                calls=_answers(chosen(calls, calls["status"] == "ok"), f"{SCORE_PREFIX}{run.score}"),
                failed=calls.loc[calls["status"] == "error", "prompt_id"].to_numpy(dtype=object),
                pending=calls.loc[calls["status"] == "pending", "prompt_id"].to_numpy(dtype=object),
            )
        )
    return cells


def _clusters(ids: pd.Series, same: Mapping[str, str]) -> pd.Series:
    """Give equal requests one id, since they are repeats of each other whatever their ids."""
    if not same:
        return ids
    names = [same.get(name, name) for name in ids.cat.categories]
    place = pd.Categorical(names)  # of each of the former ids
    codes = np.append(place.codes, -1)[ids.cat.codes]
    return pd.Series(pd.Categorical.from_codes(codes, place.categories), index=ids.index)


def _answers(ok: pd.DataFrame, score: str) -> pd.DataFrame:
    cached, pico, latency = ok["from_cache"].astype(bool), ok["cost_pico_usd"], ok["latency_ms"]
    if cached.any():
        pico, latency = pico.where(~cached, ok.get("saved_pico_usd", pd.NA)), latency.where(~cached)
    columns = {
        "prompt_id": ok["prompt_id"],
        "quality": ok.get(score, np.nan),
        "cost": pico.astype("float64") / PICO_PER_USD,
        "latency": latency,
    }
    others = [name for name in ok if name.startswith(SCORE_PREFIX) and name != score and ok[name].notna().any()]
    answers = pd.DataFrame({**columns, **{name: ok[name] for name in others}}, index=ok.index, copy=False)
    wire = chosen(ok, ~cached)
    return answers.join(streamed(wire)) if "ttft_ms" in wire and wire["ttft_ms"].notna().any() else answers
