"""The list of cells: the rows of ``runs``, the shards of a split cell put together, each with a name for people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select

from gencost.analysis.recorded.asked_load import AskedLoad
from gencost.errors import MetricsDBError, nearest
from gencost.metrics_db import tables
from gencost.values.cell_names import RecordedCell, name_cells

_GIVING_AGAIN = frozenset(
    {"gencost.providers.replay.ReplayProvider", "gencost.traffic.recorded_answers.RecordedAnswers"}
)
_DRAWING = frozenset({"gencost.providers.mock.MockProvider"})
_NOTHING = RecordedCell(overrides="", identity="")


@dataclass(frozen=True, kw_only=True)
class Run:
    """One cell: the columns of ``runs`` that its readers need; the shards of a split cell are put together again.

    Attributes:
        run_id: the cell's id; of several shards, that of the first.
        sweep_id: the multirun it belongs to; None for a single run.
        name: ``cfg.name``.
        cell: its name: what sets it apart from the runs read together: ``small``; see ``gencost.values.cell_names``.
        mlflow_run_id: None with ``tracking=none``.
        score: the scorer whose mean is the cell's quality; None if it has none.
        seed: of the draw and of the mock.
        status: running | finished | failed | interrupted.
        error_message: why it failed; None unless failed.
        started_at: UTC.
        ended_at: UTC; None while running.
        client_bound: the client was too slow for true latencies; None if it was not watched.
        loop_lag_p99_ms: how late its event loop ran; None if it was not watched.
        decided_json: how a sequential test decided it; None if none did.
        mlflow_error: why MLflow lacks part of it; None if nothing is known to be missing.
        cell_key: hash of what defines its calls, the same for all its shards.
        shards: into how many runs it was split; None if it is whole.
        shard: which of them it is; None if it is whole, or several of them made one.
        parts: the run ids that it is made of.
        kind: imported | application; None for a cell of an experiment.
        prompts_name: of its prompt set; None if an older GenCost recorded it.
        recorded: what its name is made of; by default its name.
        load: that it was asked to make; None if unknown, and for several shards together.
        replayed: its answers were recorded before and given again without waiting, so that it has no rates.
        waited: its calls really took their latencies; otherwise it is unknown how many were in flight at once.
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
    decided_json: str | None = None
    mlflow_error: str | None = None
    cell_key: str = ""
    shards: int | None = None
    shard: int | None = None
    parts: tuple[str, ...] = ()
    kind: str | None = None
    prompts_name: str | None = None
    recorded: RecordedCell = _NOTHING
    load: AskedLoad | None = None
    replayed: bool = False
    waited: bool = True

    def __post_init__(self) -> None:
        """A run that is whole is its only part; one made without what is recorded has its name."""
        object.__setattr__(self, "parts", self.parts or (self.run_id,))
        if self.recorded is _NOTHING:
            object.__setattr__(self, "recorded", RecordedCell(overrides=self.cell, identity=self.run_id))


_RUN = tuple(f.name for f in fields(Run) if f.name not in {"parts", "recorded", "load", "replayed", "waited"})


def runs(engine: Engine, *, sweep_id: str | None = None, run_ids: Sequence[str] | None = None) -> list[Run]:
    """Read runs.

    Args:
        engine: the metrics DB.
        sweep_id: only the cells of this sweep; None means of any.
        run_ids: only these, in this order; None means all, oldest first.

    Returns:
        One a cell: shards of one sweep are put together. Each is named by what sets it apart from the others; one that
        is read alone, by what sets it apart from the other cells of its sweep.

    Raises:
        MetricsDBError: a run_id or the sweep is not there.
    """
    columns = [tables.runs.c[name] for name in _RUN]
    query = select(*columns, tables.runs.c.config_json).order_by(tables.runs.c.started_at, tables.runs.c.cell)
    if sweep_id is not None:
        query = query.where(tables.runs.c.sweep_id == sweep_id)
    if run_ids is not None:
        query = query.where(tables.runs.c.run_id.in_(run_ids))
    with engine.connect() as connection:
        rows = [_run(row) for row in connection.execute(query)]
    if sweep_id is not None and not rows:
        raise MetricsDBError(f"sweep {sweep_id!r} has no run in the metrics DB {shown_db(engine)}: check the id")
    cells = whole(rows if run_ids is None else _in_order(engine, rows, run_ids))
    mates = _mates(engine, cells[0]) if len(cells) == 1 else []
    names = name_cells([*(run.recorded for run in cells), *mates])
    return [replace(run, cell=name) for run, name in zip(cells, names, strict=False)]


