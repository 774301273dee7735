"""The recording of an application's calls: an open metrics DB, its writer, and the run that they belong to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, insert, select, update

from gencost.errors import MetricsDBError
from gencost.metrics_db.run_rows import end_run
from gencost.metrics_db.store import init_db, transaction
from gencost.metrics_db.tables import runs
from gencost.metrics_db.writer import Writer
from gencost.process.day_clock import DAY_CLOCK

APPLICATION = "application"


@dataclass(frozen=True, kw_only=True)
class Recording:
    """An open metrics DB.

    Attributes:
        writer: records the calls.
        run_id: the run of an application that ends with it; None without one.
        engine: that ends with it; None if it is somebody else's, and the writer, too.
        pid: of the process that opened it.
    """

    writer: Writer
    run_id: str | None
    engine: Engine | None
    pid: int

    @classmethod
    def open(cls, writer: Writer | None, run: Mapping[str, Any] | None) -> Recording:
        """Open it, and the run.

        Args:
            writer: that is to be used; None opens the metrics DB that ``LLMOPT_DB_URL`` names.
            run: a row of ``runs``; one of this id that is there already goes on. None: the calls belong to no run.

        Raises:
            MetricsDBError: it cannot be opened or written.
        """
        engine = init_db() if writer is None else None
        try:
            run_id = None if run is None else _begin(engine if writer is None else writer.engine, run)
            begun = Writer(engine).__enter__() if writer is None and engine is not None else writer
        except BaseException:
            if engine is not None:
                engine.dispose()
            raise
        assert begun is not None
        return cls(writer=begun, run_id=run_id, engine=engine, pid=os.getpid())

    def close(self) -> None:
        """Wait for queued rows, end the run, and close the writer and the DB that it opened."""
        if self.engine is not None:
            self.writer.__exit__(None, None, None)
        if self.run_id is not None:
            end_run(self.writer.engine, self.run_id, "finished")
        if self.engine is not None:
            self.engine.dispose()


def _begin(engine: Engine | None, run: Mapping[str, Any]) -> str | None:
    """Insert a run, or go on with an application's; return its id, or None if the run is another command's."""
    assert engine is not None
    run_id: str = run["run_id"]
    going = {"status": "running", "ended_at": None, "host": run["host"], "pid": run["pid"]}
    with transaction(engine) as connection:
        known = connection.execute(select(runs.c.kind).where(runs.c.run_id == run_id)).first()
        if known is None:
            if len(run_id) > runs.c.run_id.type.length:  # type: ignore[attr-defined]
                raise MetricsDBError(f"run_id {run_id!r} is longer than 36 characters: give run=..., which opens a run")
            connection.execute(insert(runs), {**run, "kind": APPLICATION, "started_at": DAY_CLOCK.now()})
        elif known.kind == APPLICATION:
            connection.execute(update(runs).where(runs.c.run_id == run_id).values(going))
        else:
            return None
    return run_id
