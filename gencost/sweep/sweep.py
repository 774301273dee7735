"""A sweep: what its cells have in common, whether one process runs them or many."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gencost.config.cell import Cell
from gencost.config.sweep_settings import SweepSettings
from gencost.metrics_db import Engine
from gencost.metrics_db.resume import EarlierRun, sweep_runs
from gencost.metrics_db.runs import begin_sweep, end_sweep, tracked_sweep, worst
from gencost.process import provenance
from gencost.process.day_clock import DAY_CLOCK
from gencost.report.say import attempted, collected, now, say
from gencost.runner.plan import Plan
from gencost.runner.resuming import as_today, identity, last_of
from gencost.sending.budget import Budget
from gencost.sweep.early_stopping import check_decision, foreseen
from gencost.sweep.stores import Stores
from gencost.types import RunStatus

if TYPE_CHECKING:  # pandas is imported when the calls are over
    from gencost.decision.compare import Comparison


@dataclass(kw_only=True)
class Sweep:
    """One multirun: its cells may come in several batches.

    Attributes:
        output_dir: for what is made of all its cells.
        command: the command line that made it.
        launcher: Hydra's.
        sweep_id: a UUID.
        stores: where it goes; None until the first batch is checked.
        notes: printed below its table.
        broken: what ended it before its time; None if nothing did.
    """

    output_dir: Path
    command: str
    launcher: str
    sweep_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    stores: Stores | None = None
    notes: list[str] = field(default_factory=list)
    broken: RunStatus | None = None
    speaks = True
    alone = False
    _budget: Budget | None = None
    _foreseen: str | None = None
    _cell: Cell | None = None
    _statuses: dict[str, RunStatus] = field(default_factory=dict)

    def budget(self, settings: SweepSettings) -> Budget:
        """Return the budget of all batches."""
        if self._budget is None:
            self._budget = Budget(settings.budget.usd)
        return self._budget

    def check(self, plans: Sequence[Plan], settings: SweepSettings) -> None:
        """Check the criteria of the decision, and what so few prompts of the first batch cannot show."""
        check_decision(plans, settings)
        self._foreseen = foreseen(plans, settings.decision)
        if settings.dry_run:
            self._say_foreseen()

    def _say_foreseen(self) -> None:
        if self._foreseen is not None:
            say(self._foreseen)

    def open(self, settings: SweepSettings) -> Stores:
        """Open the stores with the first batch."""
        return self.stores or Stores.open(settings)

    def release(self, stores: Stores) -> None:
        """Close the stores of a sweep that did not begin; one that did keeps them until ``close``."""
        if self.stores is None:
            stores.close()

    def must_resume(self) -> bool:
        """Refuse to resume nothing."""
        return True

    def earlier(self, engine: Engine, plans: Sequence[Plan]) -> list[EarlierRun]:
        """Find the cells of the sweep that ``resume=true`` goes on with."""
        return last_of(plans, engine, of_sweep=True)

    def begin(self, stores: Stores, plan: Plan) -> None:
        """Record the sweep with its first batch, or go on with the one that is resumed.

        Args:
            stores: where it goes.
            plan: the first of the batch.
        """
        if self.stores is not None:
            return
        self.stores, self._cell = stores, plan.cell
        self._say_foreseen()
        if plan.earlier is not None and plan.earlier.sweep_id is not None:
            self.sweep_id = plan.earlier.sweep_id
        facts = {"name": plan.cell.config.name, "command": self.command, "launcher": self.launcher}
        now = {"status": "running", "started_at": DAY_CLOCK.now()}
        begin_sweep(stores.engine, {"sweep_id": self.sweep_id, **facts, **provenance.here(), **now})

    def ended(self, run_id: str | None, status: RunStatus) -> None:
        """Note how one cell ended; one without a run id never began."""
        if run_id is None:
            self.broken = worst([status, self.broken or "finished"])
        else:
            self._statuses[run_id] = status

    def close(self) -> None:
        """Compare the cells and end the sweep, whatever became of them."""
        if self.stores is None or self._cell is None:
            return
        status = worst([*self._statuses.values(), self.broken or "finished"])
        engine = self.stores.engine
        attempted("the end of the sweep", lambda: end_sweep(engine, self.sweep_id, status))
        files, comparison = self._publish(self.stores, self._cell) if self._statuses else ([], None)
        # What an optimising sweeper found, beside it.
        files += [path for path in [self.output_dir / "optimization_results.yaml"] if path.is_file()]
        for note in self.notes:
            say(note)
        if self.stores.sync is not None:
            self.stores.sync.ended(self.sweep_id, files, _for_mlflow(engine, comparison))
        self.stores.say_where("sweep", self.sweep_id, files, self.output_dir)
        self.stores.close()

    def _publish(self, stores: Stores, cell: Cell) -> tuple[list[Path], Comparison | None]:
        now("comparing, drawing" if cell.config.report.plots else "comparing")
        drawn: list[Path] = []
        made = attempted("what is made of the sweep", lambda: self._made(stores, cell, drawn))
        stores.wait_for_figures(self.sweep_id)  # those of its cells, too
        files, comparison = made or ([], None)
        return [*files, *drawn], comparison

    def _made(self, stores: Stores, cell: Cell, drawn: list[Path]) -> tuple[list[Path], Comparison | None] | None:
        """Make files and comparison; figures are added to those drawn. None without results."""
        from gencost.analysis.results import read_results  # noqa: PLC0415
        from gencost.report.files import figures, write_csv  # noqa: PLC0415 - no first call waits for pandas
        from gencost.report.publish import compare_as, conclude, write_report  # noqa: PLC0415
        from gencost.tracking.policy_overview import quick_section  # noqa: PLC0415

        results = attempted("the results", lambda: read_results(stores.engine, list(self._statuses)))
        if results is None:
            return None
        settings, name = cell.config.report, cell.config.name
        orders = figures(results, settings, name, self.output_dir, cell.config.decision.errors)
        stores.drawing.draw(orders, drawn.extend)
        files = write_csv(stores.engine, results, settings, name, self.output_dir)
        report: list[Path] = []
        comparison = attempted("the table", lambda: compare_as(results, cell.resolved))
        if comparison is not None:
            section = partial(quick_section, stores.engine)
            report = write_report(stores.engine, comparison, settings, self.output_dir, section)
            conclude(comparison)
        return [*files, *report], comparison


def _for_mlflow(engine: Engine, comparison: Comparison | None) -> dict[str, Any] | None:
    """Make MLflow's content of a sweep; None where its process has to make it."""
    if comparison is None:
        return None
    with collected():  # what fails here is tried, and told, where it is logged
        return attempted("for MLflow", lambda: _end_values(engine, comparison))


