"""The whole flow on one page: cells -> checks -> calls -> stores -> summary -> report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gencost.config.cell import Cell
from gencost.decision.sequential import Race
from gencost.errors import ConfigError, MetricsDBError, nearest
from gencost.metrics_db import Writer, end_run, insert_runs
from gencost.metrics_db.resume import last_runs, reopen_run
from gencost.quality.base import is_late
from gencost.report.console import SILENT
from gencost.report.say import console, say, write_config
from gencost.runner.calls import CellCalls, Entrant
from gencost.runner.dry_run import print_estimate
from gencost.runner.event_loop_lag import client_bound
from gencost.runner.late_scoring import Scoring
from gencost.runner.loop import Late, Traffic, run_calls
from gencost.runner.plan import Plan, make_plans
from gencost.runner.resuming import resume
from gencost.sweep import provenance
from gencost.sweep.early_stopping import check_decision, decided_json, make_race, racers
from gencost.sweep.stores import Stores
from gencost.sweep.sweep import Sweep, SweepPart
from gencost.types import PICO_PER_USD, RunStatus

if TYPE_CHECKING:  # pandas and scipy are imported when the calls are over, not before the first
    from gencost.analysis.results import Results


@dataclass(frozen=True, kw_only=True)
class CellRun:
    """One cell under way.

    Attributes:
        plan: what is called.
        calls: how far that is.
        scoring: what scores its answers when all calls are over.
    """

    plan: Plan
    calls: CellCalls
    scoring: Sequence[Scoring]

    def status(self, traffic: Traffic | None) -> RunStatus:
        """How it ended; ``traffic`` is None if something broke before it was over."""
        if self.error is not None:
            return "failed"
        if traffic is None or not traffic.complete:
            return "interrupted"
        return "over_budget" if self.skipped else "finished"

    @property
    def error(self) -> BaseException | None:
        """What stopped its calls or its scoring; None if nothing did."""
        return self.calls.error or next((one.error for one in self.scoring if one.error is not None), None)

    @property
    def skipped(self) -> int:
        """Calls that were not made and answers that were not judged, for want of money."""
        return self.calls.count.skipped + sum(one.count.skipped for one in self.scoring)

    def reason(self, status: RunStatus) -> str | None:
        """Why it is not finished; None if it is."""
        if status == "failed":
            return str(self.error)
        if status != "over_budget":
            return None
        usd = (self.plan.sender.budget.limit_pico_usd or 0) / PICO_PER_USD
        unjudged = self.skipped - self.calls.count.skipped
        left_out = f"{self.calls.count.skipped:,} calls skipped" + (f", {unjudged:,} not judged" if unjudged else "")
        return f"budget.usd={usd:g} is reached: {left_out}; raise it and add resume=true to go on"


@dataclass(frozen=True, kw_only=True)
class CellEnd:
    """How one cell ended, in words that another process understands.

    Attributes:
        run_id: None if it never began.
        status: of its run.
        reason: why it is not finished; None if it is.
        objective: the values that ``objective`` names, in its order; None if it names none or one is unknown.
    """

    run_id: str | None
    status: RunStatus
    reason: str | None = None
    objective: tuple[float, ...] | None = None


def run_cells(cells: Sequence[Cell], sweep: Sweep | SweepPart | None = None) -> list[CellEnd]:
    """Run cells: every mistake in any of them is found before the first call of all.

    Args:
        cells: of one command line.
        sweep: the multirun they belong to, or what a job of another launcher knows of it; None for a single run.

    Returns:
        How each ended, in their order; empty if they were only asked what they would cost.

    Raises:
        UserError: a mistake in a cell; no call was made and no run begun.
    """
    plans = checked(cells, sweep)
    race = make_race(plans)
    if cells[0].config.dry_run:
        print_estimate(plans, cells[0].config.metrics_db.url, console)
        return []
    known = sweep.stores if isinstance(sweep, Sweep) else None
    stores = known or Stores.open(cells[0], follow=not isinstance(sweep, SweepPart))
    try:
        return _run(plans, stores, sweep, race)
    finally:
        if not isinstance(sweep, Sweep) or sweep.stores is None:
            stores.close()


def checked(cells: Sequence[Cell], sweep: Sweep | SweepPart | None) -> list[Plan]:
    """Check everything about some cells that can be known before their first call.

    Raises:
        UserError: the first mistake found in any of them.
    """
    check_objectives(cells)
    plans = make_plans(cells, sweep.budget if sweep is not None else None)
    if cells[0].config.decision.sequential and any(plan.shards is not None for plan in plans):
        raise ConfigError("decision.sequential=true decides whole cells: leave shards or sequential out")
    if not isinstance(sweep, SweepPart):  # one cell of many cannot tell
        check_decision(plans)
    return plans


def check_objectives(cells: Sequence[Cell]) -> None:
    """Refuse the name of a metric that no cell will have, before anything is paid for."""
    asked = [cell for cell in cells if cell.config.objective]
    if not asked:
        return
    from gencost.analysis.objective import objective_names  # noqa: PLC0415 - see Results

    for cell in asked:
        known = objective_names([scorer.name for scorer in cell.scorers])
        for name in cell.config.objective:
            if name not in known:
                raise ConfigError(f"objective: no metric {name!r}{nearest(name, known)}; there are {', '.join(known)}")
        if cell.config.dry_run:
            raise ConfigError("dry_run=true makes no call, so there is no objective: leave one of them out")


def _run(plans: list[Plan], stores: Stores, sweep: Sweep | SweepPart | None, race: Race | None) -> list[CellEnd]:
    if plans[0].cell.config.resume:
        plans = _resumed(plans, stores, sweep)
    if isinstance(sweep, Sweep):
        sweep.budget = plans[0].sender.budget
    traffic: Traffic | None = None
    runs: list[CellRun] = []
    try:
        with Writer(stores.engine) as writer:
            runs += _begin(plans, stores, sweep, writer, race)
            traffic = _call(runs, stores, writer, quiet=isinstance(sweep, SweepPart))
        if race is not None and race.broken is not None:
            say(race.broken, bad=True)
    finally:
        ends = [_end(run, traffic, stores, sweep, decided_json(race, plans, run.plan)) for run in runs]
    return ends


def _resumed(plans: list[Plan], stores: Stores, sweep: Sweep | SweepPart | None) -> list[Plan]:
    if sweep is not None:
        earlier = sweep.earlier(stores.engine, plans)
    else:
        earlier = last_runs(stores.engine, [plan.cell_key for plan in plans], of_sweep=False)
    if isinstance(sweep, SweepPart) and not earlier:
        return plans  # a cell that the sweep did not get to
    return resume(plans, stores.engine, earlier)


def _begin(
    plans: Sequence[Plan], stores: Stores, sweep: Sweep | SweepPart | None, writer: Writer, race: Race | None
) -> list[CellRun]:
    if sweep is not None:
        sweep.begin(stores, plans[0])
    entrants: Sequence[Entrant | None] = [None] * len(plans) if race is None else racers(race, plans, stores.engine)
    runs = []
    for plan, entrant in zip(plans, entrants, strict=True):
        if plan.earlier is not None:
            reopen_run(stores.engine, plan.run_id)
        else:
            insert_runs(stores.engine, [_run_row(plan, sweep)])
        if sweep is not None:
            sweep.ended(plan.run_id, "interrupted")  # until it is known better
        calls = plan.calls(stores.engine, writer, entrant)
        runs.append(CellRun(plan=plan, calls=calls, scoring=plan.scoring()))
    if stores.follower is not None:
        sweep_id = sweep.sweep_id if sweep is not None else None
        stores.follower.follow([plan.run_id for plan in plans], sweep_id)
    return runs


def _call(runs: Sequence[CellRun], stores: Stores, writer: Writer, *, quiet: bool) -> Traffic:
    scoring = [scorer for run in runs for scorer in run.scoring]
    late = Late(scoring=scoring, engine=stores.engine, writer=writer, budget=runs[0].plan.sender.budget)
    return run_calls([run.calls for run in runs], SILENT if quiet else console, late)


def _run_row(plan: Plan, sweep: Sweep | SweepPart | None) -> dict[str, Any]:
    cell = plan.cell
    return {
        "run_id": plan.run_id,
        "sweep_id": sweep.sweep_id if sweep is not None else None,
        "launcher": sweep.launcher if sweep is not None else None,
        "command": sweep.command if sweep is not None else None,
        "name": cell.config.name,
        "cell": cell.cell,
        "overrides": " ".join(cell.overrides),
        "config_json": json.dumps(cell.resolved, ensure_ascii=False),
        "cell_key": plan.cell_key,
        "shards": plan.shards,
        "shard": plan.cell.config.shard,
        "prompts_name": cell.prompts.name,
        "prompts_digest": plan.digest,
        "prompts_rows": len(plan.samples),
        "score": cell.score,
        "score_late": any(is_late(scorer) for scorer in cell.scorers if scorer.name == cell.score),
        "seed": cell.config.seed,
        "versions_json": json.dumps(provenance.versions()),
        **provenance.here(),
        "status": "running",
        "started_at": datetime.now(UTC),
    }


def _end(
    run: CellRun, traffic: Traffic | None, stores: Stores, sweep: Sweep | SweepPart | None, decided: str | None
) -> CellEnd:
    status = run.status(traffic)
    reason = run.reason(status)
    if reason is not None and not isinstance(sweep, SweepPart):
        say(f"{run.plan.name}: {reason}", bad=True)
    if sweep is not None:
        sweep.ended(run.plan.run_id, status)
    facts: dict[str, Any] = {"error_message": reason, "decided_json": decided}
    values = None
    try:
        if traffic is not None:
            from gencost.analysis.results import latency_p50_ms  # noqa: PLC0415 - see Results

            lag_ms = traffic.loop_lag_p99_ms
            bound = client_bound(lag_ms, latency_p50_ms(stores.engine, run.plan.run_id))
            facts |= {"loop_lag_p99_ms": lag_ms, "client_bound": bound}
        end_run(stores.engine, run.plan.run_id, status, facts)
        results = _publish(run, stores, alone=sweep is None)
        values = _objective(run, results) if status == "finished" else None
    except MetricsDBError as error:
        say(str(error), bad=True)
    return CellEnd(run_id=run.plan.run_id, status=status, reason=reason, objective=values)


def _objective(run: CellRun, results: Results) -> tuple[float, ...] | None:
    from gencost.analysis.objective import objective  # noqa: PLC0415 - see Results

    return objective(results.summaries[0], run.plan.cell.config.objective)


def _publish(run: CellRun, stores: Stores, *, alone: bool) -> Results:
    from gencost.analysis.results import read_results  # noqa: PLC0415
    from gencost.report import publish  # noqa: PLC0415 - see Results

    results = read_results(stores.engine, [run.plan.run_id])
    cell = run.plan.cell
    files = [*write_config(cell), *publish.write(results, cell, cell.output_dir)]
    if stores.follower is not None:
        stores.follower.ended(files, run_id=run.plan.run_id)
    if alone:
        publish.conclude(publish.compared(results, cell))
        stores.say_where(files, cell.output_dir)
    return results
