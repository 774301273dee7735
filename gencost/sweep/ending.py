"""The end of cells: first each of them in the metrics DB, then everything made of them, each thing by itself."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gencost.analysis.failures import NO_FAILURE, CellOutcome, outcomes
from gencost.analysis.recorded.runs import runs as runs_by
from gencost.config.cell import Cell
from gencost.errors import MetricsDBError
from gencost.metrics_db import end_run
from gencost.process.imports import light
from gencost.process.stopping import held_back
from gencost.report.say import attempted, collected, now, say
from gencost.runner.event_loop_lag import client_bound
from gencost.runner.loop import Traffic
from gencost.sweep.batch import Batch
from gencost.sweep.cell_run import CellEnd, CellRun
from gencost.sweep.early_stopping import decided_json
from gencost.sweep.stores import Stores

if TYPE_CHECKING:  # pandas and scipy are imported when the calls are over, not before the first
    from gencost.analysis.results import Results
    from gencost.report.figures.figure_numbers import FigureOrder


def end_cells(runs: Sequence[CellRun], traffic: Traffic | None, batch: Batch) -> list[CellEnd]:
    """Record how cells ended, then make their files; the table of a single run is shown, too.

    Args:
        runs: those of the batch that began.
        traffic: how their calls went; None if something broke before they were over.
        batch: that they are of.

    Returns:
        How each ended, in their order.
    """
    if runs and batch.membership.speaks:
        now(_next(runs, batch))
    with held_back():  # stopping the command from here on loses no end of a cell
        if any(run.plan.cell.config.report.plots for run in runs):
            batch.stores.drawing.start()
        _load()
        ends = [_recorded(run, traffic, batch) for run in runs]
    ends = [_published(run, end, batch) for run, end in zip(runs, ends, strict=True)]
    if not batch.membership.speaks and batch.membership.sweep_id is not None:
        batch.stores.wait_for_figures(batch.membership.sweep_id)
    return ends


def _load() -> None:
    """Import what cells are compared with, while the figures' process imports what draws them."""
    with light(), contextlib.suppress(Exception, SystemExit):  # reported where a missing module is needed
        from gencost.report import publish  # noqa: F401, PLC0415 - pandas, after the calls
        from gencost.tracking import recorded  # noqa: F401, PLC0415


def _next(runs: Sequence[CellRun], batch: Batch) -> str:
    """Say what is done when the calls are over."""
    if not batch.membership.alone:
        return f"writing the files of {len(runs):,} cells"
    return "comparing, drawing" if runs[0].plan.cell.config.report.plots else "comparing"


def _recorded(run: CellRun, traffic: Traffic | None, batch: Batch) -> CellEnd:
    outcome = attempted("what the calls came to", lambda: _outcome(run, batch.stores)) or NO_FAILURE
    status = run.status(traffic, outcome)
    reason = run.reason(status, traffic, outcome)
    if reason is not None and batch.membership.speaks:
        say(f"{run.plan.name}: {reason}", bad=True)
    batch.membership.ended(run.plan.run_id, status)
    decided = attempted("the early decision", lambda: decided_json(batch.race, run.plan))
    facts: dict[str, Any] = {"error_message": reason, "decided_json": decided}
    if traffic is not None:
        facts |= attempted("whether the client was too slow", lambda: _client(run, traffic, batch.stores)) or {}
    try:
        end_run(batch.stores.engine, run.plan.run_id, status, facts)
    except MetricsDBError as error:
        say(str(error), bad=True)
    return CellEnd(run_id=run.plan.run_id, status=status, reason=reason)


def _outcome(run: CellRun, stores: Stores) -> CellOutcome:
    (recorded,) = runs_by(stores.engine, run_ids=[run.plan.run_id])
    return outcomes(stores.engine, [recorded])[recorded.run_id]


def _client(run: CellRun, traffic: Traffic, stores: Stores) -> dict[str, Any]:
    from gencost.analysis.results import median_times_ms  # noqa: PLC0415 - pandas, after the calls

    if run.calls.all_say("gives_again"):
        return {}
    lag_ms = traffic.lag_p99_ms.get(run.calls.group)
    bound = (
        False
        if run.calls.all_say("gives_times")
        else client_bound(lag_ms, median_times_ms(stores.engine, run.plan.run_id))
    )
    return {"loop_lag_p99_ms": lag_ms, "client_bound": bound}


class _Made(NamedTuple):
    """Everything made of the calls of a cell; empty where the modules that make it cannot be imported."""

    results: Results | None = None
    files: Sequence[Path] = ()
    orders: Sequence[FigureOrder] = ()
    for_mlflow: dict[str, Any] | None = None


def _published(run: CellRun, end: CellEnd, batch: Batch) -> CellEnd:
    cell, stores = run.plan.cell, batch.stores
    made = attempted("what is made of the calls", lambda: _made(run, stores)) or _Made()
    results, files = made.results, list(made.files)
    stores.draw(run.plan.run_id, made.orders, files, made.for_mlflow)
    if batch.membership.alone and results is not None:
        attempted("the table", lambda: _conclude(results, cell))
    if batch.membership.alone:
        stores.wait_for_figures(run.plan.run_id)
        stores.say_where("run", run.plan.run_id, files, cell.output_dir)
    if results is None or end.status != "finished":
        return end
    return replace(end, objective=attempted("the objective", lambda: _objective(run, results)))


def _made(run: CellRun, stores: Stores) -> _Made:
    from gencost.analysis.results import read_results  # noqa: PLC0415 - pandas, after the calls
    from gencost.report.files import figures, write_config, write_csv  # noqa: PLC0415

    cell = run.plan.cell
    results = attempted("the results", lambda: read_results(stores.engine, [run.plan.run_id]))
    files = write_config(cell.yaml, cell.output_dir)
    if results is None:
        return _Made(files=files)
    files += write_csv(stores.engine, results, cell.config.report, cell.config.name, cell.output_dir)
    config = cell.config
    orders = figures(results, config.report, config.name, cell.output_dir, config.decision.errors)
    return _Made(results=results, files=files, orders=orders, for_mlflow=_for_mlflow(run, results, stores))


def _conclude(results: Results, cell: Cell) -> None:
    from gencost.report.publish import compare_as, conclude  # noqa: PLC0415 - pandas, after the calls

    conclude(compare_as(results, cell.resolved))


def _for_mlflow(run: CellRun, results: Results, stores: Stores) -> dict[str, Any] | None:
    """Make MLflow's content of a cell; None without MLflow, or where its process has to make it."""
    if stores.sync is None:
        return None
    with collected():  # a failure here is reported where MLflow's content is logged
        return attempted("for MLflow", lambda: _end_values(run, results, stores))


def _end_values(run: CellRun, results: Results, stores: Stores) -> dict[str, Any] | None:
    from gencost.tracking.recorded import cell_end_values  # noqa: PLC0415 - pandas, after the calls

    return cell_end_values(stores.engine, run.plan.run_id, results)


def _objective(run: CellRun, results: Results) -> tuple[float, ...] | None:
    from gencost.analysis.objective import objective  # noqa: PLC0415 - pandas, after the calls

    return objective(results.summaries[0], run.plan.cell.config.objective)
