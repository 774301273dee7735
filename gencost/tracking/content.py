"""The content of the MLflow runs of a sweep and of a cell, made of rows of the metrics DB alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gencost.analysis.timeline import Point
from gencost.metrics_db.runs import TrackedRun, TrackedSweep
from gencost.tracking.client import PromptInput, RunStart, Tracking, flat, metric_key
from gencost.tracking.end_values import RunEnd, Series, Table

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Engine

    from gencost.analysis.results import Results
    from gencost.analysis.summary import CellSummary

RUN_TAG = "gencost.run_id"
SWEEP_TAG = "gencost.sweep_id"
NOTE_TAG = "mlflow.note.content"
ERRORS_TAG = "gencost.errors"

SERIES = {"latency_ms": "call_latency_ms", "cost_usd": "call_cost_usd"}
QUALITY_SERIES = "call_quality"
SERIES_COLUMNS = ("ts", *SERIES)

_TABLE_ROWS = 1000
_TEXT_MAX = 2000
_NAME_MAX = 250
_CALL_COLUMNS = (
    *("prompt_id", "repeat", "status", "error_type", "latency_ms", "ttft_ms", "cost_usd", "usage_tokens_in"),
    *("usage_tokens_out", "cost_status", "cost_reason", "prompt", "response", "request_id"),
)

Piece = tuple[str, Callable[[], None]]
"""What a piece of a run's content is, and what logs it."""


def sweep_start(sweep: TrackedSweep) -> RunStart:
    """Make what the parent run of a sweep starts with."""
    return RunStart(
        name=sweep.name,
        params={} if sweep.command is None else {"command": sweep.command},
        tags=_tags(sweep, {SWEEP_TAG: sweep.sweep_id}),
        started_at=sweep.started_at,
    )


def cell_start(run: TrackedRun, cell: str, parent: str | None) -> RunStart:
    """Make what the run of a cell starts with: its whole config as params.

    Args:
        run: its row.
        cell: its name among the cells of its sweep.
        parent: MLflow's id of the sweep's run; None for a single run.
    """
    tags = {RUN_TAG: run.run_id, "gencost.cell_key": run.cell_key}
    if run.sweep_id is not None:
        tags[SWEEP_TAG] = run.sweep_id
    if run.overrides:
        tags["gencost.overrides"] = run.overrides
    config = json.loads(run.config_json)
    tags["gencost.price"] = json.dumps(_price(config))
    params = flat({**config, "pricing": {k: v for k, v in config["pricing"].items() if k not in {"models", "aliases"}}})
    return RunStart(
        name=run_name(run, cell),
        params=params,
        tags=_tags(run, tags),
        started_at=run.started_at,
        parent=parent,
    )


def run_name(run: TrackedRun, cell: str) -> str:
    """The name of a cell's MLflow run, with its shard; MLflow keeps no more than 250 characters."""
    shard = "" if run.shard is None else f" [shard {run.shard} of {run.shards}]"
    return f"{cell[: _NAME_MAX - len(shard)]}{shard}"


def prompt_input(run: TrackedRun) -> PromptInput | None:
    """The prompt set of a cell; None if an older GenCost recorded it, which kept no digest."""
    if run.prompts_digest is None:
        return None
    prompts = json.loads(run.config_json)["prompts"]
    source = str(prompts.get("path", ""))
    return PromptInput(
        name=run.prompts_name or "prompts",
        digest=run.prompts_digest,
        source=source,
        rows=run.prompts_rows,
    )


def run_end(
    results: Results,
    note: Callable[[], str],
    tables: Mapping[str, Callable[[], pd.DataFrame]],
    series: tuple[Callable[[], pd.DataFrame], int] | None,
) -> RunEnd:
    """Put together what makes the content that an MLflow run ends with.

    Args:
        results: of its cell, or of all cells of its sweep.
        note: makes the Markdown of its description.
        tables: name -> what makes a table.
        series: reads the times of each call of a cell and what is logged of it, and how many calls may have it; None
            for a sweep.
    """
    columns = {**SERIES, f"score_{results.score}": QUALITY_SERIES}
    return RunEnd(
        note=note,
        errors=lambda: _errors(results),
        metrics=results.metrics,
        series=None if series is None else lambda: call_series(series[0](), columns, series[1]),
        tables={name: lambda make=make: plain_table(make()) for name, make in tables.items()},  # type: ignore[misc]
    )


def plain_table(frame: pd.DataFrame) -> Table:
    """Return a table as plain values, moments in ISO 8601."""
    content = json.loads(frame.to_json(orient="split", index=False, date_format="iso"))
    return {"columns": content["columns"], "data": content["data"]}


