"""The list of what is recorded: one entry a sweep, or a run that belongs to none; or one a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, Engine, case, func, select

from gencost.analysis.corrections import newest
from gencost.analysis.references import commands
from gencost.analysis.runs import Run, runs
from gencost.metrics_db import tables
from gencost.metrics_db.runs import worst
from gencost.metrics_db.sums import sum_parts, whole
from gencost.types import PICO_PER_USD
from gencost.values.cell_names import name_cells


@dataclass(frozen=True, kw_only=True)
class Money:
    """The calls of some runs, and what they cost.

    Attributes:
        calls: requests of role ``sample``, whatever became of them.
        pico_usd: known costs of their answers, corrected ones included; None if none is known.
        unpriced: answers without a known cost.
    """

    calls: int = 0
    pico_usd: int | None = None
    unpriced: int = 0

    def __add__(self, other: Money) -> Money:
        """Put two together; what is unknown in both stays unknown."""
        known = [pico for pico in (self.pico_usd, other.pico_usd) if pico is not None]
        calls, unpriced = self.calls + other.calls, self.unpriced + other.unpriced
        return Money(calls=calls, pico_usd=sum(known) if known else None, unpriced=unpriced)


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One entry of the list.

    Attributes:
        key: id of the sweep or run.
        kind: sweep | run | imported | application.
        name: of the experiment.
        cell: of a single run; None for a sweep.
        started_at: UTC; of a sweep when its first cell began.
        cells: how many it has; the shards of a split cell count once.
        money: its calls and their cost.
        status: of a sweep the worst of its cells.
    """

    key: str
    kind: str
    name: str
    cell: str | None
    started_at: datetime
    cells: int
    money: Money
    status: str

    @property
    def cost_usd(self) -> float | None:
        """Known costs, USD; None if none is known."""
        return None if self.money.pico_usd is None else self.money.pico_usd / PICO_PER_USD


def listed(engine: Engine, limit: int | None = None) -> list[Listed]:
    """List what commands recorded, the newest first.

    Args:
        engine: the metrics DB.
        limit: so many at most; None lists all.
    """
    shown = commands(engine)[:limit]
    cells = runs(engine, run_ids=[run_id for command in shown for run_id in command.run_ids])
    money = _money(engine, cells)
    of_key: dict[str, list[Run]] = {}
    for cell in cells:
        of_key.setdefault(cell.sweep_id or cell.run_id, []).append(cell)
    entries = [_entry(command.key, of_key[command.key], money) for command in shown]
    return [entry if entry.cell is None else replace(entry, cell=_model(of_key[entry.key])) for entry in entries]


def _model(cells: Sequence[Run]) -> str:
    """A single run is named by its model, whatever else is listed."""
    return name_cells([cells[0].recorded])[0]


def listed_runs(engine: Engine, run_ids: Sequence[str]) -> list[Listed]:
    """List runs, one entry each, in the order asked; the shards of a split cell are one.

    Raises:
        MetricsDBError: one is not there.
    """
    cells = runs(engine, run_ids=run_ids)
    money = _money(engine, cells)
    return [_entry(cell.run_id, [cell], money) for cell in cells]


def _entry(key: str, cells: Sequence[Run], money: dict[str, Money]) -> Listed:
    first = cells[0]
    alone = key == first.run_id
    return Listed(
        key=key,
        kind=first.kind or ("run" if alone else "sweep"),
        name=first.name,
        cell=first.cell if alone else None,
        started_at=min(cell.started_at for cell in cells),
        cells=len(cells),
        money=sum((money.get(part, Money()) for cell in cells for part in cell.parts), Money()),
        status=worst([cell.status for cell in cells]),  # type: ignore[misc]  # as the DB has them
    )


def _money(engine: Engine, cells: Sequence[Run]) -> dict[str, Money]:
    """Count calls and sum costs by run id; runs without a call are left out."""
    requests, responses = tables.requests, tables.responses
    parts = [part for cell in cells for part in cell.parts]
    unpriced = case((responses.c.request_id.is_not(None) & responses.c.cost_pico_usd.is_(None), 1), else_=0)
    query = (
        select(requests.c.run_id, func.count(), func.sum(unpriced), *sum_parts(responses.c.cost_pico_usd))
        .select_from(requests.outerjoin(responses))
        .where(requests.c.run_id.in_(parts), requests.c.role == "sample")
        .group_by(requests.c.run_id)
    )
    with engine.connect() as connection:
        sums = {
            run_id: Money(calls=calls, unpriced=int(unpriced), pico_usd=whole(high, low))
            for run_id, calls, unpriced, high, low in connection.execute(query)
        }
        for run_id, change in _corrections(connection, parts):
            sums[run_id] += change
    return sums


def _corrections(connection: Connection, run_ids: Sequence[str]) -> list[tuple[str, Money]]:
    """The changes by the newest corrections, each with its run id."""
    latest = newest(connection, run_ids)
    requests, responses = tables.requests, tables.responses
    query = select(requests.c.request_id, requests.c.run_id, responses.c.cost_pico_usd).join(responses)
    sampled = (requests.c.role == "sample") & requests.c.from_cache.is_(False)
    rows = connection.execute(query.where(requests.c.request_id.in_(latest), sampled)).all() if latest else []
    return [(row.run_id, _change(row.cost_pico_usd, latest[row.request_id]["cost_pico_usd"])) for row in rows]


def _change(recorded: int | None, corrected: int | None) -> Money:
    known = None if recorded is None and corrected is None else (corrected or 0) - (recorded or 0)
    return Money(pico_usd=known, unpriced=int(corrected is None) - int(recorded is None))