def _end_values(engine: Engine, comparison: Comparison) -> dict[str, Any] | None:
    from gencost.tracking.recorded import sweep_end_values  # noqa: PLC0415 - no first call waits for pandas

    return sweep_end_values(engine, comparison)


@dataclass(kw_only=True)
class SweepPart:
    """The sweep as one of its jobs knows it, in a process of its own.

    Attributes:
        sweep_id: by which the job finds it in the metrics DB.
        command: the command line that made it; None until then.
        launcher: Hydra's; None until then.
    """

    sweep_id: str
    command: str | None = None
    launcher: str | None = None
    speaks = False
    alone = False

    def budget(self, settings: SweepSettings) -> Budget:
        """Return a budget for this job alone: processes do not share one."""
        return Budget(settings.budget.usd)

    def check(self, plans: Sequence[Plan], settings: SweepSettings) -> None:
        """Leave the check to the process of the sweep: it takes all cells."""

    def open(self, settings: SweepSettings) -> Stores:
        """Open the metrics DB; MLflow is written by the process of the sweep."""
        return Stores.open(settings, sync=False)

    def release(self, stores: Stores) -> None:
        """Close the metrics DB."""
        stores.close()

    def must_resume(self) -> bool:
        """Let a cell begin that the earlier sweep did not get to."""
        return False

    def earlier(self, engine: Engine, plans: Sequence[Plan]) -> list[EarlierRun]:
        """Find the runs of this sweep that these plans go on with."""
        asked = {identity(plan) for plan in plans}
        return [run for run in as_today(sweep_runs(engine, self.sweep_id), plans) if identity(run) in asked]

    def begin(self, stores: Stores, plan: Plan) -> None:  # noqa: ARG002 - as of a Sweep
        """Find the sweep."""
        sweep = tracked_sweep(stores.engine, self.sweep_id)
        self.command, self.launcher = sweep.command, sweep.launcher

    def ended(self, run_id: str | None, status: RunStatus) -> None:
        """Leave it to the process of the sweep, which reads it in the metrics DB."""
