"""Cells that another process runs each: what is done before the first and after the last of them.

Invariant: the metrics DB says how a cell ended, not the process that ran it: that may be gone without a word.
"""

from __future__ import annotations

import contextlib
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gencost.config.cell import Cell
from gencost.config.sweep_settings import SweepSettings
from gencost.errors import ConfigError, MetricsDBError
from gencost.metrics_db import end_run
from gencost.metrics_db.resume import EarlierRun, settled, sweep_runs
from gencost.report.say import console, say
from gencost.runner.dry_run import print_estimate
from gencost.runner.plan import Plan
from gencost.runner.progress import CellCount, ProgressDisplay
from gencost.runner.resuming import as_today, check_resumable, identity
from gencost.sending.budget import Budget
from gencost.sweep.cell_run import CellEnd
from gencost.sweep.flow import checked
from gencost.sweep.recorded_cell import recorded_cell_is_missing
from gencost.sweep.stores import Stores
from gencost.sweep.sweep import Sweep
from gencost.types import RunStatus

_WATCH_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Jobs:
    """One batch of cells, each run by a process of its own.

    Attributes:
        plans: of the cells, checked here; each process makes its own again.
        stores: created before any process opens them.
        sweep: that the cells are part of.
    """

    plans: Sequence[Plan]
    stores: Stores
    sweep: Sweep

    @classmethod
    def open(cls, cells: Sequence[Cell], sweep: Sweep) -> Jobs | None:
        """Check every cell, create both stores and start the parent run.

        Returns:
            None if the cells were only asked what they would cost.

        Raises:
            UserError: a mistake in a cell; no process was started.
        """
        settings = SweepSettings.of(cells)
        plans = checked(cells, settings, sweep, Budget(settings.budget.usd))
        if settings.decision.sequential:
            raise ConfigError("decision.sequential=true needs all cells in one process: hydra/launcher=interleaved")
        if settings.dry_run:
            print_estimate(plans, settings.metrics_db_url, console)
            return None
        if (line := recorded_cell_is_missing(plans, "cells that other processes run")) is not None:
            say(line)
        stores = sweep.open(settings)
        try:
            sweep.begin(stores, _first(plans, stores, sweep) if settings.resume else plans[0])
        finally:
            sweep.release(stores)
        if stores.sync is not None:
            stores.sync.add([], sweep.sweep_id)
        sweep.notes[:] = _notes(plans, settings)
        return cls(plans=plans, stores=stores, sweep=sweep)

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Show how far the cells are while other processes run them."""
        counts = [CellCount(cell=plan.name, total=len(plan.draws)) for plan in self.plans]
        over = threading.Event()
        with ProgressDisplay(counts, console) as display:

            def watch() -> None:
                while not over.wait(_WATCH_S):
                    with contextlib.suppress(Exception):  # a failed query must not end the job
                        self.count(counts)
                        display.refresh()

            watcher = threading.Thread(target=watch, daemon=True)
            watcher.start()
            try:
                yield
            finally:
                over.set()
                watcher.join()

    def count(self, counts: Sequence[CellCount]) -> None:
        """Bring the counts up to what the metrics DB has, one for each plan."""
        engine, sweep_id = self.stores.engine, self.sweep.sweep_id
        counted = settled(engine, sweep_id)
        begun = as_today(sweep_runs(engine, sweep_id), self.plans)
        by_cell = {identity(run): counted[run.run_id] for run in begun if run.run_id in counted}
        for plan, count in zip(self.plans, counts, strict=True):
            now = by_cell.get(identity(plan))
            if now is not None:
                count.done, count.errors, count.unpriced = now.done, now.errors, now.unpriced
                count.pico_usd = now.pico_usd

    def gather(self, ends: Sequence[CellEnd | None], *, interrupted: bool) -> list[CellEnd]:
        """Find out how every cell ended, and end the runs of those whose process did not.

        Args:
            ends: what each process gave back; None where it gave nothing.
            interrupted: whether the user stopped them.
        """
        runs: dict[tuple[str, str, int | None], list[EarlierRun]] = defaultdict(list)
        ended = {end.run_id for end in ends if end is not None}
        for run in as_today(sweep_runs(self.stores.engine, self.sweep.sweep_id), self.plans):
            if run.run_id not in ended:
                runs[identity(run)].append(run)
        gathered = []
        for plan, reported_end in zip(self.plans, ends, strict=True):
            left = runs[identity(plan)]
            end = reported_end or self._ended_without_a_word(left.pop(0) if left else None, interrupted)
            self.sweep.ended(end.run_id, end.status)
            if end.reason is not None:
                say(f"{plan.name}: {end.reason}", bad=True)
            gathered.append(end)
        return gathered

    def _ended_without_a_word(self, run: EarlierRun | None, interrupted: bool) -> CellEnd:
        status: RunStatus = "interrupted" if interrupted else "failed"
        reason = "interrupted" if interrupted else "its process ended without a word; go on with resume=true"
        if run is None:
            return CellEnd(run_id=None, status=status, reason=reason)
        if run.status != "running":
            return CellEnd(run_id=run.run_id, status=run.status)  # type: ignore[arg-type]
        try:
            end_run(self.stores.engine, run.run_id, status, {"error_message": reason})
        except MetricsDBError as error:
            say(str(error), bad=True)
        return CellEnd(run_id=run.run_id, status=status, reason=reason)


def _first(plans: Sequence[Plan], stores: Stores, sweep: Sweep) -> Plan:
    """Return the first plan of a sweep that is resumed, with what it goes on with."""
    earlier = sweep.earlier(stores.engine, plans)
    check_resumable(plans, stores.engine, earlier)
    return replace(plans[0], earlier=earlier[0])


def _notes(plans: Sequence[Plan], settings: SweepSettings) -> list[str]:
    usd, n = settings.budget.usd, len(plans)
    notes = []
    if usd is not None and n > 1:
        notes.append(
            f"budget.usd={usd:g} holds for each of the {n} jobs by itself: together they may spend ${usd * n:g}."
        )
    if not plans[0].sender.limits.open and n > 1:
        notes.append("limits hold for each job by itself: all at once may ask for as many times as much.")
    return notes