def _run(row: Any) -> Run:
    """Make a run of a row of ``runs``."""
    columns = dict(row._mapping)
    config = json.loads(columns.pop("config_json") or "{}")
    model, given = (config.get("model") or {}).get("name"), config.get("cell_names") or {}
    recorded = RecordedCell(overrides=row.cell, identity=row.run_id, model=model, given=given)
    provider = config.get("provider") or {}
    again, drawn = (provider.get("_target_") in targets for targets in (_GIVING_AGAIN, _DRAWING))
    waited = bool(provider.get("sleep", drawn)) if again or drawn else True
    load = None if again and not waited else AskedLoad.of(config)
    return Run(**columns, recorded=recorded, load=load, replayed=again and not waited, waited=waited)


def _mates(engine: Engine, run: Run) -> list[RecordedCell]:
    """The other cells of the sweep of a cell that is read alone, so that it gets the name that it has among them."""
    table = tables.runs
    if run.sweep_id is None:
        return []
    query = select(table.c.run_id, table.c.cell, table.c.cell_key, table.c.shards).where(
        table.c.sweep_id == run.sweep_id, table.c.run_id.not_in(run.parts)
    )
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    mates = {}
    for row in rows:
        same = row.shards is not None and (row.cell, row.cell_key) == (run.recorded.overrides, run.cell_key)
        identity = f"{row.cell_key}{row.cell}" if row.shards is not None else row.run_id
        if not same:
            mates[identity] = RecordedCell(overrides=row.cell, identity=identity, given=run.recorded.given)
    return list(mates.values())


# The status of a cell is the first of these that one of its shards has.
_STATUSES = ("running", "failed", "interrupted", "over_budget", "finished")


def whole(recorded: Sequence[Run]) -> list[Run]:
    """Put the shards of each cell of a sweep together; a shard that is there twice begins another cell."""
    cells: dict[tuple[Any, ...], list[Run]] = {}
    seen: Counter[tuple[Any, ...]] = Counter()
    for run in recorded:
        if run.shards is None or run.sweep_id is None:
            cells[(run.run_id,)] = [run]
            continue
        key = (run.sweep_id, run.name, run.cell, run.cell_key, run.shards)
        seen[*key, run.shard] += 1
        cells.setdefault((*key, seen[*key, run.shard]), []).append(run)
    return [parts[0] if len(parts) == 1 else _together(parts) for parts in cells.values()]


def _together(parts: list[Run]) -> Run:
    ends = [part.ended_at for part in parts]
    bound = [part.client_bound for part in parts if part.client_bound is not None]
    return replace(
        parts[0],
        load=None,
        shard=None,
        parts=tuple(part.run_id for part in parts),
        status=next(status for status in _STATUSES if status in {part.status for part in parts}),
        error_message=next((part.error_message for part in parts if part.error_message is not None), None),
        mlflow_error=next((part.mlflow_error for part in parts if part.mlflow_error is not None), None),
        started_at=min(part.started_at for part in parts),
        ended_at=None if None in ends else max(end for end in ends if end is not None),
        client_bound=any(bound) if bound else None,
        loop_lag_p99_ms=max((p.loop_lag_p99_ms for p in parts if p.loop_lag_p99_ms is not None), default=None),
    )


def shown_db(engine: Engine) -> str:
    """The URL of the metrics DB without its password."""
    return engine.url.render_as_string(hide_password=True)


def _in_order(engine: Engine, cells: list[Run], run_ids: Sequence[str]) -> list[Run]:
    by_id = {run.run_id: run for run in cells}
    for run_id in run_ids:
        if run_id not in by_id:
            with engine.connect() as connection:
                hint = nearest(run_id, connection.scalars(select(tables.runs.c.run_id)))
            raise MetricsDBError(f"run {run_id!r} is not in the metrics DB {shown_db(engine)}{hint}: check the id")
    return [by_id[run_id] for run_id in dict.fromkeys(run_ids)]
