"""Read the recorded calls of several cells into one grid: a row for each prompt and repeat, a column for each cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, select

from gencost.analysis.recorded.frames import newest_scorers
from gencost.analysis.recorded.grid import Grid, clusters_of
from gencost.analysis.recorded.policy_steps import MadeFor, made_for
from gencost.analysis.recorded.runs import Run, runs
from gencost.messages import messages_of
from gencost.metrics_db import tables
from gencost.types import PICO_PER_USD, Sample
from gencost.values.error_types import error_type_of

Key = tuple[str, int]
Column = dict[Key, Any]


def read_grid(engine: Engine, run_ids: Sequence[str]) -> Grid:
    """Read a grid.

    Args:
        engine: the metrics DB.
        run_ids: of the cells, in the order wanted.

    Returns:
        Rows in the order of prompt id (2 before 10) and repeat. Every recorded scorer is among the signals.

    Raises:
        MetricsDBError: a run is not there.
    """
    cells = runs(engine, run_ids=run_ids)
    with engine.connect() as connection:
        columns = [_Cell(connection, run) for run in cells]
        keys = sorted({key for column in columns for key in column.requests}, key=lambda k: (len(k[0]), *k))
        texts = _texts(connection, {str(r.prompt_sha256) for c in columns for r in c.requests.values()})
    first = {key: next(c.requests[key] for c in columns if key in c.requests) for key in keys}
    signals = sorted({scorer for column in columns for scorer in column.scores})
    judges = sorted({scorer for column in columns for scorer in column.judge_cost})
    return Grid(
        cells=tuple(run.cell for run in cells),
        overrides=tuple(run.recorded.overrides for run in cells),
        samples=tuple(_sample(first[key], texts) for key in keys),
        clusters=clusters_of([str(first[key].prompt_sha256) for key in keys]),
        quality=_matrix(keys, [column.quality for column in columns]),
        cost=_matrix(keys, [column.cost for column in columns]),
        latency=_matrix(keys, [column.latency for column in columns]),
        answered=np.array([[key in c.requests and c.requests[key].status == "ok" for c in columns] for key in keys]),
        signals={s: _matrix(keys, [c.scores.get(s, {}) for c in columns]) for s in signals},
        signal_cost={s: _matrix(keys, [c.judge_cost.get(s, {}) for c in columns]) for s in judges},
        signal_latency={s: _matrix(keys, [c.judge_latency.get(s, {}) for c in columns]) for s in judges},
    )


def _matrix(keys: Sequence[Key], columns: Sequence[Mapping[Key, float]]) -> np.ndarray:
    """A value a row and cell; NaN where a cell has none."""
    return np.array([[column.get(key, np.nan) for column in columns] for key in keys], dtype=float).reshape(
        len(keys), len(columns)
    )


def _texts(connection: Connection, wanted: set[str]) -> Mapping[str, Any]:
    """The stored prompts by their sha256, some hundred at a time."""
    names = sorted(wanted)
    texts: dict[str, Any] = {}
    for start in range(0, len(names), 500):
        query = select(tables.prompts).where(tables.prompts.c.sha256.in_(names[start : start + 500]))
        texts |= {row.sha256: row for row in connection.execute(query)}
    return texts


def _sample(request: Any, texts: Mapping[str, Any]) -> Sample:
    prompt = texts[request.prompt_sha256]
    return Sample(id=request.prompt_id, messages=messages_of(prompt.kind, prompt.text), category=request.category)


class _Cell:
    """One cell's calls by prompt and repeat.

    Args:
        connection: to the metrics DB.
        run: the cell.

    Attributes:
        requests: rows with what is known of each call.
        quality: primary score; 0 of a failed call.
        cost: USD.
        latency: ms.
        scores: scorer -> values.
        judge_cost: scorer -> USD of its judge's calls.
        judge_latency: scorer -> ms of its judge's calls.
    """

    def __init__(self, connection: Connection, run: Run) -> None:
        self.requests: Column = {(r.prompt_id, r.repeat): r for r in connection.execute(_sample_calls(run))}
        billed = _billed(connection, run)
        self.cost: Column = {
            key: usd for key, row in self.requests.items() if (usd := _usd(row, billed.get(row.request_id))) is not None
        }
        self.latency: Column = {
            key: row.latency_ms
            for key, row in self.requests.items()
            if row.status == "ok" and not row.from_cache and row.latency_ms is not None
        }
        self._add_steps(made_for(connection, run.parts))
        self.scores: dict[str, Column] = defaultdict(dict)
        self.judge_cost: dict[str, Column] = {}
        self.judge_latency: dict[str, Column] = {}
        self._read_scores(connection, run)
        failed = {key: 0.0 for key, row in self.requests.items() if row.status == "error"}
        self.quality: Column = {**self.scores.get(run.score or "", {}), **failed}

    def _add_steps(self, made: Mapping[str, MadeFor]) -> None:
        """Add what a live policy had done for its answers; what is unknown of it makes theirs unknown."""
        for key, row in self.requests.items() if made else ():
            steps = made.get(row.request_id)
            if steps is None:
                continue
            pico, latency_ms = steps.full_pico_usd, None if steps.cached else steps.latency_ms
            usd = None if pico is None else pico / PICO_PER_USD
            for column, more in ((self.cost, usd), (self.latency, latency_ms)):
                known = column.pop(key, None)
                if known is not None and more is not None:
                    column[key] = known + more

    def _read_scores(self, connection: Connection, run: Run) -> None:
        by_id = {row.request_id: key for key, row in self.requests.items()}
        judges, asked = _judges(connection, run)
        for scorer, version in newest_scorers(connection, run).items():
            for row in connection.execute(_scores(run, scorer, version)):
                key = by_id.get(row.request_id)
                if key is None:
                    continue
                if row.value is not None and np.isfinite(row.value):
                    self.scores[scorer][key] = row.value
                if row.judge_request_id in asked:
                    cost, latency = judges[(*key, *asked[row.judge_request_id])]
                    self.judge_cost.setdefault(scorer, {})[key] = cost
                    self.judge_latency.setdefault(scorer, {})[key] = latency


def _sample_calls(run: Run) -> Any:
    requests, responses = tables.requests, tables.responses
    of_request = (
        "request_id",
        "prompt_id",
        "repeat",
        "prompt_sha256",
        "category",
        "status",
        "latency_ms",
        "from_cache",
    )
    of_response = ("cost_pico_usd", "saved_pico_usd")
    columns = [*(requests.c[name] for name in of_request), *(responses.c[name] for name in of_response)]
    mine = requests.c.run_id.in_(run.parts)
    return select(*columns).select_from(requests.outerjoin(responses)).where(mine, requests.c.role == "sample")


def _billed(connection: Connection, run: Run) -> dict[str, float]:
    """USD of the tries of each failed call: as recorded, 0 where it was turned away, else NaN."""
    requests, attempts = tables.requests, tables.attempts
    query = (
        select(attempts.c.request_id, attempts.c.error_type, attempts.c.cost_pico_usd)
        .select_from(attempts.join(requests, attempts.c.request_id == requests.c.request_id))
        .where(requests.c.run_id.in_(run.parts), requests.c.status == "error")
    )
    usd: dict[str, float] = defaultdict(float)
    for row in connection.execute(query):
        turned_away = row.error_type is not None and not error_type_of(row.error_type).may_be_billed
        unknown = 0.0 if turned_away else float("nan")
        usd[row.request_id] += unknown if row.cost_pico_usd is None else row.cost_pico_usd / PICO_PER_USD
    return usd


def _usd(row: Any, billed: float | None) -> float | None:
    """Return the cost of a call; of an answer from the cache, its cost without the cache; None if unknown."""
    if row.status == "error":
        return 0.0 if billed is None else billed
    pico = row.saved_pico_usd if row.from_cache else row.cost_pico_usd
    return None if pico is None else pico / PICO_PER_USD


def _scores(run: Run, scorer: str, version: str) -> Any:
    scores, requests = tables.scores, tables.requests
    return (
        select(scores.c.request_id, scores.c.value, scores.c.judge_request_id)
        .select_from(scores.join(requests, scores.c.request_id == requests.c.request_id))
        .where(requests.c.run_id.in_(run.parts), scores.c.scorer == scorer, scores.c.version == version)
    )


def _judges(
    connection: Connection, run: Run
) -> tuple[Mapping[tuple[str, int, str, str], tuple[float, float]], Mapping[str, tuple[str, str]]]:
    """USD and ms of all calls of each judge's model about each answer, and the model of each call."""
    requests, responses = tables.requests, tables.responses
    names = ("request_id", "prompt_id", "repeat", "provider", "model", "latency_ms")
    query = (
        select(*(requests.c[name] for name in names), responses.c.cost_pico_usd)
        .select_from(requests.outerjoin(responses))
        .where(requests.c.run_id.in_(run.parts), requests.c.role == "judge", requests.c.parent_request_id.is_(None))
    )
    totals: dict[Any, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    models = {}
    for row in connection.execute(query):
        key = (row.prompt_id, row.repeat, row.provider, row.model)
        cost = np.nan if row.cost_pico_usd is None else row.cost_pico_usd / PICO_PER_USD
        usd, ms = totals[key]
        totals[key] = (usd + cost, ms + (np.nan if row.latency_ms is None else row.latency_ms))
        models[row.request_id] = (row.provider, row.model)
    return totals, models
