"""The rows of ``runs``, written when a run begins, when its score is chosen and when it ends."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, insert, update

from gencost.metrics_db.store import transaction
from gencost.metrics_db.tables import runs
from gencost.process.day_clock import DAY_CLOCK
from gencost.text.safe import storable
from gencost.types import RunStatus


def new_run_id() -> str:
    """Draw the id of a run: 16 hexadecimal digits, as each of its calls has it twice, in its row and in an index."""
    return os.urandom(8).hex()


def insert_runs(engine: Engine, rows: list[dict[str, Any]]) -> None:
    """Insert rows of ``runs``, all or none."""
    with transaction(engine) as connection:
        connection.execute(insert(runs), [_storable(row) for row in rows])


def _storable(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Make texts ones that every database keeps: names of files and words of a command line may not be UTF-8."""
    return {name: storable(it) if isinstance(it, str) else it for name, it in columns.items()}


def set_score(engine: Engine, run_ids: Sequence[str], score: str) -> None:
    """Choose the scorer whose mean is the quality of some runs."""
    with transaction(engine) as connection:
        connection.execute(update(runs).where(runs.c.run_id.in_(run_ids)).values(score=score))


def end_run(engine: Engine, run_id: str, status: RunStatus, facts: Mapping[str, Any] | None = None) -> None:
    """Close one row of ``runs``.

    Args:
        engine: the metrics DB.
        run_id: the cell.
        status: how it ended.
        facts: other columns to set, e.g. ``error_message``; None sets no other.
    """
    values = {**_storable(facts or {}), "status": status, "ended_at": DAY_CLOCK.now()}
    with transaction(engine) as connection:
        connection.execute(update(runs).where(runs.c.run_id == run_id).values(values))
