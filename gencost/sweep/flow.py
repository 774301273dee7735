"""The whole flow on one page: cells -> checks -> calls -> stores -> summary -> report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from gencost.config.cell import Cell
from gencost.config.sweep_settings import SweepSettings
from gencost.errors import ConfigError, nearest
from gencost.metrics_db import Writer, insert_runs
from gencost.metrics_db.resume import reopen_run
from gencost.process import provenance
from gencost.process.day_clock import DAY_CLOCK
from gencost.quality.base import is_late
from gencost.report.console import SILENT
from gencost.report.say import console, say
from gencost.runner.dealing import check_processes, most_processes
from gencost.runner.dry_run import print_estimate
from gencost.runner.entrant import Entrant
from gencost.runner.loop import Late, Traffic, run_calls
from gencost.runner.open_files import check_open_files
from gencost.runner.plan import Plan, make_plans
from gencost.runner.resuming import resume
from gencost.runner.workers import Kept, run_workers
from gencost.sending.budget import Budget
from gencost.sweep import worker_process
from gencost.sweep.batch import Batch
from gencost.sweep.cell_run import CellEnd, CellRun
from gencost.sweep.early_stopping import make_race, racers
from gencost.sweep.ending import end_cells
from gencost.sweep.membership import Membership, SingleRun
from gencost.sweep.recorded_cell import recorded_cell_is_missing, with_recorded_cell
from gencost.sweep.stores import Stores


def run_cells(cells: Sequence[Cell], membership: Membership | None = None) -> list[CellEnd]:
    """Run cells: every mistake in any of them is found before the first call of all.

    Args:
        cells: of one command line.
        membership: what they belong to; None for a single run.

    Returns:
        How each ended, in their order; empty if they were only asked what they would cost.

    Raises:
        UserError: a mistake in a cell; no call was made and no run begun.
    """
    membership = membership or SingleRun()
    settings = SweepSettings.of(cells)
    budget = membership.budget(settings)
    plans = checked(cells, settings, membership, budget, here=membership.speaks and not settings.dry_run)
    check_processes(plans, sequential=settings.decision.sequential)
    race = make_race(plans, settings.decision)
    if settings.dry_run:
        print_estimate(plans, settings.metrics_db_url, console)
        return []
    stores = membership.open(settings)
    try:
        if settings.resume:
            plans = _resumed(plans, stores, membership, budget)
        batch = Batch(plans=plans, settings=settings, membership=membership, stores=stores, budget=budget, race=race)
        return _run(batch)[-len(cells) :]  # without the cell of recorded answers, which comes first
    finally:
        membership.release(stores)


def checked(
    cells: Sequence[Cell], settings: SweepSettings, membership: Membership, budget: Budget, *, here: bool = False
) -> list[Plan]:
    """Check everything about some cells that can be known before their first call.

    Args:
        cells: of one command line.
        settings: of all of them.
        membership: what they belong to.
        budget: that they share.
        here: this process makes the calls of all of them.

    Raises:
        UserError: the first mistake found in any of them.
    """
    check_objectives(cells)
    _check_folders(cells)
    plans = make_plans(cells, budget)
    if here and not membership.alone:
        plans = with_recorded_cell(plans)
    elif here and (line := recorded_cell_is_missing(plans, "a single run")) is not None:
        say(line)
    check_open_files(plans)
    for remark in dict.fromkeys(_remarks(cells, plans)):
        say(remark)
    membership.check(plans, settings)
    return plans


def _check_folders(cells: Sequence[Cell]) -> None:
    """Refuse cells that would write over each other's files."""
    counts = Counter(cell.output_dir for cell in cells)
    if shared := [folder for folder, times in counts.items() if times > 1]:
        raise ConfigError(
            f"{counts[shared[0]]} cells would write into one folder, {shared[0]}: "
            "leave hydra.sweep.subdir out, or give each its own, e.g. hydra.sweep.subdir='${hydra.job.num}'"
        )


