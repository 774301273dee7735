"""Read the metrics DB into frames: one row a call.

Invariant: unknown stays unknown (NULL becomes None, NA or NaN by the column's type), and the order of rows depends on
what was asked, never on when it was answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, Select, String, func, select, type_coerce

from gencost.analysis.blank_answers import blank_column, with_read
from gencost.analysis.corrections import AS_RECORDED, corrected
from gencost.analysis.runs import Run, runs
from gencost.analysis.whole_answers import with_steps
from gencost.metrics_db import tables
from gencost.metrics_db.recorded_usage import USAGE_COLUMNS, recorded_usage
from gencost.types import Usage

SCORE_PREFIX = "score_"

_CHUNK_ROWS = 20_000

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
    "server_ms",
    "server_ttft_ms",
    "response_model",
    "service_tier",
    "region",
    "finish_reason",
    "usage_tokens_in",
    "usage_tokens_out",
    "usage_tokens_cached",
    "usage_tokens_cache_write",
    "usage_tokens_cache_write_1h",
    "usage_tokens_reasoning",
    "usage_web_searches",
    "usage_more_json",
    "other_price_ids",
    "usage_source",
    "cost_pico_usd",
    "cost_usd",
    "cost_status",
    "cost_reason",
    "price_id",
    "saved_pico_usd",
    "provider_cost_usd",
    "quality_proxy",
)
_LABELS = {"run_id", "provider", "model", "prompt_id", "category", "status", "error_type", "response_model"} | {
    "finish_reason",
    "blank",
    "service_tier",
    "usage_source",
    "cost_status",
    "cost_reason",
    "price_id",
}
_WHOLE = {"repeat": "int32", "attempts": "int32"}
_OTHER = {"from_cache": "bool"}


def calls(engine: Engine, run_ids: Sequence[str], *, texts: bool = False, alone: bool = False) -> pd.DataFrame:
    """Read the calls of some runs: one row a request of role ``sample``, pending and failed ones too.

    The cost and the times of an answer of a live policy are those of all calls made for it, see ``policy_steps``; its
    tokens are those of the last one.

    Columns: ``run_id`` and ``cell``, the columns of ``requests`` and ``responses`` that results are made of (tokens and
    ``cost_pico_usd`` as nullable integers), ``blank`` (``empty`` or ``only_thinking``), a ``score_<scorer>`` for each
    scorer recorded, and ``prompt`` and ``response`` if asked for. Rows: by run as given, then by prompt id and repeat,
    so two runs of one config and seed differ in ids, times and measured durations alone. A scorer recorded in several
    versions gives the newest.

    Args:
        engine: the metrics DB.
        run_ids: in the order wanted.
        texts: also read the texts, which take most of the memory.
        alone: every call for itself, steps of a policy in rows of their own.

    Raises:
        MetricsDBError: a run is not there.
    """
    asked = runs(engine, run_ids=run_ids)
    with engine.connect().execution_options(stream_results=True) as connection:
        frames = [_read(connection, run, texts, alone) for run in asked]
        frame = _stacked(frames) if frames else pd.DataFrame(columns=_columns(texts))
    frame["run_id"] = pd.Categorical(frame["run_id"].astype(object), categories=[run.run_id for run in asked])
    names = {run.run_id: run.cell for run in asked}
    frame.insert(1, "cell", frame["run_id"].cat.rename_categories(names))
    for column in _LABELS - {"run_id"}:
        frame[column] = frame[column].astype("category")
    return frame


def usage_of(row: Any) -> Usage | None:
    """The recorded counts of one row of ``calls``, as ``itertuples`` gives it; None if there are none.

    Raises:
        UsageError: they cannot be true, or are damaged.
    """
    return recorded_usage({name: _plain(getattr(row, name)) for name in USAGE_COLUMNS})


def _plain(value: Any) -> Any:
    """A value of a frame as the database gives it."""
    if pd.isna(value):
        return None
    return int(value) if isinstance(value, np.integer) else value


def _columns(texts: bool) -> list[str]:
    return [*_REQUEST, *_RESPONSE, "blank", *(("prompt", "response") if texts else ())]


def _read(connection: Connection, run: Run, texts: bool, alone: bool) -> pd.DataFrame:
    scorers = newest_scorers(connection, run)
    names = [*_columns(texts), *(f"{SCORE_PREFIX}{scorer}" for scorer in scorers)]
    rows = connection.execute(_query(run, texts, scorers, ("sample", "step") if alone else ("sample",)))
    chunks = [_typed(dict(zip(names, zip(*chunk, strict=True), strict=True))) for chunk in rows.partitions(_CHUNK_ROWS)]
    frame = _stacked(chunks) if chunks else _typed(dict.fromkeys(names, ()))
    frame["run_id"] = run.run_id
    if not connection.get_execution_options().get(AS_RECORDED):
        corrected(connection, run.parts, frame)
    with_read(connection, run.parts, frame)
    if not alone:
        with_steps(connection, run.parts, frame)
    order = frame["prompt_id"].astype(str)
    keys = pd.DataFrame({"length": order.str.len(), "prompt_id": order, "repeat": frame["repeat"]})
    return frame.loc[keys.sort_values(["length", "prompt_id", "repeat"], kind="stable").index].reset_index(drop=True)


def _query(run: Run, texts: bool, scorers: Mapping[str, str], roles: Sequence[str]) -> Select[Any]:
    """Select the columns of ``_columns``, then the value of each scorer in the version named."""
    requests, responses, prompts = tables.requests, tables.responses, tables.prompts
    times = {"ts": type_coerce(requests.c.ts, String)}  # as it is stored: a million datetimes take seconds
    columns: list[Any] = [
        *(times.get(name, requests.c[name]) for name in _REQUEST),
        *(responses.c[name] for name in _RESPONSE),
    ]
    columns.append(blank_column())
    source: Any = requests.outerjoin(responses)
    if texts:
        columns += [prompts.c.text, responses.c.response]
        source = source.join(prompts)
    for scorer, version in scorers.items():
        scores = tables.scores.alias()
        named = (
            (scores.c.request_id == requests.c.request_id) & (scores.c.scorer == scorer) & (scores.c.version == version)
        )
        source = source.outerjoin(scores, named)
        columns.append(scores.c.value)
    return select(*columns).select_from(source).where(requests.c.run_id.in_(run.parts), requests.c.role.in_(roles))


def _stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put frames under each other; pandas 2 warns where one is empty or a column of labels has other categories."""
    filled = [frame for frame in frames if len(frame)] or list(frames[:1])
    for name in _LABELS - {"run_id"}:
        first, *rest = (frame[name].cat.categories for frame in filled)
        labels = first.append(rest).unique()
        for frame in filled:
            frame[name] = frame[name].cat.set_categories(labels)
    names = dict.fromkeys(name for frame in filled for name in frame)
    return pd.DataFrame({name: _column_of(filled, name) for name in names}, copy=False)


