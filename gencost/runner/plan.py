"""What a cell will call, checked: nothing of a plan can fail any more for a reason known before its first call."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gencost.config import Cell
from gencost.config_schema import Config
from gencost.cost_tracker import CostTracker
from gencost.errors import ConfigError, ReportError
from gencost.llm import UnifiedLLM
from gencost.metrics_db import Engine
from gencost.metrics_db.history import EarlierRun, last_runs, lost_calls, spent_pico_usd, supersede
from gencost.pricing import Registry, find_price, load_pricing
from gencost.prompts import digest, draw
from gencost.roles import Provider
from gencost.runner.budget import Budget
from gencost.runner.cache import AnswerCache
from gencost.runner.calls import CellCalls
from gencost.runner.limits import Limits, LimitSettings
from gencost.runner.progress import CellCount
from gencost.runner.retry import Retry
from gencost.runner.sender import Sender
from gencost.types import Sample

Draws = list[tuple[Sample, int]]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One checked cell.

    Attributes:
        cell: its objects.
        run_id: its id in the metrics DB.
        samples: of its prompt set.
        digest: SHA-256 of the prompt set.
        draws: sample and repeat number of each call, in the order asked; those of its own shard if the cell is split.
        provider: one object for all cells that configure it alike.
        cost_tracker: with its prices.
        sender: stands before the provider.
        earlier: the run that this one goes on with; None for a new one.
        done: prompt id and repeat of the calls that an earlier run made.
        remark: what a dry run found that would stop the calls; None if nothing would.
    """

    cell: Cell
    run_id: str
    samples: list[Sample]
    digest: str
    draws: Draws
    provider: Provider
    cost_tracker: CostTracker
    sender: Sender
    earlier: EarlierRun | None = None
    done: frozenset[tuple[str, int]] = frozenset()
    remark: str | None = None

    @property
    def name(self) -> str:
        """The cell's name; its shard's, if it is split."""
        shard, shards = self.cell.config.shard, self.cell.config.shards
        return self.cell.cell if shard is None else f"{self.cell.cell} [shard {shard} of {shards}]"

    @property
    def cell_key(self) -> str:
        """SHA-256 of what defines the calls: provider, model, parameters, prompts and how they are drawn."""
        config = self.cell.config
        defines = {
            "provider": self.cell.resolved["provider"],
            "model": self.cell.resolved["model"],
            "prompts": self.digest,
            "n": config.n,
            "repeats": config.repeats,
            "seed": config.seed,
        }
        return hashlib.sha256(_key(defines).encode()).hexdigest()

    @property
    def shards(self) -> int | None:
        """Into how many runs the cell is split; None if it is whole."""
        return None if self.cell.config.shard is None else self.cell.config.shards

    @property
    def left(self) -> Draws:
        """The draws that are still to be asked."""
        if not self.done:
            return self.draws
        return [(sample, repeat) for sample, repeat in self.draws if (sample.id, repeat) not in self.done]

    def price(self, registry: Registry) -> tuple[str | None, str | None]:
        """What a registry says about its model today: the rates, and the region that they are multiplied for."""
        found = find_price(registry, self.provider.name, self.cell.config.model.name, datetime.now(UTC)).pricing
        return None if found is None else found.block, registry.settings.region

    def calls(self, engine: Engine) -> CellCalls:
        """Make the calls ready to run; their ``llm`` still needs its writer.

        Args:
            engine: the metrics DB, for the response cache.
        """
        config, draws = self.cell.config, self.left
        llm = UnifiedLLM(
            provider=self.provider,
            model=config.model.name,
            params=self.sender.params,
            scorers=self.cell.scorers,
            cost_tracker=self.cost_tracker,
            run_id=self.run_id,
            seed=config.seed,
        )
        if config.cache.enabled:
            cache = AnswerCache(self.cell.resolved["provider"], config.model.name, self.sender.params, config.seed)
            cache.load(engine, draws)
            llm.recall = cache.recall
        count = CellCount(cell=self.cell.cell, total=len(draws))
        schedule = config.seed + (config.shard or 0)  # shards of one seed would all call at the same moments
        return CellCalls(llm=llm, draws=draws, load=self.cell.load, count=count, sender=self.sender, seed=schedule)


def make_plans(cells: Sequence[Cell], budget: Budget | None = None) -> list[Plan]:
    """Check every cell; what several cells configure alike is read and made once.

    Args:
        cells: of one command line.
        budget: of the sweep they belong to; None makes one as they say.

    Raises:
        UserError: the first mistake found in any of them.
    """
    _refuse_mixed(cells)
    shared = _Shared(budget=budget or Budget(cells[0].config.budget.usd))
    return [_plan(cell, shared) for cell in cells]


def _plan(cell: Cell, shared: _Shared) -> Plan:
    config = cell.config
    _check_folder(cell.output_dir)
    provider = shared.providers.get(config.provider, cell, lambda it: it.provider)
    remark = _check(provider, cell)
    samples = shared.samples.get(config.prompts, cell, lambda it: it.prompts.load())
    registry = shared.registries.get(config.pricing, cell, lambda it: load_pricing(it.config.pricing))
    tracker = CostTracker(registry)
    tracker.known(provider.name, config.model.name)  # what must be loaded to know is loaded before the first call
    sender = _sender(cell, provider, tracker, shared)
    sender.check_budget(allow_unpriced=config.budget.allow_unpriced)
    return Plan(
        cell=cell,
        run_id=str(uuid.uuid4()),
        samples=samples,
        digest=digest(samples),
        draws=_own_share(draw(samples, config.n, config.repeats, config.seed), config),
        provider=provider,
        cost_tracker=sender.cost_tracker,
        sender=sender,
        remark=remark,
    )


