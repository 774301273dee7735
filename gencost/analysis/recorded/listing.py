"""The list of what is recorded: one entry a sweep, or a run that belongs to none; or one a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from gencost.analysis.recorded.corrections import newest
from gencost.analysis.recorded.policy_steps import made_for
from gencost.analysis.recorded.references import commands
from gencost.analysis.recorded.runs import Run, runs
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
        known: answers of known cost.
        sum_pico_usd: what those cost with all that a live policy had made for them, corrected ones included.
        unpriced: answers without a known cost.
    """

    calls: int = 0
    known: int = 0
    sum_pico_usd: int = 0
    unpriced: int = 0

    def __add__(self, other: Money) -> Money:
        """Put two together."""
        return Money(**{field.name: getattr(self, field.name) + getattr(other, field.name) for field in fields(Money)})

    @property
    def pico_usd(self) -> int | None:
        """The known costs; None if none is known."""
        return self.sum_pico_usd if self.known else None


@dataclass(frozen=True, kw_only=True)
class ListEntry:
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


def listed(engine: Engine, limit: int | None = None) -> list[ListEntry]:
    """List what commands recorded, the newest first.

    Args:
        engine: the metrics DB.
        limit: the most entries; None lists all.
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


def listed_runs(engine: Engine, run_ids: Sequence[str]) -> list[ListEntry]:
    """List runs, one entry each, in the order asked; the shards of a split cell are one.

    Raises:
        MetricsDBError: one is not there.
    """
    cells = runs(engine, run_ids=run_ids)
    money = _money(engine, cells)
    return [_entry(cell.run_id, [cell], money) for cell in cells]


def _entry(key: str, cells: Sequence[Run], money: dict[str, Money]) -> ListEntry:
    first = cells[0]
    alone = key == first.run_id
    return ListEntry(
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
    answers, known = func.count(responses.c.request_id), func.count(responses.c.cost_pico_usd)
    query = (
        select(requests.c.run_id, func.count(), answers, known, *sum_parts(responses.c.cost_pico_usd))
        .select_from(requests.outerjoin(responses))
        .where(requests.c.run_id.in_(parts), requests.c.role == "sample")
        .group_by(requests.c.run_id)
    )
    with engine.connect() as connection:
        sums = {
            run_id: Money(calls=calls, known=priced, unpriced=answered - priced, sum_pico_usd=whole(high, low) or 0)
            for run_id, calls, answered, priced, high, low in connection.execute(query)
        }
        latest = newest(connection, parts)
        for run_id, change in (*_corrected(connection, latest), *_with_steps(connection, parts, latest)):
            sums[run_id] += change
    return sums


_Corrections = Mapping[str, Mapping[str, Any]]


def _corrected(connection: Connection, latest: _Corrections) -> list[tuple[str, Money]]:
    """The changes by the newest corrections, each with its run id."""
    sampled = (tables.requests.c.role == "sample") & tables.requests.c.from_cache.is_(False)
    rows = connection.execute(_COSTS.where(tables.requests.c.request_id.in_(latest), sampled)).all() if latest else []
    return [(row.run_id, _change(row.cost_pico_usd, latest[row.request_id]["cost_pico_usd"])) for row in rows]


def _with_steps(connection: Connection, run_ids: Sequence[str], latest: _Corrections) -> list[tuple[str, Money]]:
    """The changes by what a live policy had made for answers whose own cost is known, each with its run id."""
    made, requests, calls = made_for(connection, run_ids, latest), tables.requests, tables.requests.alias()
    parents = select(calls.c.parent_request_id).where(calls.c.parent_request_id.is_not(None))
    answers = requests.c.request_id.in_(parents) & requests.c.run_id.in_(run_ids) & (requests.c.role == "sample")
    changes = []
    for row in connection.execute(_COSTS.where(answers)).all() if made else ():
        corrected = row.request_id in latest and not row.from_cache
        pico = latest[row.request_id]["cost_pico_usd"] if corrected else row.cost_pico_usd
        before = made.get(row.request_id)
        if before is not None and pico is not None:
            whole_pico = None if before.pico_usd is None else pico + before.pico_usd
            changes.append((row.run_id, _change(pico, whole_pico)))
    return changes


_COSTS = select(
    *(tables.requests.c[name] for name in ("request_id", "run_id", "from_cache")), tables.responses.c.cost_pico_usd
).join(tables.responses)


def _change(was: int | None, now: int | None) -> Money:
    """The difference that another cost of an answer makes; None is an unknown one."""
    known = int(now is not None) - int(was is not None)
    return Money(known=known, unpriced=-known, sum_pico_usd=(now or 0) - (was or 0))
