"""Sequential decisions: the calls of a sweep feed a race, and a cell that is decided makes no further call."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial

from gencost.analysis.cell_names import find_cell, short_names
from gencost.decision.decide import BEST, Criteria
from gencost.decision.sequential import Race
from gencost.errors import ConfigError
from gencost.metrics_db import Engine
from gencost.quality.base import is_late
from gencost.runner.calls import CellCalls, Draw
from gencost.runner.plan import Plan
from gencost.types import Record

_LEAD = 16  # calls


def check_decision(plans: Sequence[Plan]) -> None:
    """Find out, before the first call, whether the cells can be decided by what their config says.

    Args:
        plans: of one command line, or of one batch of it.

    Raises:
        ConfigError: a criterion is impossible, or the reference is none of several cells.
    """
    asked = Criteria.of(plans[0].cell.resolved["decision"])
    if asked.reference != BEST and len(plans) > 1:
        find_cell(asked.reference, _names(plans), "decision.reference")


def make_race(plans: Sequence[Plan]) -> Race | None:
    """Set up the race of one sweep; None unless ``decision.sequential``.

    Raises:
        ConfigError: the cells cannot be compared call by call.
    """
    if not plans[0].cell.config.decision.sequential:
        return None
    draws = [[(sample.id, repeat) for sample, repeat in plan.draws] for plan in plans]
    if any(own != draws[0] for own in draws):
        raise ConfigError("decision.sequential=true pairs calls by prompt: give each cell the same prompts, n, seed")
    for plan in plans:
        if any(is_late(scorer) for scorer in plan.cell.scorers if scorer.name == plan.cell.score):
            raise ConfigError(
                f"decision.sequential=true needs each score at once, and {plan.cell.score} comes after all calls: "
                "choose another scorer with score=..."
            )
    asked = Criteria.of(plans[0].cell.resolved["decision"])
    return Race(_names(plans), asked.margin, asked.reference, draws[0])


def _names(plans: Sequence[Plan]) -> list[str]:
    return short_names([plan.cell.cell for plan in plans])


def follow(race: Race, plans: Sequence[Plan], calls: Sequence[CellCalls], engine: Engine) -> None:
    """Let the calls of every cell feed the race, keep step, and end with it.

    Args:
        race: from ``make_race``.
        plans: its cells.
        calls: theirs, in the same order.
        engine: the metrics DB, which has the calls of a sweep that is resumed.
    """
    for name, plan, own in zip(_names(plans), plans, calls, strict=True):
        _recall(race, name, plan, engine)
        own.settled = partial(_settled, race, name, plan.cell.score)
        own.enough = partial(race.enough, name)
        own.ahead = partial(_ahead, own, calls)


def _settled(race: Race, name: str, score: str, draw: Draw, record: Record) -> None:
    values = [one.value for one in record.scores if one.scorer == score]
    race.add(name, (draw[0].id, draw[1]), values[0] if values else None)


def _ahead(own: CellCalls, calls: Sequence[CellCalls]) -> bool:
    """A fast cell waits for the slow ones: calls without a counterpart decide nothing."""
    others = [other.count.done for other in calls if not other.over]
    return bool(others) and own.count.done - min(others) > _LEAD


def _recall(race: Race, name: str, plan: Plan, engine: Engine) -> None:
    if plan.earlier is None:
        return
    from gencost.analysis import frames  # noqa: PLC0415 - pandas, only where a sweep is resumed

    calls = frames.calls(engine, [plan.run_id])
    column = f"{frames.SCORE_PREFIX}{plan.cell.score}"
    for call in calls[calls["status"].isin(["ok", "error"])].to_dict("records"):
        value = call.get(column)
        known = value is not None and value == value  # noqa: PLR0124 - NaN is not itself
        race.add(name, (str(call["prompt_id"]), int(call["repeat"])), float(value) if known else None)


def decided_json(race: Race | None, plans: Sequence[Plan], plan: Plan) -> str | None:
    """How the race decided the cell of a plan, for the metrics DB; None if it did not."""
    names = dict(zip((one.run_id for one in plans), _names(plans), strict=True))
    if race is None or names[plan.run_id] not in race.decided:
        return None
    return json.dumps(asdict(race.decided[names[plan.run_id]]), sort_keys=True)
