"""Read the metrics DB into frames: one row a run, one row a call.

Invariant: unknown stays unknown (NULL becomes None, NA or NaN by the column's type), and the order of rows depends on
what was asked, never on when it was answered.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Column, Connection, DateTime, Engine, Select, and_, select, type_coerce

from gencost.errors import MetricsDBError, nearest
from gencost.metrics_db import tables

SCORE_PREFIX = "score_"

_CHUNK_ROWS = 20_000
_PICO_PER_USD = 1e12


@dataclass(frozen=True, kw_only=True)
class Run:
    """One cell: the columns of ``runs`` that its readers need.

    Attributes:
        run_id: the cell's id.
        sweep_id: the multirun it belongs to; None for a single run.
        name: ``cfg.name``.
        cell: what sets it apart, e.g. ``model=small,n=50``; unique among the runs read together.
        mlflow_run_id: None with ``tracking=none``.
        score: the scorer whose mean is the cell's quality; None if it has none.
        seed: of the draw and of the mock.
        status: running | finished | failed | interrupted.
        error_message: why it failed; None unless failed.
        started_at: UTC.
        ended_at: UTC; None while running.
        client_bound: the client was too slow for true latencies; None if nobody watched.
    """

    run_id: str
    sweep_id: str | None
    name: str
    cell: str
    mlflow_run_id: str | None
    score: str | None
    seed: int
    status: str
    error_message: str | None
    started_at: datetime
    ended_at: datetime | None
    client_bound: bool | None


def runs(engine: Engine, *, sweep_id: str | None = None, run_ids: Sequence[str] | None = None) -> list[Run]:
    """Read runs.

    Args:
        engine: the metrics DB.
        sweep_id: only the cells of this sweep; None means of any.
        run_ids: only these, in this order; None means all, oldest first.

    Returns:
        Cells that share a name get the first 8 characters of their run_id behind it.

    Raises:
        MetricsDBError: a run_id or the sweep is not there.
    """
    query = select(*(tables.runs.c[f.name] for f in fields(Run))).order_by(tables.runs.c.started_at, tables.runs.c.cell)
    if sweep_id is not None:
        query = query.where(tables.runs.c.sweep_id == sweep_id)
    if run_ids is not None:
        query = query.where(tables.runs.c.run_id.in_(run_ids))
    with engine.connect() as connection:
        found = [Run(**row._mapping) for row in connection.execute(query)]
    if sweep_id is not None and not found:
        raise MetricsDBError(f"sweep {sweep_id!r} has no run in the metrics DB {_shown(engine)}: check the id")
    return _distinct(found if run_ids is None else _in_order(engine, found, run_ids))


def _shown(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _in_order(engine: Engine, found: list[Run], run_ids: Sequence[str]) -> list[Run]:
    by_id = {run.run_id: run for run in found}
    for run_id in run_ids:
        if run_id not in by_id:
            with engine.connect() as connection:
                hint = nearest(run_id, connection.scalars(select(tables.runs.c.run_id)))
            raise MetricsDBError(f"run {run_id!r} is not in the metrics DB {_shown(engine)}{hint}: check the id")
    return [by_id[run_id] for run_id in dict.fromkeys(run_ids)]


def _distinct(found: list[Run]) -> list[Run]:
    count = Counter(run.cell for run in found)
    return [replace(run, cell=f"{run.cell} [{run.run_id[:8]}]") if count[run.cell] > 1 else run for run in found]


def last_sweep_id(engine: Engine) -> str | None:
    """Name the sweep whose run started last; None if there is no sweep."""
    started = tables.runs.c.started_at.desc()
    with engine.connect() as connection:
        return connection.scalar(
            select(tables.runs.c.sweep_id).where(tables.runs.c.sweep_id.is_not(None)).order_by(started).limit(1)
        )


def calls(engine: Engine, run_ids: Sequence[str], *, texts: bool = False) -> pd.DataFrame:
    """Read the calls of some runs: one row a request, pending and failed ones too.

    Columns, in this order: run_id, cell, request_id, ts (UTC), provider, model, prompt_id, category, repeat, status,
    error_type, attempts, latency_ms, queue_ms, backoff_ms, ttft_ms, from_cache, response_model, finish_reason,
    usage_tokens_in, _out, _cached, _cache_write, _cache_write_1h, _reasoning, usage_source, cost_pico_usd (integer,
    1e-12 USD), cost_usd, cost_status, price_id, quality_proxy; then ``score_<scorer>`` for each scorer, by name; then
    prompt and response if ``texts``.

    Rows: by run as given, then prompt_id (digits compare as numbers: q2 before q10), repeat, request_id. Two runs of
    one config and seed so differ only in ids, times and measured durations.

    A scorer recorded in several versions gives the values of its newest version alone: one column never mixes
    definitions, and a call that only an older version scored has none. Repeated texts are categorical; the categories
    of run_id and cell are all the runs asked for, in order, those without calls too.

    Args:
        engine: the metrics DB.
        run_ids: in the order wanted.
        texts: also read the prompt's and the response's text, which take most of the memory.

    Raises:
        MetricsDBError: a run is not there.
    """
    asked = runs(engine, run_ids=run_ids)
    with engine.connect().execution_options(stream_results=True) as connection:
        scorers = _newest_versions(connection, [run.run_id for run in asked])
        query, read = _query(scorers, texts)
        positions: list[np.ndarray] = []
        for position, run in enumerate(asked):
            for rows in connection.execute(query, {"run_id": run.run_id}).partitions(_CHUNK_ROWS):
                positions.append(np.full(len(rows), position, dtype=np.int32))
                for column, values in zip(read.values(), zip(*rows, strict=True), strict=True):
                    column.add(values)
    return _frame(asked, np.concatenate([np.empty(0, np.int32), *positions]), read)


class _Codes(dict[str | None, int]):
    """Give each new text the next whole number, and None -1."""

    def __init__(self) -> None:
        super().__init__({None: -1})

    def __missing__(self, text: str | None) -> int:
        code = self[text] = len(self) - 1
        return code


class _Column:
    """One column as it is read: chunks packed at once, so that Python objects do not pile up."""

    def __init__(self, pack: Callable[[Sequence[Any]], Any], unpack: Callable[[Any], Any] = lambda joined: joined):
        self._pack, self._unpack = pack, unpack
        self._chunks: list[Any] = [pack(())]

    def add(self, values: Sequence[Any]) -> None:
        self._chunks.append(self._pack(values))

    def joined(self) -> Any:
        """Join the chunks and give their memory back."""
        chunks, self._chunks = self._chunks, []
        if isinstance(chunks[0], np.ndarray):
            return self._unpack(np.concatenate(chunks))
        return pd.concat([pd.Series(chunk) for chunk in chunks], ignore_index=True).array


def _label() -> _Column:
    codes = _Codes()

    def unpack(joined: np.ndarray) -> pd.Categorical:
        names = [name for name in codes if name is not None]
        order = sorted(range(len(names)), key=lambda code: _natural(names[code]))
        rank = np.full(len(names) + 1, -1, dtype=np.int32)  # the last one is where code -1 points: no label
        rank[order] = np.arange(len(names), dtype=np.int32)
        return pd.Categorical.from_codes(rank[joined], categories=[names[code] for code in order])

    return _Column(lambda values: np.fromiter((codes[v] for v in values), np.int32, len(values)), unpack)


def _floats() -> _Column:
    return _Column(lambda values: np.array(values, dtype=np.float64))


def _whole() -> _Column:
    return _Column(lambda values: np.array(values, dtype=np.int32))


def _counts() -> _Column:
    return _Column(lambda values: pd.array(values, dtype="Int64"))


def _flags() -> _Column:
    return _Column(lambda values: np.array(values, dtype=bool))


def _times() -> _Column:
    def pack(values: Sequence[Any]) -> np.ndarray:
        aware = pd.to_datetime(list(values), utc=True).tz_localize(None)
        return np.asarray(aware, dtype="datetime64[ns]")

    return _Column(pack, lambda joined: pd.DatetimeIndex(joined).tz_localize("UTC"))


def _texts() -> _Column:
    return _Column(lambda values: pd.array(values, dtype="string[pyarrow]"))


_REQUEST = {
    "request_id": _texts,
    "ts": _times,
    "provider": _label,
    "model": _label,
    "prompt_id": _label,
    "category": _label,
    "repeat": _whole,
    "status": _label,
    "error_type": _label,
    "attempts": _whole,
    "latency_ms": _floats,
    "queue_ms": _floats,
    "backoff_ms": _floats,
    "ttft_ms": _floats,
    "from_cache": _flags,
    "response_model": _label,
    "finish_reason": _label,
    "usage_tokens_in": _counts,
    "usage_tokens_out": _counts,
    "usage_tokens_cached": _counts,
    "usage_tokens_cache_write": _counts,
    "usage_tokens_cache_write_1h": _counts,
    "usage_tokens_reasoning": _counts,
    "usage_source": _label,
    "cost_pico_usd": _counts,
    "cost_status": _label,
    "price_id": _label,
    "quality_proxy": _floats,
}
