"""Recorded calls as pandas frames: ``gencost.load_calls``, ``load_cells`` and ``load_scores``.

Everywhere: times in ms (``*_ms``), money in USD (``*_usd``) or exactly in 1e-12 USD (``*_pico_usd``), timestamps UTC;
unknown is NA, NaN or None, never 0. ``run`` is whatever the commands take: an id or its first characters, ``last``,
``last~1``, a name, or several of them; None means every run.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Engine, select

from gencost.analysis.recorded import frames
from gencost.analysis.recorded.references import named_runs
from gencost.analysis.recorded.runs import Run, runs
from gencost.analysis.recorded.texts import config_columns, with_config
from gencost.analysis.results import read_results
from gencost.errors import MetricsDBError
from gencost.metrics_db import tables
from gencost.metrics_db.store import existing_db

Named = str | Sequence[str] | None


def load_calls(url: str | None = None, run: Named = "last") -> pd.DataFrame:
    """Read calls, a row each; pending, failed and skipped ones too.

    Args:
        url: of the metrics DB; None means ``LLMOPT_DB_URL``, else ``llmopt_stage1.sqlite`` in the working folder.
        run: which runs.

    Returns:
        ``run_id``, ``cell``, ``request_id``, ``provider``, ``model``, ``prompt_id``, ``category``, ``status`` (``ok``,
        ``error``, ``pending``, ``skipped``), ``error_type``, ``cost_status`` (categories); ``ts`` (datetime64, UTC);
        ``prompt``, ``answer``, ``reference`` (object: text or None); ``repeat``, ``attempts`` (int32);
        ``from_cache`` (bool); ``latency_ms``, ``queue_ms``, ``backoff_ms``, ``ttft_ms``, ``cost_usd``,
        ``provider_cost_usd``, ``quality_proxy`` and a ``score_<scorer>`` for each scorer (float64);
        ``usage_tokens_*`` and ``cost_pico_usd`` (Int64); ``config.<key>`` (object) of provider, model, prompt set,
        seed, parameters and whatever differs between the cells.

    Raises:
        MetricsDBError: there is no such DB or run.
    """
    with _opened(url, run) as (engine, cells):
        run_ids = [part for cell in cells for part in cell.parts]
        calls = frames.calls(engine, run_ids, columns=(*frames.COLUMNS, *frames.TEXTS))
        return with_config(config_columns(engine, cells), calls)


def load_cells(url: str | None = None, run: Named = "last") -> pd.DataFrame:
    """Read cells, a row each.

    Args:
        url: see ``load_calls``.
        run: which runs.

    Returns:
        ``run_id``, ``sweep_id``, ``name``, ``cell``, ``status``, ``score`` (object); ``started_at``, ``ended_at``
        (datetime64, UTC); every metric that MLflow has, by the same name (float64): ``cost_usd_total``,
        ``cost_usd_mean``, ``latency_p50_ms``, ``latency_p95_ms``, ``quality_mean``, ``calls``, ``errors``, ...;
        ``config.<key>`` (object).

    Raises:
        MetricsDBError: there is no such DB or run.
    """
    with _opened(url, run) as (engine, cells):
        results = read_results(engine, [part for cell in cells for part in cell.parts])
        facts = ("run_id", "sweep_id", "name", "cell", "status", "score", "started_at", "ended_at")
        rows = [{name: getattr(cell, name) for name in facts} for cell in results.runs]
        frame = pd.DataFrame(rows, columns=list(facts))
        for name in ("started_at", "ended_at"):
            frame[name] = pd.to_datetime(frame[name], utc=True)
        metrics = pd.DataFrame([summary.metrics() for summary in results.summaries], dtype="float64")
        config = config_columns(engine, cells).reset_index(drop=True)
        return pd.concat([frame, metrics, config], axis="columns")


def load_scores(url: str | None = None, run: Named = "last") -> pd.DataFrame:
    """Read scores, a row each: of every scorer and version, judges' too.

    Args:
        url: see ``load_calls``.
        run: which runs.

    Returns:
        ``run_id``, ``cell``, ``request_id``, ``prompt_id``, ``scorer``, ``version``, ``explanation`` (object);
        ``repeat`` (int64); ``value`` (float64, in [0, 1] unless the scorer says otherwise; NaN where it could not
        score); ``ts`` (datetime64, UTC: when it was scored).

    Raises:
        MetricsDBError: there is no such DB or run.
    """
    requests, scores = tables.requests, tables.scores
    with _opened(url, run) as (engine, cells):
        cell_of = {part: cell for cell in cells for part in cell.parts}
        query = (
            select(requests.c.run_id, requests.c.request_id, requests.c.prompt_id, requests.c.repeat)
            .add_columns(scores.c.scorer, scores.c.version, scores.c.value, scores.c.explanation, scores.c.ts)
            .join(scores, scores.c.request_id == requests.c.request_id)
            .where(requests.c.run_id.in_(list(cell_of)), requests.c.role == "sample")
            .order_by(requests.c.run_id, requests.c.prompt_id, requests.c.repeat, scores.c.scorer, scores.c.version)
        )
        with engine.connect() as connection:
            rows = connection.execute(query).all()
    columns = ("run_id", "request_id", "prompt_id", "repeat", "scorer", "version", "value", "explanation", "ts")
    frame = pd.DataFrame(rows, columns=list(columns))
    frame.insert(1, "cell", [cell_of[run_id].cell for run_id in frame["run_id"]])
    frame["run_id"] = [cell_of[run_id].run_id for run_id in frame["run_id"]]
    return frame.assign(value=frame["value"].astype("float64"), ts=pd.to_datetime(frame["ts"], utc=True))


@contextlib.contextmanager
def _opened(url: str | None, run: Named) -> Iterator[tuple[Engine, list[Run]]]:
    references = [run] if isinstance(run, str) else run
    if references is not None and not (_are_texts(references) and references):
        raise MetricsDBError(
            f"run={run!r}: give an id, last, last~1 or a name, several as a list, or None for every run"
        )
    engine = existing_db(url)
    try:
        cells = runs(engine, run_ids=None if references is None else named_runs(engine, list(references)))
        if not cells:
            raise MetricsDBError("the metrics DB has no run yet: make one with gencost run")
        yield engine, cells
    finally:
        engine.dispose()


def _are_texts(values: Any) -> bool:
    return isinstance(values, Iterable) and all(isinstance(value, str) for value in values)
