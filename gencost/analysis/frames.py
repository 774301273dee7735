"""Read the metrics DB into frames: one row a run, one row a call.

Invariant: unknown stays unknown (NULL becomes None, NA or NaN by the column's type), and the order of rows depends on
what was asked, never on when it was answered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, Select, func, select

from gencost.errors import MetricsDBError, nearest
from gencost.metrics_db import tables

SCORE_PREFIX = "score_"

_CHUNK_ROWS = 10_000

_REQUEST = (
    "run_id",
    "request_id",
    "ts",
    "provider",
    "model",
    "prompt_id",
    "category",
    "repeat",
    "status",
    "error_type",
    "attempts",
    "latency_ms",
    "queue_ms",
    "backoff_ms",
    "from_cache",
)
_RESPONSE = (
    "ttft_ms",
    "response_model",
    "service_tier",
    "finish_reason",
    "usage_tokens_in",
    "usage_tokens_out",
    "usage_tokens_cached",
    "usage_tokens_cache_write",
    "usage_tokens_cache_write_1h",
    "usage_tokens_reasoning",
    "usage_web_searches",
    "usage_source",
    "cost_pico_usd",
    "cost_usd",
    "cost_status",
    "price_id",
    "saved_pico_usd",
    "provider_cost_usd",
    "quality_proxy",
)
_LABELS = {"run_id", "provider", "model", "prompt_id", "category", "status", "error_type", "response_model"} | {
    "finish_reason",
    "service_tier",
    "usage_source",
    "cost_status",
    "price_id",
}
_WHOLE = {"repeat": "int32", "attempts": "int32"}


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
        loop_lag_p99_ms: how late its event loop ran; None if nobody watched.
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
    loop_lag_p99_ms: float | None


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


def matching_runs(engine: Engine, *, run: str | None = None, sweep: str | None = None) -> list[str]:
    """Complete the id of one run, or of a sweep, from its first characters.

    Args:
        engine: the metrics DB.
        run: the beginning of a run id.
        sweep: the beginning of a sweep id; all cells of it, oldest first.

    Raises:
        MetricsDBError: none begins like this, or several do.
    """
    table = tables.runs
    column, start = (table.c.run_id, run) if run is not None else (table.c.sweep_id, sweep)
    what = "run" if run is not None else "sweep"
    order = (table.c.started_at, table.c.cell)
    with engine.connect() as connection:
        rows = connection.execute(
            select(table.c.run_id, column).where(column.startswith(start or "", autoescape=True)).order_by(*order)
        ).all()
    if len({row[1] for row in rows}) != 1:
        how_many = f"several {what}s begin" if rows else f"no {what} begins"
        raise MetricsDBError(f"{what} {start!r}: {how_many} like this in the metrics DB {_shown(engine)}")
    return [row[0] for row in rows]


def last_sweep_id(engine: Engine) -> str | None:
    """Name the sweep whose run started last; None if there is no sweep."""
    started = tables.runs.c.started_at.desc()
    with engine.connect() as connection:
        return connection.scalar(
            select(tables.runs.c.sweep_id).where(tables.runs.c.sweep_id.is_not(None)).order_by(started).limit(1)
        )


def calls(engine: Engine, run_ids: Sequence[str], *, texts: bool = False) -> pd.DataFrame:
    """Read the calls of some runs: one row a request of role ``sample``, pending and failed ones too.

    Columns: ``run_id`` and ``cell``, the columns of ``requests`` and ``responses`` that results are made of (tokens and
    ``cost_pico_usd`` as nullable integers), a ``score_<scorer>`` for each scorer recorded, and ``prompt`` and
    ``response`` if asked for. Rows: by run as given, then by prompt id and repeat, so two runs of one config and seed
    differ in ids, times and measured durations alone. A scorer recorded in several versions gives the newest.

    Args:
        engine: the metrics DB.
        run_ids: in the order wanted.
        texts: also read the texts, which take most of the memory.

    Raises:
        MetricsDBError: a run is not there.
    """
    asked = runs(engine, run_ids=run_ids)
    with engine.connect().execution_options(stream_results=True) as connection:
        frames = [_read(connection, run, texts) for run in asked]
        frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=_columns(texts))
    frame["run_id"] = pd.Categorical(frame["run_id"].astype(object), categories=[run.run_id for run in asked])
    names = {run.run_id: run.cell for run in asked}
    frame.insert(1, "cell", frame["run_id"].cat.rename_categories(names))
    for column in _LABELS - {"run_id"}:
        frame[column] = frame[column].astype("category")
    return frame


def _columns(texts: bool) -> list[str]:
    return [*_REQUEST, *_RESPONSE, *(("prompt", "response") if texts else ())]


def _read(connection: Connection, run: Run, texts: bool) -> pd.DataFrame:
    chunks = [_typed(chunk) for chunk in pd.read_sql(_query(run, texts), connection, chunksize=_CHUNK_ROWS)]
    frame = pd.concat(chunks, ignore_index=True) if chunks else pd.DataFrame(columns=_columns(texts))
    for scorer, values in _scores(connection, run).items():
        frame[f"{SCORE_PREFIX}{scorer}"] = frame["request_id"].map(values).astype("float64")
    order = frame["prompt_id"].astype(str)
    keys = pd.DataFrame({"length": order.str.len(), "prompt_id": order, "repeat": frame["repeat"]})
    return frame.loc[keys.sort_values(["length", "prompt_id", "repeat"], kind="stable").index].reset_index(drop=True)


def _query(run: Run, texts: bool) -> Select[Any]:
    requests, responses, prompts = tables.requests, tables.responses, tables.prompts
    columns: list[Any] = [*(requests.c[name] for name in _REQUEST), *(responses.c[name] for name in _RESPONSE)]
    source = requests.outerjoin(responses)
    if texts:
        columns += [prompts.c.text.label("prompt"), responses.c.response]
        source = source.join(prompts)
    return select(*columns).select_from(source).where(requests.c.run_id == run.run_id, requests.c.role == "sample")


def _typed(chunk: pd.DataFrame) -> pd.DataFrame:
    for column in _LABELS:
        chunk[column] = chunk[column].astype("category")
    for column in chunk.columns:
        if column.startswith(("usage_tokens", "usage_web")) or column.endswith("_pico_usd"):
            chunk[column] = chunk[column].astype("Int64")
        elif column.endswith(("_ms", "_usd")) or column == "quality_proxy":
            chunk[column] = chunk[column].astype("float64")
    chunk["ts"] = pd.to_datetime(chunk["ts"], utc=True)
    return chunk.astype(_WHOLE)


def _scores(connection: Connection, run: Run) -> dict[str, pd.Series]:
    """Read the values of each scorer's newest version, by request id."""
    scores, requests = tables.scores, tables.requests
    of_run = scores.join(requests, scores.c.request_id == requests.c.request_id)
    newest = (
        select(scores.c.scorer, func.max(scores.c.version))
        .select_from(of_run)
        .where(requests.c.run_id == run.run_id)
        .group_by(scores.c.scorer)
        .order_by(scores.c.scorer)
    )
    found = {}
    for scorer, version in connection.execute(newest).all():
        query = (
            select(scores.c.request_id, scores.c.value)
            .select_from(of_run)
            .where(requests.c.run_id == run.run_id, scores.c.scorer == scorer, scores.c.version == version)
        )
        values = pd.read_sql(query, connection, index_col="request_id")
        found[str(scorer)] = values["value"].astype("float64")
    return found
