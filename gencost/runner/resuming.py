"""Going on with what an earlier command began: only the missing calls, in the runs that they are missing in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from gencost.config.model_params import renamed
from gencost.errors import ConfigError
from gencost.metrics_db import Engine
from gencost.metrics_db.resume import (
    EarlierRun,
    claim,
    last_runs,
    spent_pico_usd,
    supersede,
    unknown_bills,
)
from gencost.pricing import load_pricing
from gencost.runner.not_resumable import why_none
from gencost.runner.plan import Plan
from gencost.sending.budget import Budget


def identity(cell: Plan | EarlierRun) -> tuple[str, str, int | None]:
    """Return what tells one cell of a sweep from another: the key of its calls, its name, its shard."""
    if isinstance(cell, Plan):
        return cell.cell_key, cell.cell.cell, cell.cell.config.shard
    return cell.cell_key, cell.cell, cell.shard


def last_of(plans: Sequence[Plan], engine: Engine, *, of_sweep: bool) -> list[EarlierRun]:
    """Find the cells of the last sweep, or the last single run, that asked one of the cells of plans.

    Returns:
        Every cell of it, as it would be recorded today; empty if there is none.
    """
    keys = [key for plan in plans for key in (plan.cell_key, *plan.earlier_keys)]
    return as_today(last_runs(engine, keys, of_sweep=of_sweep), plans)


def as_today(earlier: Sequence[EarlierRun], plans: Sequence[Plan]) -> list[EarlierRun]:
    """Give earlier runs the keys and names that today's rules have for the cells of plans."""
    today = {key: plan.cell_key for plan in plans for key in plan.earlier_keys}
    return [replace(run, cell_key=today.get(run.cell_key, run.cell_key), cell=renamed(run.cell)) for run in earlier]


def resume(plans: Sequence[Plan], engine: Engine, earlier: Sequence[EarlierRun], budget: Budget) -> list[Plan]:
    """Let plans go on with the runs of an earlier command that asked the same cells.

    Args:
        plans: from ``make_plans``.
        engine: the metrics DB.
        earlier: these runs.
        budget: of all plans.

    Returns:
        The same plans, each with its earlier run and what that has done; one that has none is as it was. Money that
        was spent counts in their budget.

    Raises:
        ConfigError: there is nothing to go on with.
    """
    check_resumable(plans, engine, earlier)
    by_cell = {identity(run): run for run in earlier}
    budget.settle(0, spent_pico_usd(engine, [run.run_id for run in earlier]))
    return [_resumed(plan, by_cell.get(identity(plan)), engine) for plan in plans]


def check_resumable(plans: Sequence[Plan], engine: Engine, earlier: Sequence[EarlierRun]) -> None:
    """Find out whether plans can go on with earlier runs.

    Raises:
        ConfigError: there is nothing to go on with, or it began with other rates.
    """
    if not earlier:
        raise ConfigError(f"resume=true: {why_none(plans, engine)}")
    by_cell = {identity(run): run for run in earlier}
    for plan in plans:
        run = by_cell.get(identity(plan))
        if run is not None:
            _refuse_other_rates(plan, run)


def _resumed(plan: Plan, run: EarlierRun | None, engine: Engine) -> Plan:
    if run is None:
        return plan
    if (pid := claim(engine, run)) is not None:
        raise ConfigError(
            f"resume=true: {plan.label} is being run by process {pid} of {run.host}: wait for its end or stop it; "
            f"if that is another program by now, say so first: gencost mlflow repair {run.run_id}"
        )
    done = supersede(engine, run.run_id, errors=plan.cell.config.retry_errors)
    worst = max((plan.worst_pico_usd(sample) for sample in plan.samples), default=0)
    judging = max((plan.sender.held_pico_usd(sample) for sample in plan.samples), default=0)
    unknown = unknown_bills(engine, run.run_id)
    judged = unknown.pop("judge", 0)
    plan.sender.budget.settle(0, worst * sum(unknown.values()) + judging * judged)
    return replace(plan, run_id=run.run_id, earlier=run, done=frozenset(done))


def _refuse_other_rates(plan: Plan, run: EarlierRun) -> None:
    """One run has one price of its model: half of its bills at other rates would be compared as if they were alike."""
    began, now = json.loads(run.config_json).get("pricing"), plan.cell.resolved["pricing"]
    if began is None or began == now:
        return
    before, after = (plan.prices(load_pricing(listed, recorded=True)) for listed in (began, now))
    if before != after:
        raise ConfigError(
            f"resume=true: {plan.label} began with other rates: leave resume out to begin anew, or go on with the "
            "old pricing and look at the new one with gencost reprice"
        )