def _check(provider: Provider, cell: Cell) -> str | None:
    """Refuse what the provider cannot do; a dry run only mentions it, since it asks before one has a key."""
    try:
        provider.check(cell.config.model.name)
    except ConfigError as error:
        if not cell.config.dry_run:
            raise
        return str(error)
    return None


def _own_share(draws: Draws, config: Config) -> Draws:
    """Deal the draws like cards, so that each shard is as balanced as the whole."""
    shards, shard = config.shards, config.shard
    if shards < 1 or (shard is not None and not 0 <= shard < shards):
        raise ConfigError(f"shard={shard} of shards={shards}: give shards >= 1 and a shard from 0 to shards - 1")
    if shard is None and shards > 1:
        raise ConfigError(f"shards={shards}: say which with shard=0, or ask all of them with -m shard=range({shards})")
    if shards > len(draws):
        raise ConfigError(f"shards={shards}: there are only {len(draws)} requests to deal; give fewer shards")
    return draws[shard or 0 :: shards]


def _sender(cell: Cell, provider: Provider, cost_tracker: CostTracker, shared: _Shared) -> Sender:
    config = cell.config
    account = {"account": provider.account, **asdict(config.limits)}
    return Sender(
        model=config.model.name,
        params={key: value for key, value in config.model.params.items() if value is not None},
        provider=provider,
        retry=Retry(**asdict(config.retry)),
        limits=shared.limits.get(account, cell, lambda it: Limits(LimitSettings(**asdict(it.config.limits)))),
        budget=shared.budget,
        cost_tracker=cost_tracker,
    )


def resume(plans: Sequence[Plan], engine: Engine, *, of_sweep: bool) -> list[Plan]:
    """Let plans go on with the runs of the last command that asked the same cells.

    Args:
        plans: from ``make_plans``.
        engine: the metrics DB.
        of_sweep: whether they are a multirun.

    Returns:
        The same plans, each with its earlier run and what that has done; one that has none is as it was. Money that
        was spent counts in their budget.

    Raises:
        ConfigError: there is nothing to go on with.
    """
    earlier = last_runs(engine, [plan.cell_key for plan in plans], of_sweep=of_sweep)
    if not earlier:
        raise ConfigError("resume=true: the metrics DB has no run of this command; leave resume out to begin one")
    by_cell = {(run.cell_key, run.cell, run.shard): run for run in earlier}
    plans[0].sender.budget.spent_pico_usd += spent_pico_usd(engine, [run.run_id for run in earlier])
    keys = [(plan.cell_key, plan.cell.cell, plan.cell.config.shard) for plan in plans]
    return [_resumed(plan, by_cell.get(key), engine) for plan, key in zip(plans, keys, strict=True)]


def _resumed(plan: Plan, run: EarlierRun | None, engine: Engine) -> Plan:
    if run is None:
        return plan
    _refuse_other_rates(plan, run)
    done = supersede(engine, run.run_id, errors=plan.cell.config.retry_errors)
    worst = max((plan.sender.worst_pico_usd(sample) for sample in plan.samples), default=0)
    plan.sender.budget.spent_pico_usd += worst * lost_calls(engine, run.run_id)  # they may be billed
    return replace(plan, run_id=run.run_id, earlier=run, done=frozenset(done))


def _refuse_other_rates(plan: Plan, run: EarlierRun) -> None:
    """One run has one price of its model: half of its bills at other rates would be compared as if they were alike."""
    began, now = json.loads(run.config_json).get("pricing"), plan.cell.resolved["pricing"]
    if began is None or began == now:
        return
    before, after = (plan.price(load_pricing(listed)) for listed in (began, now))
    if before != after:
        raise ConfigError(
            f"resume=true: {plan.cell.cell} began with other rates: leave resume out to begin anew, or go on with the "
            "old pricing and look at the new one with gencost reprice"
        )


class _Once:
    """Makes one value for all configs that are equal."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def get(self, node: Mapping[str, Any], cell: Cell, make: Callable[[Cell], Any]) -> Any:
        key = _key(node)
        if key not in self._made:
            self._made[key] = make(cell)
        return self._made[key]


@dataclass(frozen=True, kw_only=True)
class _Shared:
    """What the cells of one command line have in common."""

    budget: Budget
    samples: _Once = field(default_factory=_Once)
    registries: _Once = field(default_factory=_Once)
    limits: _Once = field(default_factory=_Once)
    providers: _Once = field(default_factory=_Once)


def _key(node: Mapping[str, Any]) -> str:
    return json.dumps(node, sort_keys=True, default=str)


def _refuse_mixed(cells: Sequence[Cell]) -> None:
    for group in ("metrics_db", "tracking", "budget", "decision", "resume", "dry_run"):
        if len({_key(cell.resolved[group]) for cell in cells}) > 1:
            raise ConfigError(f"{group} differs between the cells of one sweep: give one for all of them")


def _check_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(f"output folder {folder} cannot be made: {error.strerror}; choose another") from None
    if not os.access(folder, os.W_OK):
        raise ReportError(f"output folder {folder} cannot be written: choose another with hydra.run.dir=...")
