"""The whole flow on one page: cells -> checks -> calls -> stores -> summary -> report."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gencost import outputs, provenance
from gencost.analysis.results import read_results
from gencost.analysis.sequential import Race
from gencost.config import Cell
from gencost.errors import MetricsDBError
from gencost.metrics_db import Writer, end_run, insert_runs
from gencost.metrics_db.history import reopen_run
from gencost.metrics_db.tracked import begin_sweep, end_sweep, worst
from gencost.racing import check_decision, decided_json, follow, make_race
from gencost.runner.budget import Budget
from gencost.runner.calls import CellCalls
from gencost.runner.estimate import print_estimate
from gencost.runner.lag import client_bound
from gencost.runner.loop import Late, Traffic, run_calls
from gencost.runner.plan import Plan, make_plans, resume
from gencost.runner.scoring import Scoring
from gencost.stores import Stores
from gencost.types import PICO_PER_USD, RunStatus


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


@dataclass(kw_only=True)
class Sweep:
    """One multirun: its cells may come in several batches.

    Attributes:
        output_dir: for what is made of all its cells.
        command: the command line that made it.
        launcher: Hydra's.
        sweep_id: a UUID.
        budget: that all its cells share; None until the first batch says what it is.
        stores: where it goes; None until the first batch is checked.
    """

    output_dir: Path
    command: str
    launcher: str = "interleaved"
    sweep_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    budget: Budget | None = None
    stores: Stores | None = None
    _cell: Cell | None = None
    _statuses: dict[str, RunStatus] = field(default_factory=dict)

    def begin(self, stores: Stores, plan: Plan) -> None:
        """Record the sweep with its first batch, or go on with the one that is resumed.

        Args:
            stores: where it goes.
            plan: the first of the batch.
        """
        if self.stores is not None:
            return
        self.stores, self._cell = stores, plan.cell
        if plan.earlier is not None and plan.earlier.sweep_id is not None:
            self.sweep_id = plan.earlier.sweep_id
        facts = {"name": plan.cell.config.name, "command": self.command, "launcher": self.launcher}
        begin_sweep(stores.engine, {"sweep_id": self.sweep_id, **facts, **_here()})

    def ended(self, run_id: str, status: RunStatus) -> None:
        """Note how one cell ended."""
        self._statuses[run_id] = status

    def close(self) -> None:
        """Compare the cells and end the sweep, whatever became of them."""
        if self.stores is None or self._cell is None:
            return
        results = read_results(self.stores.engine, list(self._statuses))
        files = outputs.write(results, self._cell, self.output_dir)
        outputs.conclude(outputs.compared(results, self._cell))
        end_sweep(self.stores.engine, self.sweep_id, worst(list(self._statuses.values())))
        if self.stores.follower is not None:
            self.stores.follower.ended(files, sweep_id=self.sweep_id)
        outputs.say_where(files, self.output_dir, self.stores)
        outputs.close(self.stores)


def run_cells(cells: Sequence[Cell], sweep: Sweep | None = None) -> list[RunStatus]:
    """Run cells: every mistake in any of them is found before the first call of all.

    Args:
        cells: of one command line.
        sweep: the multirun they belong to; None for a single run.

    Returns:
        How each ended, in their order; empty if they were only asked what they would cost.

    Raises:
        UserError: a mistake in a cell; no call was made and no run begun.
    """
    plans = make_plans(cells, sweep.budget if sweep is not None else None)
    config, race = cells[0].config, make_race(plans)
    check_decision(plans)
    if config.dry_run:
        print_estimate(plans, config.metrics_db.url, outputs.console)
        return []
    stores = sweep.stores if sweep is not None and sweep.stores is not None else Stores.open(cells[0])
    try:
        return _run(plans, stores, sweep, race)
    finally:
        if sweep is None or sweep.stores is None:
            outputs.close(stores)


def _run(plans: Sequence[Plan], stores: Stores, sweep: Sweep | None, race: Race | None) -> list[RunStatus]:
    if plans[0].cell.config.resume:
        plans = resume(plans, stores.engine, of_sweep=sweep is not None)
    if sweep is not None:
        sweep.budget = plans[0].sender.budget
    runs = _begin(plans, stores, sweep)
    if race is not None:
        follow(race, plans, [run.calls for run in runs], stores.engine)
    traffic: Traffic | None = None
    try:
        traffic = _call(runs, stores)
        if race is not None and race.broken is not None:
            outputs.say(race.broken, bad=True)
    finally:
        statuses = [_end(run, traffic, stores, sweep, decided_json(race, plans, run.plan)) for run in runs]
    return statuses


def _begin(plans: Sequence[Plan], stores: Stores, sweep: Sweep | None) -> list[CellRun]:
    if sweep is not None:
        sweep.begin(stores, plans[0])
    runs = []
    for plan in plans:
        if plan.earlier is not None:
            reopen_run(stores.engine, plan.run_id)
        else:
            insert_runs(stores.engine, [_run_row(plan, sweep)])
        if sweep is not None:
            sweep.ended(plan.run_id, "interrupted")  # until it is known better
        runs.append(CellRun(plan=plan, calls=plan.calls(stores.engine), scoring=plan.scoring()))
    if stores.follower is not None:
        sweep_id = sweep.sweep_id if sweep is not None else None
        stores.follower.follow([plan.run_id for plan in plans], sweep_id)
    return runs


def _call(runs: Sequence[CellRun], stores: Stores) -> Traffic:
    with Writer(stores.engine) as writer:
        for run in runs:
            run.calls.llm.writer = writer
        scoring = [one for run in runs for one in run.scoring]
        late = Late(scoring=scoring, engine=stores.engine, writer=writer, budget=runs[0].plan.sender.budget)
        return run_calls([run.calls for run in runs], outputs.console, late)


def _run_row(plan: Plan, sweep: Sweep | None) -> dict[str, Any]:
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
        "seed": cell.config.seed,
        "versions_json": json.dumps(provenance.versions()),
        **_here(),
    }


def _here() -> dict[str, Any]:
    """What is known of a run or sweep that begins here and now."""
    return {
        "git_commit": provenance.git_commit(),
        "user_name": provenance.user(),
        "host": provenance.host(),
        "pid": os.getpid(),
        "status": "running",
        "started_at": datetime.now(UTC),
    }


def _end(run: CellRun, traffic: Traffic | None, stores: Stores, sweep: Sweep | None, decided: str | None) -> RunStatus:
    status = run.status(traffic)
    reason = run.reason(status)
    if reason is not None:
        outputs.say(f"{run.plan.cell.cell}: {reason}", bad=True)
    if sweep is not None:
        sweep.ended(run.plan.run_id, status)
    facts: dict[str, Any] = {"error_message": reason, "decided_json": decided}
    try:
        if traffic is not None:
            p50_ms = read_results(stores.engine, [run.plan.run_id]).summaries[0].timing.latency_p50_ms
            lag_ms = traffic.loop_lag_p99_ms
            facts |= {"loop_lag_p99_ms": lag_ms, "client_bound": client_bound(lag_ms, p50_ms)}
        end_run(stores.engine, run.plan.run_id, status, facts)
        _publish(run, stores, alone=sweep is None)
    except MetricsDBError as error:
        outputs.say(str(error), bad=True)
    return status


def _publish(run: CellRun, stores: Stores, *, alone: bool) -> None:
    results = read_results(stores.engine, [run.plan.run_id])
    cell = run.plan.cell
    files = [*outputs.write_config(cell), *outputs.write(results, cell, cell.output_dir)]
    if stores.follower is not None:
        stores.follower.ended(files, run_id=run.plan.run_id)
    if alone:
        outputs.conclude(outputs.compared(results, cell))
        outputs.say_where(files, cell.output_dir, stores)
