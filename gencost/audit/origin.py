"""The scorers and the price list behind a run's calls, made again from the config that the run recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gencost.analysis.recorded.request_facts import Facts, run_facts
from gencost.audit.figure_check import FigureCheck
from gencost.cost_tracker import CostTracker
from gencost.errors import PricingError, UserError
from gencost.metrics_db import Engine
from gencost.pricing import load_pricing
from gencost.protocols import Scorer
from gencost.quality.base import is_late
from gencost.quality.proxy import Proxy
from gencost.quality.reading import AS_IT_IS, Reading
from gencost.quality.score import RULES, Rules

_GENAI = "genai-prices"
_GIVEN_AGAIN = "gencost.traffic.recorded_answers.RecordedAnswers"
"""A provider whose answers were billed by other price lists, each by that of its day."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The scorers and the price list behind one run's calls.

    Attributes:
        run: its row of ``runs``; None for calls outside any run, whose price list was not recorded.
        config: as recorded; empty if it was not, or is damaged.
        scorers: by name; only those that need nothing but text and reference.
        rules: how its answers were read.
        tracker: with the recorded price list; None without one.
        damage: why the recorded config cannot be used; None if it can.
        parameters: verdicts about parameters as recorded of a cell, which many calls share.
        rates: those that the price list gives, as shown, by what they depend on.
    """

    run: Facts | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    scorers: Mapping[str, Scorer] = field(default_factory=dict)
    tracker: CostTracker | None = None
    rules: Rules = RULES
    damage: str | None = None
    parameters: dict[tuple[str, str | None], FigureCheck] = field(default_factory=dict)
    rates: dict[tuple[Any, ...], str] = field(default_factory=dict)

    @property
    def imported(self) -> bool:
        """Whether its calls were imported from a log, which does not have every fact."""
        return self.run is not None and self.run["kind"] == "imported"

    @property
    def genai_prices(self) -> str | None:
        """The version of genai-prices that the run had, as a source of prices; None if it did not say."""
        versions = read_json(None if self.run is None else self.run["versions_json"])
        version = versions.get(_GENAI) if isinstance(versions, Mapping) else None
        return None if version is None else f"{_GENAI}=={version}"


def origin_of(engine: Engine, run_id: str | None) -> Origin:
    """Make the scorers and the price list of a run again.

    Args:
        engine: the metrics DB.
        run_id: None for calls outside any run, which have the proxy.
    """
    if run_id is None:
        return Origin(scorers={"proxy": Proxy()})
    run = run_facts(engine, run_id)
    if run is None:
        return Origin(damage=f"run {run_id} is not recorded")
    config = read_json(run["config_json"])
    if not isinstance(config, Mapping):
        return Origin(run=run, damage="is not a config; it was damaged or edited")
    made = Origin(run=run, config=config, scorers=_scorers(config), rules=_rules(config))
    put_together_in_code = run["kind"] is not None and config.get("pricing") is None
    if put_together_in_code or (config.get("provider") or {}).get("_target_") == _GIVEN_AGAIN:
        return made
    try:
        return replace(made, tracker=CostTracker(load_pricing(config["pricing"], recorded=True)))
    except (PricingError, KeyError, TypeError) as error:
        return replace(made, damage=f"pricing: {error}")


def read_json(text: str | None) -> Any:
    """Read JSON that somebody may have edited; None if it is missing or damaged."""
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return None


def _rules(config: Mapping[str, Any]) -> Rules:
    """The rules by which the run read its answers; a run from before there was such a key did not read them."""
    keys = config.get("reading")
    if keys is None:
        return Rules(reading=AS_IT_IS)
    try:
        return Rules(reading=Reading(**keys))
    except (UserError, TypeError):
        return RULES


def _scorers(config: Mapping[str, Any]) -> dict[str, Scorer]:
    from gencost.config.cell import build  # noqa: PLC0415 - Hydra, which MLflow's process otherwise does without

    made: dict[str, Scorer] = {}
    for name, node in (config.get("quality") or {}).items():
        try:
            scorer: Scorer = build(node, f"quality.{name}", Scorer)
        except UserError:  # its package is not installed; its scores count as not recomputed
            continue
        if not is_late(scorer):
            made[scorer.name] = scorer
    return made