def _remarks(cells: Sequence[Cell], plans: Sequence[Plan]) -> Iterator[str]:
    """Print the remarks of prompt sets and providers before the calls."""
    for cell in cells:
        yield from getattr(cell.prompts, "remarks", ())
    for plan in plans:
        if not any(sample.reference for sample in plan.samples):
            from gencost.quality.needs import without_references  # noqa: PLC0415 - all families of scorers, seldom

            yield from filter(None, [without_references(plan.cell.scorers)])
        if plan.shards is None and (remarks := getattr(plan.provider, "remarks", None)) is not None:
            yield from remarks(plan.sender.model, plan.draws)


def check_objectives(cells: Sequence[Cell]) -> None:
    """Refuse the name of a metric that no cell will have, before anything is paid for."""
    asked = [cell for cell in cells if cell.config.objective]
    if not asked:
        return
    from gencost.analysis.objective import objective_names  # noqa: PLC0415 - pandas, for optimisers alone

    for cell in asked:
        known = objective_names([scorer.name for scorer in cell.scorers])
        for name in cell.config.objective:
            if name not in known:
                raise ConfigError(f"objective: no metric {name!r}{nearest(name, known)}; there are {', '.join(known)}")
        if cell.config.dry_run:
            raise ConfigError("dry_run=true makes no call, so there is no objective: leave one of them out")


def _run(batch: Batch) -> list[CellEnd]:
    traffic: Traffic | None = None
    runs: list[CellRun] = []
    try:
        with Writer(batch.stores.engine) as writer:
            runs += _begin(batch, writer)
            traffic = _call(batch, runs, writer)
        if writer.lost is not None:
            traffic = replace(traffic, lost=str(writer.lost))
        if batch.race is not None and batch.race.broken is not None:
            say(batch.race.broken, bad=True)
    finally:
        for plan in batch.plans:
            plan.let_go()
        ends = end_cells(runs, traffic, batch)
    return ends


def _resumed(plans: list[Plan], stores: Stores, membership: Membership, budget: Budget) -> list[Plan]:
    earlier = membership.earlier(stores.engine, plans)
    if not earlier and not membership.must_resume():
        return plans
    return resume(plans, stores.engine, earlier, budget)


def _begin(batch: Batch, writer: Writer) -> list[CellRun]:
    stores, membership, plans = batch.stores, batch.membership, batch.plans
    membership.begin(stores, plans[0])
    entrants: Sequence[Entrant | None] = [None] * len(plans)
    if batch.race is not None:
        entrants = racers(batch.race, plans, stores.engine)
    runs = []
    for plan, entrant in zip(plans, entrants, strict=True):
        if plan.earlier is not None:
            reopen_run(stores.engine, plan.run_id)
        else:
            insert_runs(stores.engine, [_run_row(plan, membership)])
        membership.ended(plan.run_id, "interrupted")  # until the real end is known
        calls = plan.calls(stores.engine, writer, entrant)
        runs.append(CellRun(plan=plan, calls=calls, scoring=plan.scoring()))
    if stores.sync is not None:
        stores.sync.add([plan.run_id for plan in plans], membership.sweep_id)
    return runs


def _call(batch: Batch, runs: Sequence[CellRun], writer: Writer) -> Traffic:
    scoring = [scorer for run in runs for scorer in run.scoring]
    late = Late(scoring=scoring, engine=batch.stores.engine, writer=writer, budget=batch.budget)
    cells, shown = [run.calls for run in runs], console if batch.membership.speaks else SILENT
    if most_processes(batch.plans) == 1:
        return run_calls(cells, shown, late)
    dealt = worker_process.parts(batch.plans, batch.stores.engine, batch.settings.budget.usd)
    kept = Kept(cells=cells, budget=batch.budget, limits=worker_process.limits_of(batch.plans))
    return run_workers(worker_process.__name__, dealt, kept, shown, late)


def _run_row(plan: Plan, membership: Membership) -> dict[str, Any]:
    cell = plan.cell
    return {
        "run_id": plan.run_id,
        "sweep_id": membership.sweep_id,
        "launcher": membership.launcher,
        "command": membership.command,
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
        "versions_json": provenance.versions_json(),
        **provenance.here(),
        "status": "running",
        "started_at": DAY_CLOCK.now(),
    }
