"""The whole flow on one page: cells -> checks -> calls -> stores -> summary -> report."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from gencost import provenance
from gencost.analysis.results import Results, read_results
from gencost.config import Cell
from gencost.errors import ReportError, TrackingError
from gencost.metrics_db import Engine, Writer, db_url, end_run, init_db, insert_runs
from gencost.report.files import write_files
from gencost.report.table import markdown_table, print_table
from gencost.runner.calls import CellCalls, run_calls
from gencost.runner.plan import Plan, make_plans
from gencost.tracking import Tracking, check, tracking_uri
from gencost.tracking.log import RunEnd, start_cell, start_sweep
from gencost.tracking.log import end as end_tracking
from gencost.types import RunStatus

console = Console()


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Where the calls of one command go.

    Attributes:
        engine: the metrics DB.
        tracking: MLflow; None with ``tracking=none``.
    """

    engine: Engine
    tracking: Tracking | None

    @classmethod
    def open(cls, cell: Cell) -> Stores:
        """Open both; what can be checked without leaving a trace is checked first.

        Raises:
            MetricsDBError: the metrics DB cannot be used.
            TrackingError: the tracking store cannot be used.
        """
        config = cell.config
        uri = tracking_uri(config.tracking.uri)
        if not config.tracking.enabled:
            return cls(engine=init_db(config.metrics_db.url), tracking=None)
        check(uri)
        return cls(engine=init_db(config.metrics_db.url), tracking=Tracking(uri, config.name))


@dataclass(frozen=True, kw_only=True)
class CellRun:
    """One cell under way.

    Attributes:
        plan: what is called.
        calls: how far that is.
        mlflow_run_id: None without MLflow.
    """

    plan: Plan
    calls: CellCalls
    mlflow_run_id: str | None


@dataclass(kw_only=True)
class Sweep:
    """One multirun: its cells may come in several batches.

    Attributes:
        output_dir: for what is made of all its cells.
        command: the command line that made it.
        sweep_id: a UUID.
    """

    output_dir: Path
    command: str
    sweep_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    _stores: Stores | None = None
    _mlflow_run_id: str | None = None
    _cell: Cell | None = None
    _statuses: dict[str, RunStatus] = field(default_factory=dict)

    def begin(self, stores: Stores, cell: Cell) -> str | None:
        """Start the parent run with the first batch.

        Args:
            stores: where it goes.
            cell: whose settings hold for what is made of all cells.

        Returns:
            MLflow's id of the parent run; None without MLflow.
        """
        if self._stores is None:
            self._stores, self._cell = stores, cell
            if stores.tracking is not None:
                self._mlflow_run_id = start_sweep(stores.tracking, self.sweep_id, cell.config.name, self.command)
        return self._mlflow_run_id

    def ended(self, run_id: str, status: RunStatus) -> None:
        """Note how one cell ended."""
        self._statuses[run_id] = status

    def close(self) -> None:
        """Compare the cells and end the parent run, whatever became of them."""
        if self._stores is None or self._cell is None:
            return
        results = read_results(self._stores.engine, list(self._statuses))
        files = _write(results, self._cell, self.output_dir)
        print_table(results.summaries, console)
        status = worst(list(self._statuses.values()))
        _track(self._stores, self._mlflow_run_id, _run_end(status, results, files, series_max=0))
        _say_where(files, self.output_dir, self._stores)


def run_cells(cells: Sequence[Cell], sweep: Sweep | None = None) -> list[RunStatus]:
    """Run cells: every mistake in any of them is found before the first call of all.

    Args:
        cells: of one command line.
        sweep: the multirun they belong to; None for a single run.

    Returns:
        How each ended, in their order.

    Raises:
        UserError: a mistake in a cell; no call was made and no run begun.
    """
    plans = make_plans(cells)
    stores = Stores.open(cells[0])
    runs = _begin(plans, stores, sweep)
    try:
        complete = _call(runs, stores)
    except BaseException as error:
        for run in runs:
            run.calls.error = run.calls.error or error
            _end(run, False, stores, sweep)
        raise
    return [_end(run, complete, stores, sweep) for run in runs]