def _column_of(frames: Sequence[pd.DataFrame], name: str) -> pd.Series:
    """Take one column out of frames, so that never more than one is there twice; unknown where a frame has none."""
    parts = [frame.pop(name) if name in frame else pd.Series(np.nan, index=frame.index) for frame in frames]
    return pd.concat(parts, ignore_index=True)


def _typed(columns: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    return pd.DataFrame({name: _column(name, values) for name, values in columns.items()}, copy=False)


def _column(name: str, values: Sequence[Any]) -> Any:
    if name in _LABELS:
        return pd.Categorical(values)
    if name.startswith(("usage_tokens", "usage_web")) or name.endswith("_pico_usd"):
        return pd.array(values, dtype="Int64")
    if name.endswith(("_ms", "_usd")):
        return np.array(values, dtype="float64")
    if name.startswith(("quality", SCORE_PREFIX)):
        scores = np.array(values, dtype="float64")
        return np.where(np.isfinite(scores), scores, np.nan)  # an infinite one, of an early version, is not a score
    if name == "ts":
        return pd.to_datetime(pd.Series(values, dtype=object), utc=True, format="ISO8601")
    return np.array(values, dtype=_WHOLE[name]) if name in _WHOLE else pd.Series(values, dtype=_OTHER.get(name, object))


def newest_scorers(connection: Connection, run: Run) -> dict[str, str]:
    """Name the scorers of a run, each with the version that scored last."""
    scores, requests = tables.scores, tables.requests
    newest = (
        select(scores.c.scorer, scores.c.version)
        .select_from(scores.join(requests, scores.c.request_id == requests.c.request_id))
        .where(requests.c.run_id.in_(run.parts))
        .group_by(scores.c.scorer, scores.c.version)
        .order_by(scores.c.scorer, func.max(scores.c.ts).is_not(None), func.max(scores.c.ts), scores.c.version)
    )
    return {str(row.scorer): str(row.version) for row in connection.execute(newest)}  # of several, the last one wins
