"""Sequential decisions: the calls of a sweep feed a race, and a cell that is decided makes no further call."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from gencost.config.schema import DecisionConfig
from gencost.config.sweep_settings import SweepSettings
from gencost.decision.criteria import BEST, Criteria
from gencost.decision.least_prompts import cannot_show
from gencost.decision.sequential import Race
from gencost.errors import ConfigError
from gencost.metrics_db import Engine
from gencost.quality.base import is_late
from gencost.quality.score import SPAN
from gencost.runner.entrant import Draw
from gencost.runner.plan import Draws, Plan
from gencost.types import Record, Sample
from gencost.values.cell_names import check_given, find_cell, given_names

_LEAD = 16  # calls


def check_decision(plans: Sequence[Plan], settings: SweepSettings) -> None:
    """Check before the first call that the cells can be decided by their config.

    Args:
        plans: of one command line, or of one batch of it.
        settings: of all of them.

    Raises:
        ConfigError: a criterion is impossible, or the reference is not one of the cells.
    """
    asked = Criteria.of_config({"decision": asdict(settings.decision), "traffic": asdict(settings.traffic)})
    if len(plans) < 2:
        return
    check_names(plans)
    if asked.reference not in {None, BEST}:
        find_cell(str(asked.reference), overrides_of(plans), "decision.reference")


def check_names(plans: Sequence[Plan]) -> None:
    """Refuse names that ``cell_names`` gives to no cell, or to two.

    Raises:
        ConfigError: there are such names.
    """
    check_given(given_names(plans[0].cell.config.cell_names), overrides_of(plans))


def overrides_of(plans: Sequence[Plan]) -> dict[str, str]:
    """Name of each cell -> its overrides."""
    return {plan.label: plan.cell.cell for plan in plans}


def foreseen(plans: Sequence[Plan], decision: DecisionConfig) -> str | None:
    """Say before the first call what so few prompts cannot show; None if there are enough."""
    cells = [plan for plan in plans if not plan.cell.config.shard]
    deciding = [scorer for plan in cells for scorer in plan.cell.scorers if scorer.name == plan.cell.score]
    if any(tuple(getattr(scorer, "span", SPAN)) != SPAN for scorer in deciding):
        return None
    draws: dict[str, dict[int, Draws]] = {}  # of each cell; most often all have the same list of them
    for plan in plans:
        draws.setdefault(plan.cell_key, {})[id(plan.draws)] = plan.draws
    asked = {tuple(of_cell): list(of_cell.values()) for of_cell in draws.values()}
    fewest = min(len({_asked(sample) for part in parts for sample, _ in part}) for parts in asked.values())
    return cannot_show(fewest, len(cells), decision.margin)


def _asked(sample: Sample) -> str:
    """Return a key that equal prompts share: the text, unless a row has parameters of its own."""
    return f"id {sample.id}" if sample.params else sample.prompt_sha256


def make_race(plans: Sequence[Plan], decision: DecisionConfig) -> Race | None:
    """Set up the race of one sweep; None unless ``decision.sequential``.

    Raises:
        ConfigError: the cells cannot be compared call by call.
    """
    if not decision.sequential:
        return None
    if any(plan.shards is not None for plan in plans):
        raise ConfigError("decision.sequential=true decides whole cells: leave shards or sequential out")
    draws = [[(sample.id, repeat) for sample, repeat in plan.draws] for plan in plans]
    if any(cell_draws != draws[0] for cell_draws in draws):
        raise ConfigError("decision.sequential=true pairs calls by prompt: give each cell the same prompts, n, seed")
    for plan in plans:
        if any(is_late(scorer) for scorer in plan.cell.scorers if scorer.name == plan.cell.score):
            raise ConfigError(
                f"decision.sequential=true needs each score at once, and {plan.cell.score} comes after all calls: "
                "choose another scorer with score=..."
            )
    asked = Criteria.of(asdict(decision))
    reference = asked.reference or _dearest(plans)
    if reference != BEST:
        reference = find_cell(reference, overrides_of(plans), "decision.reference")
    return Race([plan.label for plan in plans], asked.margin, reference, draws[0])


def _dearest(plans: Sequence[Plan]) -> str:
    """The cell of highest list price; the first of equal ones."""
    models = [(plan.provider.name, plan.sender.model) for plan in plans]
    prices = [plan.cost_tracker.list_usd_per_mtok(*model) for plan, model in zip(plans, models, strict=True)]
    known = [-math.inf if price is None else price for price in prices]
    return plans[known.index(max(known))].label


@dataclass(frozen=True, kw_only=True)
class Racer:
    """One cell in the race: an ``Entrant`` of its calls.

    Attributes:
        race: of all cells.
        name: of this one.
        score: the scorer that decides.
        failed: the score of a failed call; None lets its prompt count for no pair.
        settled_calls: of each cell of its load that still makes calls, by name; shared by these.
    """

    race: Race
    name: str
    score: str
    failed: float | None
    settled_calls: dict[str, int]

    def settled(self, draw: Draw, record: Record) -> None:
        """Feed the race."""
        value = next((score.value for score in record.scores if score.scorer == self.score), None)
        value = self.failed if record.status == "error" else value
        self.settled_calls[self.name] += 1
        self.race.add(self.name, (draw[0].id, draw[1]), value)

    def enough(self) -> bool:
        """Whether the race has decided the cell."""
        return self.race.enough(self.name)

    def ahead(self) -> bool:
        """Whether to wait for a slower cell: calls without a counterpart decide nothing."""
        if len(self.settled_calls) < 2:
            return False
        return self.settled_calls[self.name] - min(self.settled_calls.values()) > _LEAD

    def over(self) -> None:
        """Stop other cells from waiting for this one."""
        del self.settled_calls[self.name]


def racers(race: Race, plans: Sequence[Plan], engine: Engine) -> list[Racer]:
    """Let every cell enter the race, in the order of the plans.

    Args:
        race: from ``make_race``.
        plans: its cells.
        engine: the metrics DB, which has the calls of a sweep that is resumed.
    """
    settled_calls: dict[str, dict[str, int]] = {}
    for plan in plans:
        settled_calls.setdefault(plan.load_group, {})[plan.label] = 0
    entrants = []
    for plan in plans:
        failed = 0.0 if plan.cell.config.decision.errors == "fail" else None
        beside = settled_calls[plan.load_group]
        racer = Racer(race=race, name=plan.label, score=plan.cell.score, failed=failed, settled_calls=beside)
        _recall(racer, plan, engine)
        entrants.append(racer)
    return entrants


def _recall(racer: Racer, plan: Plan, engine: Engine) -> None:
    if plan.earlier is None:
        return
    from gencost.analysis.recorded import frames  # noqa: PLC0415 - pandas, only where a sweep is resumed

    calls = frames.calls(engine, [plan.run_id], columns=("prompt_id", "repeat", "status"))
    column = f"{frames.SCORE_PREFIX}{plan.cell.score}"
    for call in calls[calls["status"].isin(["ok", "error"])].to_dict("records"):
        value = racer.failed if call["status"] == "error" else call.get(column)
        known = None if value is None or math.isnan(value) else float(value)
        racer.race.add(racer.name, (str(call["prompt_id"]), int(call["repeat"])), known)


def decided_json(race: Race | None, plan: Plan) -> str | None:
    """Return the verdict on the cell of a plan as JSON, for the metrics DB; None if there is no verdict."""
    if race is None or plan.label not in race.decided:
        return None
    decided = replace(race.decided[plan.label], errors=plan.cell.config.decision.errors)
    return json.dumps(asdict(decided), sort_keys=True)