def _begin(plans: Sequence[Plan], stores: Stores, sweep: Sweep | None) -> list[CellRun]:
    parent = sweep.begin(stores, plans[0].cell) if sweep is not None else None
    sweep_id = sweep.sweep_id if sweep is not None else None
    runs = []
    for plan in plans:
        mlflow_run_id = start_cell(stores.tracking, plan, sweep_id, parent) if stores.tracking is not None else None
        insert_runs(stores.engine, [{**_run_row(plan, sweep_id), "mlflow_run_id": mlflow_run_id}])
        if sweep is not None:
            sweep.ended(plan.run_id, "interrupted")  # until it is known better
        runs.append(CellRun(plan=plan, calls=plan.calls(), mlflow_run_id=mlflow_run_id))
    return runs


def _call(runs: Sequence[CellRun], stores: Stores) -> bool:
    with Writer(stores.engine) as writer:
        for run in runs:
            run.calls.llm.writer = writer
        return run_calls([run.calls for run in runs], console)


def _run_row(plan: Plan, sweep_id: str | None) -> dict[str, Any]:
    cell = plan.cell
    return {
        "run_id": plan.run_id,
        "sweep_id": sweep_id,
        "name": cell.config.name,
        "cell": cell.cell,
        "config_json": json.dumps(cell.resolved, sort_keys=True, ensure_ascii=False),
        "cell_key": plan.cell_key,
        "score": cell.score,
        "seed": cell.config.seed,
        "versions_json": json.dumps(provenance.versions()),
        "git_commit": provenance.git_commit(),
        "host": provenance.host(),
        "status": "running",
        "started_at": datetime.now(UTC),
    }


def _end(run: CellRun, complete: bool, stores: Stores, sweep: Sweep | None) -> RunStatus:
    error = run.calls.error
    status: RunStatus = "failed" if error is not None else "finished" if complete else "interrupted"
    if error is not None:
        console.print(f"{run.plan.cell.cell} failed: {error}", style="red", highlight=False, markup=False)
    end_run(stores.engine, run.plan.run_id, status, {"error_message": None if error is None else str(error)})
    results = read_results(stores.engine, [run.plan.run_id])
    cell = run.plan.cell
    files = [_write_config(cell), *_write(results, cell, cell.output_dir)]
    series_max = cell.config.tracking.series_max
    _track(stores, run.mlflow_run_id, _run_end(status, results, files, series_max))
    if sweep is not None:
        sweep.ended(run.plan.run_id, status)
    else:
        print_table(results.summaries, console)
        _say_where(files, cell.output_dir, stores)
    return status


def _run_end(status: RunStatus, results: Results, files: Sequence[Path], series_max: int) -> RunEnd:
    note = markdown_table(results.summaries)
    return RunEnd(status=status, results=results, note=note, files=files, series_max=series_max)


def _write(results: Results, cell: Cell, folder: Path) -> list[Path]:
    """Files that cannot be written now cost no call: the metrics DB has them all."""
    settings = cell.config.report
    try:
        return write_files(results, folder, cell.config.name, csv=settings.csv, plots=settings.plots)
    except ReportError as error:
        _say_error(error)
        return []


def _say_error(error: Exception) -> None:
    console.print(f"{error}; the metrics DB has every call", style="red", highlight=False, markup=False)


def _write_config(cell: Cell) -> Path:
    path = cell.output_dir / "config.yaml"
    path.write_text(cell.yaml, encoding="utf-8")
    return path


def _track(stores: Stores, run_id: str | None, end: RunEnd) -> None:
    """A tracking store that fails now costs no call: the metrics DB has them all."""
    if stores.tracking is None or run_id is None:
        return
    try:
        end_tracking(stores.tracking, run_id, end)
    except TrackingError as error:
        _say_error(error)


def _say_where(files: Sequence[Path], folder: Path, stores: Stores) -> None:
    shown = db_url(str(stores.engine.url.render_as_string(hide_password=False))).render_as_string(hide_password=True)
    console.print(f"metrics DB  {shown}", highlight=False, soft_wrap=True)
    if files:
        console.print(
            f"files       {folder}: {', '.join(path.name for path in files)}", highlight=False, soft_wrap=True
        )
    if stores.tracking is not None:
        console.print("MLflow      compare the runs with: mlflow ui", highlight=False, soft_wrap=True)


def worst(statuses: Sequence[RunStatus]) -> RunStatus:
    """The status of a sweep: failed if a cell failed, else interrupted if one was, else finished."""
    order: list[RunStatus] = ["failed", "interrupted"]
    return next((status for status in order if status in statuses), "finished")