def call_series(calls: pd.DataFrame, columns: Mapping[str, str], at_most: int) -> Series:
    """Return per-call values by step.

    Args:
        calls: one row a call; NaN is left out.
        columns: column of ``calls`` -> metric name; a column that is not there is left out.
        at_most: the most calls that are kept, evenly spaced.
    """
    every = -(-len(calls) // at_most) if len(calls) else 1
    kept = calls.sort_values("ts", kind="stable").iloc[::every]
    times = kept["ts"].dt.as_unit("ms").astype("int64").tolist()
    points = [
        (metric, float(value), ts, step * every)
        for column, metric in columns.items()
        if column in kept
        for step, (ts, value) in enumerate(zip(times, kept[column], strict=True))
        if value == value and value is not None  # noqa: PLR0124 - NaN is not itself
    ]
    return {"every": every, "calls": len(calls), "points": points}


def end_pieces(tracking: Tracking, run_id: str, end: RunEnd, at: Point) -> list[Piece]:
    """Return functions that log the results of a run, one for each piece, so that one may fail without the others.

    Args:
        tracking: where.
        run_id: MLflow's id of it.
        end: its results; metrics are logged at the step and time of ``at``.
        at: its last moment; the metrics of it are not read.
    """

    def log_metrics() -> None:
        last = Point(step=at.step, at=at.at, metrics=dict(end.metrics()))
        tracking.log_points(run_id, [_last(tracking, run_id, last)])

    def log_series(make: Callable[[], Series]) -> None:
        tracking.log_series(run_id, make())

    def log_table(name: str, make: Callable[[], Table]) -> None:
        tracking.log_table(run_id, make(), f"{name}.json")

    pieces: list[Piece] = [
        ("the description", lambda: tracking.tag(run_id, {NOTE_TAG: end.note()})),
        ("the errors", lambda: tracking.tag(run_id, {ERRORS_TAG: end.errors()})),
        ("the metrics", log_metrics),
        *([] if end.series is None else [("the metrics of each call", partial(log_series, end.series))]),
    ]
    return [*pieces, *((f"the table {name}", partial(log_table, name, make)) for name, make in end.tables.items())]


def _errors(results: Results) -> str:
    """The error types of calls without an answer, with their counts."""
    counts: Counter[str] = Counter()
    for summary in results.summaries:
        counts.update(summary.outcome.errors)
    return ", ".join(f"{kind} {calls}" for kind, calls in counts.most_common()) or "none"


def file_pieces(tracking: Tracking, run_id: str, files: Sequence[Path]) -> list[Piece]:
    """Return functions that log the artifacts of a run, one each."""
    return [(f"the artifact {path.name}", partial(tracking.log_files, run_id, [path])) for path in files]


def _last(tracking: Tracking, run_id: str, end: Point) -> Point:
    """Log a changed end of a run at a later step than the earlier end, as MLflow shows the last step."""
    step = tracking.last_step(run_id, "calls")
    if step is None or step < end.step:
        return end
    there = tracking.metrics(run_id)
    same = all(there.get(metric_key(name)) == value for name, value in end.metrics.items())
    return replace(end, step=step if same else step + 1)


def last_moment(started_at: datetime, ended_at: datetime) -> Point:
    """The moment a run ended: one second after the last one that ``analysis.timeline`` can give."""
    return Point(step=int((ended_at - started_at).total_seconds()) + 1, at=ended_at, metrics={})


def calls_table(engine: Engine, results: Results) -> pd.DataFrame:
    """The calls of a cell as a table for people: at most 1,000, evenly spaced, long texts cut; the CSV file has all.

    Args:
        engine: the metrics DB.
        results: of the cell.
    """
    import pandas as pd  # noqa: PLC0415 - heavy, only where MLflow is

    from gencost.analysis.rows import recorded_rows  # noqa: PLC0415 - likewise

    every = max(1, -(-len(results.calls) // _TABLE_ROWS))
    rows = pd.concat(recorded_rows(engine, results, every)).rename(columns={"answer": "response"})
    scores = [column for column in rows.columns if column.startswith("score_")]
    table = rows[[*_CALL_COLUMNS[:7], *scores, *_CALL_COLUMNS[7:]]].reset_index(drop=True)
    for column in ("prompt", "response"):
        table[column] = table[column].str.slice(0, _TEXT_MAX)
    return table


def cells_table(summaries: Sequence[CellSummary]) -> pd.DataFrame:
    """The cells of a sweep side by side, unknown values empty."""
    import pandas as pd  # noqa: PLC0415 - heavy, only where MLflow is

    names = ("calls", "errors", "latency_p50_ms", "latency_p95_ms", "cost_usd_mean", "cost_usd_total", "quality_mean")
    rows = [{"cell": summary.cell, **{n: summary.metrics().get(n) for n in names}} for summary in summaries]
    return pd.DataFrame(rows, columns=["cell", *names])


def _tags(row: TrackedRun | TrackedSweep, more: Mapping[str, str]) -> dict[str, str]:
    tags = {
        "mlflow.user": row.user_name,
        "mlflow.source.git.commit": row.git_commit,
        "gencost.launcher": row.launcher,
        "gencost.host": row.host,
    }
    return {**{key: value for key, value in tags.items() if value}, **more}


def _price(config: Mapping[str, Any]) -> Any:
    """The price of the cell's own model, as the registry has it; None without one, or if a policy asks several."""
    if "provider" not in config:  # a policy's models are among its cells
        return None
    key = f"{config['provider'].get('name', '')}:{config['model']['name']}"
    key = (config["pricing"].get("aliases") or {}).get(key, key)
    return (config["pricing"].get("models") or {}).get(key)
