"""The parts of a report beside the comparison itself, read from the metrics DB alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gencost.analysis.breakdown import Breakdown, breakdown
from gencost.analysis.examples import Example, examples
from gencost.analysis.failures import Failure, failures
from gencost.analysis.recorded.request_facts import Facts, run_facts
from gencost.analysis.recorded.runs import Run
from gencost.decision.compare import Comparison, cells_of
from gencost.decision.power import Power, power
from gencost.metrics_db import Engine
from gencost.report.say import attempted

_PAIRS = 24


@dataclass(frozen=True, kw_only=True)
class CellSource:
    """The origin of one cell; unknown is None.

    Attributes:
        cell: its name.
        recorded_as: the overrides that its name is made of.
        run_id: in the metrics DB.
        sweep_id: None for a single run.
        command: to be typed again.
        overrides: of this cell.
        config: resolved, secrets masked, with the rates of its own model alone.
        versions: package -> version.
        git_commit: of the working folder.
        host: that made the calls.
        user: who did.
        prompts: name of the prompt set.
        prompts_rows: its samples.
        started_at: UTC.
        ended_at: UTC.
        seed: of the draw.
    """

    cell: str
    recorded_as: str
    run_id: str
    sweep_id: str | None
    command: str | None
    overrides: str | None
    config: Mapping[str, Any]
    versions: Mapping[str, str]
    git_commit: str | None
    host: str | None
    user: str | None
    prompts: str | None
    prompts_rows: int | None
    started_at: datetime
    ended_at: datetime | None
    seed: int


@dataclass(frozen=True, kw_only=True)
class Background:
    """The facts of a report beside its comparison.

    Attributes:
        bills: of each cell, by what they were for.
        failures: most frequent first.
        examples: calls worth reading.
        sources: of each cell.
        power: cell -> what it takes to see a difference of the margin from the reference; only where known.
    """

    bills: tuple[Breakdown, ...]
    failures: tuple[Failure, ...]
    examples: tuple[Example, ...]
    sources: tuple[CellSource, ...]
    power: Mapping[str, Power]


def background(engine: Engine, comparison: Comparison) -> Background:
    """Read what a report says beside the comparison.

    Args:
        engine: the metrics DB.
        comparison: of one or more cells.
    """
    results, decision = comparison.results, comparison.decision
    prominent = [cell for cell in (decision.cell, decision.reference) if cell is not None]
    return Background(
        bills=tuple(attempted("the bills on the page", lambda: breakdown(engine, results)) or ()),
        failures=tuple(
            attempted("the failures on the page", lambda: failures({it.cell: it.outcome for it in results.summaries}))
            or ()
        ),
        examples=tuple(attempted("the examples on the page", lambda: examples(engine, results, prominent)) or ()),
        sources=tuple(_source(engine, run) for run in results.runs),
        power=attempted("the prompts needed on the page", lambda: _power(comparison)) or {},
    )


def _power(comparison: Comparison) -> dict[str, Power]:
    """Return the effort to see a difference of the margin against the reference, for a moderate number of cells."""
    reference, margin = comparison.decision.reference, comparison.criteria.margin
    if reference is None or not margin or not 1 < len(comparison.cells) <= _PAIRS:
        return {}
    cells = {cell.cell: cell for cell in cells_of(comparison)}
    efforts = {name: power(cells[reference], cell, margin) for name, cell in cells.items() if name != reference}
    return {name: effort for name, effort in efforts.items() if effort is not None}


def _source(engine: Engine, run: Run) -> CellSource:
    facts: Facts = run_facts(engine, run.run_id) or {}
    config = json.loads(facts.get("config_json") or "{}")
    overrides, command = facts.get("overrides"), facts.get("command")
    if command is None and overrides is not None:
        command = f"python -m gencost.run {overrides}".strip()
    return CellSource(
        cell=run.cell,
        recorded_as=run.recorded.overrides,
        run_id=run.run_id,
        sweep_id=run.sweep_id,
        command=command,
        overrides=overrides,
        config=_own_rates(config),
        versions=json.loads(facts.get("versions_json") or "{}"),
        git_commit=facts.get("git_commit"),
        host=facts.get("host"),
        user=facts.get("user_name"),
        prompts=facts.get("prompts_name"),
        prompts_rows=facts.get("prompts_rows"),
        started_at=run.started_at,
        ended_at=run.ended_at,
        seed=run.seed,
    )


def _own_rates(config: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of a config the rates of every other model, which are hundreds of lines."""
    pricing, provider, model = (config.get(key) or {} for key in ("pricing", "provider", "model"))
    if not pricing.get("models"):
        return dict(config)
    key = f"{provider.get('name', '')}:{model.get('name', '')}"
    key = (pricing.get("aliases") or {}).get(key, key)
    rest = {name: value for name, value in pricing.items() if name not in {"models", "aliases"}}
    rates = {name: value for name, value in pricing["models"].items() if name == key}
    return {**config, "pricing": {**rest, "models": rates}}


def commands(sources: Sequence[CellSource]) -> list[str]:
    """The commands to type again, each once."""
    return list(dict.fromkeys(source.command for source in sources if source.command is not None))
