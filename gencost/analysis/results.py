"""The results of one cell, or of all cells of a sweep: the calls, the runs and a summary of each."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import nan

import numpy as np
import pandas as pd
from sqlalchemy import Engine, select

from gencost.analysis.bills.list_prices import list_price
from gencost.analysis.bills.monthly import monthly_remarks
from gencost.analysis.bills.price_notes import price_notes
from gencost.analysis.failures import outcomes
from gencost.analysis.overhead import NO_OVERHEAD, overheads
from gencost.analysis.pairing import mean_other_prompts, paired_by_text, scored_alike
from gencost.analysis.recorded import frames
from gencost.analysis.recorded.columns import Labels
from gencost.analysis.recorded.equal_requests import ask_alike, equal_requests
from gencost.analysis.recorded.frames import SCORE_PREFIX
from gencost.analysis.recorded.request_facts import prices
from gencost.analysis.recorded.runs import Run
from gencost.analysis.recorded.runs import runs as read_runs
from gencost.analysis.server_times import chunk_gaps
from gencost.analysis.summary import SUMMARISED, CellSummary, summarise
from gencost.analysis.timing import percentile
from gencost.errors import ConfigError, nearest
from gencost.metrics_db import tables
from gencost.types import PICO_PER_USD
from gencost.values.cell_names import find_cell

_SHORTEST_ID = 4
_KEPT = (
    *("run_id", "model", "prompt_id", "repeat", "status", "from_cache", "latency_ms", "ttft_ms", "usage_tokens_out"),
    *("cost_pico_usd", "saved_pico_usd"),
)
# Of streams and of the response cache: left out where no call has one.
_RARE = {"ttft_ms": "ttft_ms", "usage_tokens_out": "ttft_ms", "saved_pico_usd": "saved_pico_usd"}
_LOOKED_AT = ("digest", "policy_cell", "pieces")
_ADDED = ("calls", "ok", "errors", "pending", "skipped", "unpriced", "tokens_in_total", "tokens_out_total")


@dataclass(frozen=True, kw_only=True)
class Results:
    """Results of one or more cells, in the order of ``runs``.

    Attributes:
        runs: the cells.
        calls: one row a call, see ``frames.calls``; of its columns those that cells are compared by, ``ttft_ms``,
            ``usage_tokens_out`` and ``saved_pico_usd`` only if a call was streamed or answered by the cache.
        summaries: one per cell.
        same_requests: prompt id -> the first id with the very same request, see ``equal_requests``.
        list_usd: run id -> its list price, see ``list_price``; only of runs with a known price.
        remarks: what there is to say about comparing them, a line each.
        paired_by_text: ``prompt_id`` is the digest of what was asked, for ids mean other prompts in other cells.
    """

    runs: tuple[Run, ...]
    calls: pd.DataFrame
    summaries: tuple[CellSummary, ...]
    same_requests: Mapping[str, str] = field(default_factory=dict)
    list_usd: Mapping[str, float] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    paired_by_text: bool = False

    @property
    def score(self) -> str | None:
        """The scorer whose mean is the quality of the first cell; None if it has none."""
        return self.runs[0].score if self.runs else None

    @property
    def overrides(self) -> dict[str, str]:
        """Cell -> the overrides that its name is made of."""
        return {run.cell: run.recorded.overrides for run in self.runs}

    def cell_named(self, name: str, place: str) -> str:
        """Find a cell by the first characters of its run id, or as ``find_cell`` does.

        Args:
            name: as a user wrote it.
            place: where they wrote it, e.g. ``--baseline``.

        Raises:
            ConfigError: no cell or several are meant.
        """
        meant = [run.cell for run in self.runs if len(name) >= _SHORTEST_ID and run.run_id.startswith(name)]
        return meant[0] if len(meant) == 1 else find_cell(name, self.overrides, place)

    def metrics(self) -> dict[str, float]:
        """Flat metric names: those of the one cell, or totals over several cells."""
        if len(self.summaries) == 1:
            return self.summaries[0].metrics()
        totals = [summary.metrics() for summary in self.summaries]
        added = {name: sum(values.get(name, 0.0) for values in totals) for name in _ADDED}
        pico = [s.cost_pico_usd_total for s in self.summaries if s.cost_pico_usd_total is not None]
        cost = {"cost_usd_total": sum(pico) / PICO_PER_USD} if pico else {}
        return {**cost, "cells": float(len(totals)), **added}


def read_results(engine: Engine, run_ids: Sequence[str], score: str | None = None) -> Results:
    """Read everything about some cells.

    Args:
        engine: the metrics DB.
        run_ids: in the order wanted.
        score: the scorer whose mean is the quality of every cell; None takes the recorded one of each.

    Raises:
        MetricsDBError: a run is not there.
        ConfigError: no answer has a score by that name.
    """
    runs = tuple(read_runs(engine, run_ids=run_ids))
    if score is not None:
        runs = tuple(_by_score(run, _known_score(score, engine, runs)) for run in runs)
    by_text = mean_other_prompts(engine, runs)
    beside, blocks = overheads(engine, runs), {row["price_id"]: row["block"] for row in prices(engine)}
    prompt_ids, kept = Labels(), (*_KEPT, *(["asked"] if by_text else []))
    cells = [_CellResults.of(_Source(engine=engine, blocks=blocks, prompt_ids=prompt_ids), run, kept) for run in runs]
    came_to = outcomes(engine, runs, [cell.run for cell in cells if cell.unscored])
    summaries = tuple(
        replace(cell.summary, overhead=beside.get(cell.run.run_id, NO_OVERHEAD), outcome=came_to[cell.run.run_id])
        for cell in cells
    )
    calls, remarks = frames.together([cell.calls for cell in cells], runs, _KEPT), list[str]()
    if by_text:
        calls, remark = paired_by_text(calls)
        remarks.append(remark)
    if len(runs) > 1:
        remarks += (*scored_alike({cell.run.cell: cell.scorers for cell in cells}), *monthly_remarks(engine, runs))
    return Results(
        runs=runs,
        calls=calls,
        summaries=summaries,
        same_requests=equal_requests(engine, [cell.run for cell in cells if cell.alike]),
        list_usd={cell.run.run_id: cell.list_usd for cell in cells if cell.list_usd is not None},
        remarks=tuple(remarks),
        paired_by_text=by_text,
    )


@dataclass(frozen=True, kw_only=True)
class _Source:
    """The origin of cells that are read together.

    Attributes:
        engine: the metrics DB.
        blocks: its rate blocks, by id.
        prompt_ids: their numbers.
    """

    engine: Engine
    blocks: Mapping[str, str]
    prompt_ids: Labels


@dataclass(frozen=True, kw_only=True)
class _CellResults:
    """One cell, read before the next one: most columns of its calls are not needed any more when it is summed up.

    Attributes:
        run: the cell.
        summary: its figures, without overhead and outcome.
        calls: its calls, see ``Results``.
        scorers: each with the version that scored last.
        unscored: an answer has no value of a scorer.
        alike: see ``ask_alike``.
        list_usd: see ``list_price``.
    """

    run: Run
    summary: CellSummary
    calls: pd.DataFrame
    scorers: Mapping[str, str]
    unscored: bool
    alike: bool
    list_usd: float | None

    @classmethod
    def of(cls, source: _Source, run: Run, kept: Sequence[str]) -> _CellResults:
        """Read a cell, of whose calls the columns ``kept`` are kept."""
        engine, blocks = source.engine, source.blocks
        with engine.connect() as connection:
            scorers = frames.newest_scorers(connection, run)
            known = frames.KnownFacts(scorers=scorers, prompt_ids=source.prompt_ids)
            calls = frames.of_run(engine, run, {*SUMMARISED, *_LOOKED_AT, *kept}, known=known)
            usd = list_price(connection, run, calls, blocks)
        gaps = chunk_gaps(engine, run) if calls["pieces"].any() else ()
        scores = [name for name in calls if name.startswith(SCORE_PREFIX)]
        columns = [name for name in calls if name in kept and not (name in _RARE and calls[_RARE[name]].isna().all())]
        ok = calls["status"] == "ok"
        return cls(
            run=run,
            summary=replace(summarise(calls, run, NO_OVERHEAD, gaps), price_notes=price_notes(blocks, calls)),
            calls=calls[columns + scores].copy(),
            scorers=scorers,
            unscored=any((calls[name].isna() & ok).any() for name in scores),
            alike=ask_alike(calls),
            list_usd=usd,
        )


def _by_score(run: Run, score: str) -> Run:
    """The run with another scorer's mean as its quality, without the race's verdict, which was about the first."""
    return run if run.score == score else replace(run, score=score, decided_json=None)


def _known_score(name: str, engine: Engine, runs: Sequence[Run]) -> str:
    with engine.connect() as connection:
        known = list(dict.fromkeys(it for run in runs for it in frames.newest_scorers(connection, run)))
    if name not in known:
        here = ", ".join(known) or "none"
        raise ConfigError(
            f"--score {name!r}: no answer has a score by that name{nearest(name, known)}; here are {here}"
        )
    return name


def median_times_ms(engine: Engine, run_id: str) -> dict[str, float | None]:
    """The medians of a run's times, as in its ``Timing``, without reading the rest.

    Args:
        engine: the metrics DB.
        run_id: of the run.

    Returns:
        ``latency``, ``ttft`` and ``tokens``, from the first token of a stream to its end, which is what its time per
        token is made of; None without a call that has it.
    """
    requests, responses = tables.requests, tables.responses
    timed = (requests.c.status == "ok") & requests.c.from_cache.is_(False) & (requests.c.role == "sample")
    query = select(requests.c.latency_ms, responses.c.ttft_ms).join_from(requests, responses)
    query = query.where(requests.c.run_id == run_id, timed, requests.c.latency_ms.is_not(None))
    latency, ttft = array("d"), array("d")
    with engine.connect().execution_options(yield_per=10_000) as connection:
        for latency_ms, ttft_ms in connection.execute(query):
            latency.append(latency_ms)
            ttft.append(nan if ttft_ms is None else ttft_ms)
    whole, first = np.asarray(latency), np.asarray(ttft)
    times = {"latency": whole, "ttft": first, "tokens": whole - first}
    return {name: percentile(values[~np.isnan(values)], 50) for name, values in times.items()}
