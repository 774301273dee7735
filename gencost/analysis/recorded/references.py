"""Words that mean recorded runs: an id, its first characters, ``last``, ``last~1``, or a name.

The one home of that: whatever takes a sweep or a run takes all of these.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Literal

from sqlalchemy import Engine, select

from gencost.analysis.recorded.runs import shown_db
from gencost.errors import MetricsDBError, nearest
from gencost.metrics_db import tables
from gencost.values.cell_names import RecordedCell, means, name_cells

Only = Literal["run", "sweep"]

LAST = "last"
STEPS_BACK = re.compile(r"last(~\d+)?")
_SHORTEST = 4
_SHOWN = 4
_STEPS = re.compile(r"(.+?)(?:~(\d+))?", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Command:
    """The runs that one command line recorded.

    Attributes:
        key: id of the sweep, or of the single run.
        sweep_id: None for a single run.
        name: of the experiment.
        cells: overrides of its runs, in the order of ``run_ids``.
        run_ids: oldest first.
    """

    key: str
    sweep_id: str | None
    name: str
    cells: tuple[str, ...]
    run_ids: tuple[str, ...]


def commands(engine: Engine) -> list[Command]:
    """Read what each command line recorded; the one with the run that started last comes first."""
    table = tables.runs
    query = select(table.c.run_id, table.c.sweep_id, table.c.name, table.c.cell)
    with engine.connect() as connection:
        rows = connection.execute(query.order_by(table.c.started_at, table.c.cell)).all()
    last_place = {row.sweep_id or row.run_id: place for place, row in enumerate(rows)}
    runs_of: dict[str, list[tuple[str, str]]] = {key: [] for key in last_place}
    for row in rows:
        runs_of[row.sweep_id or row.run_id].append((row.run_id, row.cell))
    return [
        Command(
            key=key,
            sweep_id=rows[place].sweep_id,
            name=rows[place].name,
            cells=tuple(cell for _, cell in runs_of[key]),
            run_ids=tuple(run_id for run_id, _ in runs_of[key]),
        )
        for key, place in sorted(last_place.items(), key=lambda item: -item[1])
    ]


def last_command(engine: Engine) -> list[str]:
    """Find what the last command recorded: the run that started last, with all cells of its sweep; empty if none."""
    table = tables.runs
    with engine.connect() as connection:
        last = connection.execute(
            select(table.c.run_id, table.c.sweep_id).order_by(table.c.started_at.desc(), table.c.cell).limit(1)
        ).first()
        if last is None or last.sweep_id is None:
            return [] if last is None else [last.run_id]
        mates = select(table.c.run_id).where(table.c.sweep_id == last.sweep_id)
        return list(connection.scalars(mates.order_by(table.c.started_at, table.c.cell)))


def named_runs(engine: Engine, references: Sequence[str], only: Only | None = None) -> list[str]:
    """Find the runs that some references mean.

    Args:
        engine: the metrics DB.
        references: each an id of a sweep or run or at least 4 first characters of it, ``last``, or the name of an
            experiment or cell, which means the newest of that name; ``~1`` behind it means the one before.
        only: take no ids of the other kind; None takes both.

    Returns:
        The run ids, a sweep's oldest first; each once.

    Raises:
        MetricsDBError: one of them means nothing, or several things.
    """
    known = commands(engine)
    meant = [run_id for reference in references for run_id in _meant(engine, known, reference, only)]
    return list(dict.fromkeys(meant))


def _meant(engine: Engine, known: Sequence[Command], reference: str, only: Only | None) -> Sequence[str]:
    by_id = _by_id(known, reference, only)
    named = None if reference in by_id else _by_name(engine, known, reference, only)  # a whole id means that alone
    ways = [*by_id.values(), *([] if named is None else [named])]
    if len(ways) == 1:
        return ways[0]
    what = only or "run"
    if not ways:
        names = {
            LAST,
            *(each for command in known for each in (command.name, *command.cells, *command.run_ids, command.key)),
        }
        short = f"; give at least {_SHORTEST} characters of the id" if len(reference) < _SHORTEST else ""
        hint = nearest(reference, names) + short
        raise MetricsDBError(
            f"{what} {reference!r}: no {what} begins like this or has this name in the metrics DB "
            f"{shown_db(engine)}{hint}; see gencost list"
        )
    shown = ", ".join([*by_id, *([] if named is None else [f"the name {reference}"])][:_SHOWN])
    more = f" and {len(ways) - _SHOWN} more" if len(ways) > _SHOWN else ""
    raise MetricsDBError(f"{what} {reference!r}: several {what}s begin like this: {shown}{more}; give more of the id")


def _by_id(known: Sequence[Command], start: str, only: Only | None) -> dict[str, Sequence[str]]:
    """Sweeps and runs whose id is this or, from four characters on, begins like it."""
    ids: dict[str, Sequence[str]] = {}
    for command in known:
        if only != "sweep":
            ids |= {run_id: (run_id,) for run_id in command.run_ids}
        if only != "run" and command.sweep_id is not None:
            ids[command.sweep_id] = command.run_ids
    if start in ids:
        return {start: ids[start]}
    begin = {key: runs for key, runs in ids.items() if key.startswith(start)} if len(start) >= _SHORTEST else {}
    if only is None and len(begin) > 1:  # a sweep is meant before its own runs
        sweeps = {command.sweep_id for command in known}
        begin = {key: run_ids for key, run_ids in begin.items() if key in sweeps} or begin
    return begin


def _by_name(engine: Engine, known: Sequence[Command], reference: str, only: Only | None) -> Sequence[str] | None:
    """The runs of the newest command of a name, or of the one ``~`` says before it; None without one."""
    match = _STEPS.fullmatch(reference)
    name, steps = (match[1], int(match[2] or 0)) if match else (reference, 0)
    candidates = [command for command in known if only != "sweep" or command.sweep_id is not None]
    experiments = [candidate.run_ids for candidate in candidates if name in (LAST, candidate.name)]
    cells = [] if only == "sweep" else [run_ids for command in known if (run_ids := _of_cell(command, name))]
    newest = experiments or cells
    if not newest:
        return None
    if steps >= len(newest):
        raise MetricsDBError(
            f"{reference}: there are {len(newest)} {'' if name == LAST else f'of the name {name} '}in the metrics DB "
            f"{shown_db(engine)}; see gencost list"
        )
    return newest[steps]


def _of_cell(command: Command, name: str) -> list[str]:
    """The runs of a command whose cell has this name, these overrides, or a key of this value."""
    recorded = [RecordedCell(overrides=cell, identity=cell) for cell in command.cells]
    ways = (
        [name in both for both in zip(command.cells, name_cells(recorded), strict=True)],
        [means(name, cell) for cell in command.cells],
    )
    return list(compress(command.run_ids, next((way for way in ways if any(way)), ())))
