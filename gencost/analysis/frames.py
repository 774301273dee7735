"""Read the metrics DB into frames: one row a call.

Invariant: unknown stays unknown (NULL becomes None, NA or NaN by the column's type), and the order of rows depends on
what was asked, never on when it was answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, Select, func, select

from gencost.analysis.runs import Run, runs
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
    frame["run_id"] = run.run_id
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
    return select(*columns).select_from(source).where(requests.c.run_id.in_(run.parts), requests.c.role == "sample")


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
    """Read the values of each scorer's version that scored last, by request id."""
    scores, requests = tables.scores, tables.requests
    of_run = scores.join(requests, scores.c.request_id == requests.c.request_id)
    newest = (
        select(scores.c.scorer, scores.c.version)
        .select_from(of_run)
        .where(requests.c.run_id.in_(run.parts))
        .group_by(scores.c.scorer, scores.c.version)
        .order_by(scores.c.scorer, func.max(scores.c.ts).is_not(None), func.max(scores.c.ts), scores.c.version)
    )
    found = {}
    for scorer, version in {row.scorer: row.version for row in connection.execute(newest)}.items():  # the last one wins
        query = (
            select(scores.c.request_id, scores.c.value)
            .select_from(of_run)
            .where(requests.c.run_id.in_(run.parts), scores.c.scorer == scorer, scores.c.version == version)
        )
        values = pd.read_sql(query, connection, index_col="request_id")
        found[str(scorer)] = values["value"].astype("float64")
    return found
