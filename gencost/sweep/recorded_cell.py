"""The cell ``recorded`` of a sweep whose prompts are drawn from traffic: earlier answers, held against the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gencost.config.cell import Cell
from gencost.metrics_db import init_db
from gencost.metrics_db.recorded_requests import RecordedAnswer, answers_of
from gencost.metrics_db.run_rows import new_run_id
from gencost.runner.plan import Draws, Plan
from gencost.sending.budget import Budget
from gencost.sending.limits import Limits, LimitSettings
from gencost.sending.retry import Retry
from gencost.sending.sender import Sender
from gencost.traffic import RecordedPrompts
from gencost.traffic.recorded_answers import NAME, RecordedAnswers, RecordedCosts
from gencost.values.call_site import REPLAYED


def with_recorded_cell(plans: Sequence[Plan]) -> list[Plan]:
    """Put the cell ``recorded`` before the others, and make it their reference unless they name another.

    Args:
        plans: of a sweep; unchanged where no prompts are drawn from traffic.
    """
    drawn = next((plan for plan in plans if isinstance(plan.cell.prompts, RecordedPrompts)), None)
    if drawn is None:
        return list(plans)
    engine = init_db(drawn.cell.config.metrics_db.url)
    try:
        answers = answers_of(engine, [sample.id for sample in drawn.samples])
    finally:
        engine.dispose()
    models = {answer.model for answer in answers.values()}
    cell = _recorded(drawn.cell, models.pop() if len(models) == 1 else NAME)
    recorded = replace(drawn, cell=cell, run_id=new_run_id(), draws=_replayed(drawn.draws))
    return [_held_against(plan) for plan in (replaying(recorded, answers), *plans)]


def replaying(plan: Plan, answers: Mapping[str, RecordedAnswer]) -> Plan:
    """Let the calls of a plan be answered, and billed, as they were.

    Args:
        plan: any.
        answers: by sample id.
    """
    provider, tracker = RecordedAnswers(answers), RecordedCosts(answers)
    sender = Sender(
        model=plan.cell.config.model.name,
        params={},
        provider=provider,
        retry=Retry(tries=1),
        limits=Limits(LimitSettings()),
        budget=Budget(None),
        cost_tracker=tracker,
    )
    return replace(plan, provider=provider, cost_tracker=tracker, sender=sender)


def recorded_cell_is_missing(plans: Sequence[Plan], kind: str) -> str | None:
    """Warn that recorded answers are not compared with those of some cells; None if nothing is missing.

    Args:
        plans: of the cells.
        kind: of their run: ``a single run`` or ``cells that other processes run``.
    """
    if not any(isinstance(plan.cell.prompts, RecordedPrompts) for plan in plans):
        return None
    return (
        f"prompts=traffic: {NAME}, the cell of the recorded answers, is not part of {kind}; for a comparison with it "
        "run a sweep in this process: -m, without hydra/launcher=..."
    )


def _replayed(draws: Draws) -> Draws:
    """Say of each call that it is paid for already."""
    return [
        (replace(it, call_site=replace(it.call_site, source=REPLAYED)), 0)
        for it, repeat in draws
        if it.call_site is not None and repeat == 0
    ]


def _recorded(cell: Cell, model: str) -> Cell:
    kind = RecordedAnswers
    provider: dict[str, Any] = {"_target_": f"{kind.__module__}.{kind.__qualname__}", "name": NAME}
    return replace(
        cell,
        cell=NAME,
        overrides=(),
        params={},
        config=replace(cell.config, provider=provider, model=replace(cell.config.model, name=model, params={})),
        resolved={**cell.resolved, "provider": provider, "model": {"name": model, "params": {}}},
    )


def _held_against(plan: Plan) -> Plan:
    cell = plan.cell
    if cell.config.decision.reference is not None:
        return plan
    decision: Mapping[str, Any] = {**cell.resolved["decision"], "reference": NAME}
    config = replace(cell.config, decision=replace(cell.config.decision, reference=NAME))
    return replace(plan, cell=replace(cell, config=config, resolved={**cell.resolved, "decision": decision}))
