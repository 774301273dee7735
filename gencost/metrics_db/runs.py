"""The records about MLflow: sweeps, runs, the MLflow run of each, and what is missing there."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, Table, insert, select, update

from gencost.errors import MetricsDBError
from gencost.metrics_db.alive import is_alive
from gencost.metrics_db.store import transaction
from gencost.metrics_db.tables import runs, sweeps
from gencost.process.day_clock import DAY_CLOCK
from gencost.types import RunStatus


@dataclass(frozen=True, kw_only=True)
class TrackedSweep:
    """One row of ``sweeps``; see the comments of its columns."""

    sweep_id: str
    name: str
    command: str | None
    launcher: str | None
    user_name: str | None
    git_commit: str | None
    host: str | None
    pid: int | None
    mlflow_run_id: str | None
    status: RunStatus
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class TrackedRun:
    """One row of ``runs``; see the comments of its columns."""

    run_id: str
    sweep_id: str | None
    name: str
    cell: str
    shard: int | None
    shards: int | None
    mlflow_run_id: str | None
    config_json: str
    cell_key: str
    score: str | None
    score_late: bool | None
    git_commit: str | None
    command: str | None
    overrides: str | None
    launcher: str | None
    user_name: str | None
    host: str | None
    pid: int | None
    prompts_name: str | None
    prompts_digest: str | None
    prompts_rows: int | None
    status: RunStatus
    started_at: datetime
    ended_at: datetime | None


_SWEEP = tuple(sweeps.c[f.name] for f in fields(TrackedSweep))
_RUN = tuple(runs.c[f.name] for f in fields(TrackedRun))


def tracked_run(engine: Engine, run_id: str) -> TrackedRun:
    """Read one run.

    Raises:
        MetricsDBError: it is not there.
    """
    with engine.connect() as connection:
        row = connection.execute(select(*_RUN, runs.c.kind).where(runs.c.run_id == run_id)).first()
    if row is None:
        raise MetricsDBError(f"run {run_id!r} is not in the metrics DB")
    if row.kind is not None:
        raise MetricsDBError(
            f"run {run_id!r} is of kind {row.kind}: MLflow has the cells of experiments alone; name one of them"
        )
    return TrackedRun(**{name: value for name, value in row._mapping.items() if name != "kind"})


def tracked_sweep(engine: Engine, sweep_id: str) -> TrackedSweep:
    """Read one sweep; one that an older GenCost recorded is put together from its cells.

    Raises:
        MetricsDBError: it is not there.
    """
    with engine.connect() as connection:
        row = connection.execute(select(*_SWEEP).where(sweeps.c.sweep_id == sweep_id)).first()
    if row is not None:
        return TrackedSweep(**row._mapping)
    cells = [tracked_run(engine, run_id) for run_id in runs_of_sweep(engine, sweep_id)]
    if not cells:
        raise MetricsDBError(f"sweep {sweep_id!r} is not in the metrics DB")
    ends = [cell.ended_at for cell in cells if cell.ended_at is not None]
    shared: dict[str, Any] = {f.name: getattr(cells[0], f.name) for f in fields(TrackedSweep)}
    shared |= {"mlflow_run_id": None, "status": worst([cell.status for cell in cells])}
    return TrackedSweep(**{**shared, "ended_at": max(ends) if len(ends) == len(cells) else None})


def runs_of_sweep(engine: Engine, sweep_id: str) -> list[str]:
    """Name the cells of a sweep, oldest first."""
    query = select(runs.c.run_id).where(runs.c.sweep_id == sweep_id).order_by(runs.c.started_at, runs.c.cell)
    with engine.connect() as connection:
        return list(connection.scalars(query))


def behind(engine: Engine) -> list[str]:
    """Name the runs that MLflow is known to have incompletely, oldest first."""
    query = select(runs.c.run_id).where(runs.c.mlflow_error.is_not(None)).order_by(runs.c.started_at)
    with engine.connect() as connection:
        return list(connection.scalars(query))


def behind_sweeps(engine: Engine) -> list[str]:
    """Name the sweeps of whose parent run MLflow is known to lack something, oldest first."""
    query = select(sweeps.c.sweep_id).where(sweeps.c.mlflow_error.is_not(None)).order_by(sweeps.c.started_at)
    with engine.connect() as connection:
        return list(connection.scalars(query))


def all_runs(engine: Engine) -> list[str]:
    """Name every run that is a cell of an experiment, oldest first; MLflow has no others."""
    cells = select(runs.c.run_id).where(runs.c.kind.is_(None)).order_by(runs.c.started_at, runs.c.cell)
    with engine.connect() as connection:
        return list(connection.scalars(cells))


def begin_sweep(engine: Engine, row: Mapping[str, Any]) -> None:
    """Insert a sweep, or mark one that is resumed as running again."""
    again = {"status": "running", "ended_at": None, "host": row.get("host"), "pid": row.get("pid")}
    with transaction(engine) as connection:
        known = update(sweeps).where(sweeps.c.sweep_id == row["sweep_id"]).values(again)
        if connection.execute(known).rowcount == 0:
            connection.execute(insert(sweeps), dict(row))


def end_sweep(engine: Engine, sweep_id: str, status: RunStatus) -> None:
    """Close a sweep."""
    _set(engine, sweeps, sweep_id, {"status": status, "ended_at": DAY_CLOCK.now()})


def set_mlflow_run(engine: Engine, key: str, mlflow_run_id: str) -> None:
    """Note which MLflow run a run, or the parent of a sweep, is."""
    for table in (runs, sweeps):
        _set(engine, table, key, {"mlflow_run_id": mlflow_run_id})


def set_mlflow_error(engine: Engine, key: str, why: str | None) -> None:
    """Note why MLflow lacks part of a run or of a sweep; None: it lacks nothing."""
    for table in (runs, sweeps):
        _set(engine, table, key, {"mlflow_error": why})


def mark_behind(engine: Engine, run_ids: Sequence[str], why: str) -> None:
    """Note that MLflow lacks something of runs that it has, and of their sweeps, so that a plain sync finds them."""
    tracked = runs.c.run_id.in_(run_ids) & runs.c.mlflow_run_id.is_not(None)
    parents = sweeps.c.sweep_id.in_(select(runs.c.sweep_id).where(tracked)) & sweeps.c.mlflow_run_id.is_not(None)
    with transaction(engine) as connection:
        connection.execute(update(sweeps).where(parents).values(mlflow_error=why))
        connection.execute(update(runs).where(tracked).values(mlflow_error=why))


def _set(engine: Engine, table: Table, key: str, values: Mapping[str, Any]) -> None:
    (primary,) = table.primary_key.columns
    with transaction(engine) as connection:
        connection.execute(update(table).where(primary == key).values(**values))


@dataclass(frozen=True, kw_only=True)
class Interrupted:
    """Runs that nobody runs any more although they were recorded as running; marked ``interrupted`` now.

    Attributes:
        runs: their ids.
        sweeps: their ids.
    """

    runs: Sequence[str]
    sweeps: Sequence[str]


def interrupt(engine: Engine, run_ids: Sequence[str] | None = None, *, of_pid: int | None = None) -> Interrupted:
    """Mark as interrupted what is ``running`` in the metrics DB, but not in truth.

    Args:
        engine: the metrics DB.
        run_ids: these runs and their sweeps, whatever became of their processes; None: those whose process was on this
            host and is gone. A process id that another process got since hides a dead run: name it then.
        of_pid: only those of this process, which is known to be gone; None: of any.
    """
    interrupted = []
    for table in (runs, sweeps):
        (key,) = table.primary_key.columns
        query = select(key, table.c.host, table.c.pid).where(table.c.status == "running")
        if run_ids is not None:
            sweep_ids = select(runs.c.sweep_id).where(runs.c.run_id.in_(run_ids))
            query = query.where(key.in_(run_ids if table is runs else sweep_ids))
        with engine.connect() as connection:
            rows = connection.execute(query).all()
        gone = [row[0] for row in rows if run_ids is not None or _is_gone(row.host, row.pid, of_pid)]
        values = {"status": "interrupted", "ended_at": datetime.now(UTC)}
        with transaction(engine) as connection:
            still = update(table).where(key.in_(gone), table.c.status == "running")
            connection.execute(still.values(**values))
        interrupted.append(gone)
    return Interrupted(runs=interrupted[0], sweeps=interrupted[1])


def _is_gone(host: str | None, pid: int | None, of_pid: int | None) -> bool:
    if host != platform.node() or pid is None:
        return False
    return pid == of_pid if of_pid is not None else not is_alive(pid)


def worst(statuses: Sequence[RunStatus]) -> RunStatus:
    """The status of a sweep: failed if a cell failed, else interrupted or over budget if one was, else finished."""
    order: list[RunStatus] = ["running", "failed", "interrupted", "over_budget"]
    return next((status for status in order if status in statuses), "finished")
