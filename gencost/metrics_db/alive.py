"""Whether the process that makes the calls of a run is alive: on this host by its id, elsewhere by its heartbeat."""

from __future__ import annotations

import contextlib
import os
import platform
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, update
from sqlalchemy.exc import DBAPIError

from gencost.metrics_db.tables import runs
from gencost.process.day_clock import DAY_CLOCK

BEAT_S = 10.0
SILENT_S = 90.0
"""A process on another host that said nothing for so long is taken for dead; clocks of hosts may differ meanwhile."""


def say_alive(engine: Engine) -> None:
    """Record that this process is alive, and so the runs that it makes the calls of; a DB that is away misses it."""
    DAY_CLOCK.put_right()
    mine = (runs.c.status == "running") & (runs.c.host == platform.node()) & (runs.c.pid == os.getpid())
    with contextlib.suppress(DBAPIError), engine.begin() as connection:
        connection.execute(update(runs).where(mine).values(seen_at=datetime.now(UTC)))


def is_run_by_another(host: str | None, pid: int | None, seen_at: datetime | None) -> bool:
    """Whether a run that is recorded as running belongs to another process that is alive.

    Args:
        host: of its process.
        pid: of its process.
        seen_at: its last heartbeat; None if there was none.
    """
    if pid is None:
        return False
    if host == platform.node():
        return pid != os.getpid() and is_alive(pid)
    return seen_at is not None and datetime.now(UTC) - seen_at < timedelta(seconds=SILENT_S)


def is_alive(pid: int) -> bool:
    """Whether a process of this host exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it belongs to another user
        return True
    return True
