"""The checked plan of a cell: nothing of it can fail any more for a reason known before its first call."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gencost.config.building import rules_of
from gencost.config.cell import Cell
from gencost.cost_tracker import CostTracker
from gencost.errors import ReportError
from gencost.llm import UnifiedLLM
from gencost.masking import masked
from gencost.metrics_db import Engine, Writer
from gencost.metrics_db.begun_steps import begun
from gencost.metrics_db.resume import EarlierRun
from gencost.metrics_db.run_rows import new_run_id
from gencost.metrics_db.unscored import Again
from gencost.pricing import Registry, find_price
from gencost.protocols import Provider
from gencost.quality.base import is_late
from gencost.quality.score import Rules
from gencost.runner.cache import AnswerCache
from gencost.runner.calls import CellCalls
from gencost.runner.cell_key import cell_key, earlier_keys
from gencost.runner.entrant import Entrant
from gencost.runner.judging import Judging, with_judging
from gencost.runner.late_scoring import Scoring
from gencost.runner.live_policy import LivePolicy, with_policy
from gencost.runner.progress import CellCount
from gencost.runner.shared import Shared, check_rows, check_senders, key_of, own_share
from gencost.runner.stepping import Stepping
from gencost.sending.budget import Budget
from gencost.sending.sender import Sender
from gencost.types import Sample
from gencost.values.cell_names import RecordedCell, given_names, name_cells

Draws = list[tuple[Sample, int]]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One checked cell.

    Attributes:
        cell: its objects.
        run_id: its id in the metrics DB.
        samples: of its prompt set.
        digest: SHA-256 of the prompt set.
        rules: of its scorers.
        draws: sample and repeat number of each call, in the order asked; those of its own shard if the cell is split.
        provider: one object for all cells that configure it alike.
        cost_tracker: with its prices.
        sender: stands before the provider; of a policy, before that of the first cell it may ask.
        policy: carried out by the calls; None asks one model.
        judging: how the calls of its judges are made.
        earlier: the run that this one goes on with; None for a new one.
        done: prompt id and repeat of the calls that an earlier run made.
        remark: what a dry run found that would stop the calls; None if nothing would.
        label: the cell's name beside the other cells, the same for all its shards.
    """

    cell: Cell
    run_id: str
    samples: list[Sample]
    digest: str
    rules: Rules
    draws: Draws
    provider: Provider
    cost_tracker: CostTracker
    sender: Sender
    policy: LivePolicy | None = None
    judging: tuple[Judging, ...] = ()
    earlier: EarlierRun | None = None
    done: frozenset[tuple[str, int]] = frozenset()
    remark: str | None = None
    label: str = ""

    @property
    def name(self) -> str:
        """The cell's name; its shard's, if it is split."""
        shard, shards = self.cell.config.shard, self.cell.config.shards
        return self.label if shard is None else f"{self.label} [shard {shard} of {shards}]"

    @property
    def cell_key(self) -> str:
        """SHA-256 of what defines the calls: what is asked, a model or a policy's, prompts and how they are drawn."""
        return cell_key(self._defines)

    @property
    def earlier_keys(self) -> list[str]:
        """The keys that these calls had under earlier rules."""
        return earlier_keys(self._defines)

    @property
    def _defines(self) -> dict[str, Any]:
        config = self.cell.config
        return {
            **self._asked,
            "prompts": self.digest,
            "n": config.n,
            "repeats": config.repeats,
            "seed": config.seed,
        }

    @property
    def _asked(self) -> dict[str, Any]:
        if self.policy is not None:
            gates = list(map(self.rules.version_of, self.policy.gates))
            return {"provider": {}, "model": f"policy {self.policy.file.digest}", "params": {"gates": gates}}
        provider, model = self.cell.resolved["provider"], self.cell.config.model.name
        return {"provider": provider, "model": model, "params": masked(self.cell.params)}

    @property
    def senders(self) -> tuple[Sender, ...]:
        """The ways to every model that it may ask, those of judges aside."""
        return (self.sender,) if self.policy is None else tuple(self.policy.senders.values())

    def worst_pico_usd(self, sample: Sample) -> int:
        """The most that one try of a call can cost, 1e-12 USD; 0 without a budget or a price."""
        return max(sender.worst_pico_usd(sample) for sender in self.senders)

    @property
    def load_group(self) -> str:
        """The values of its load: cells with equal ones run at once, others one after another."""
        return key_of(self.cell.resolved["load"])

    @property
    def load_seed(self) -> int:
        """The seed of its schedule: shards of one seed would all call at the same moments."""
        return self.cell.config.seed + (self.cell.config.shard or 0)

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

    def let_go(self) -> None:
        """Forget samples and draws, for all plans that share them: what comes after the calls needs their memory."""
        self.samples.clear()
        self.draws.clear()

    def prices(self, registry: Registry) -> tuple[list[str | None], str | None]:
        """Return the rates of its models today in a registry, and the region that they are multiplied for."""
        now, models = datetime.now(UTC), [(sender.provider.name, sender.model) for sender in self.senders]
        prices = [find_price(registry, *model, now).pricing for model in models]
        return [None if price is None else price.block for price in prices], registry.settings.region

    def calls(self, engine: Engine, writer: Writer, entrant: Entrant | None = None) -> CellCalls:
        """Make the calls ready to run.

        Args:
            engine: the metrics DB, for the response cache.
            writer: records them.
            entrant: decides with the calls of other cells; None for a cell that makes all its calls.
        """
        config, draws = self.cell.config, self.left
        llm = UnifiedLLM(
            provider=self.provider,
            model=self.sender.model,
            params=self.sender.params,
            scorers=[scorer for scorer in self.cell.scorers if not is_late(scorer)],
            rules=self.rules,
            cost_tracker=self.cost_tracker,
            writer=writer,
            run_id=self.run_id,
            seed=config.seed,
        )
        return CellCalls(
            llm=llm,
            draws=draws,
            load=self.cell.load,
            count=CellCount(cell=self.label, total=len(draws)),
            sender=self.sender
            if self.policy is None
            else replace(self.sender, budget=Budget(None), judging_pico_usd=None),
            cache=None if self.policy is not None else self._cache(engine, self.sender, self.cell.resolved["provider"]),
            steps=None if self.policy is None else self._stepping(self.policy, engine, llm),
            entrant=entrant,
            group=self.load_group,
            seed=self.load_seed,
        )

    def _cache(self, engine: Engine, sender: Sender, provider: Mapping[str, Any]) -> AnswerCache | None:
        config = self.cell.config
        if not config.cache.enabled:
            return None
        cache = AnswerCache(provider, sender.model, sender.params, config.seed)
        cache.load(engine, self.left)
        return cache

    def _stepping(self, policy: LivePolicy, engine: Engine, llm: UnifiedLLM) -> Stepping:
        earlier = {} if self.earlier is None else begun(engine, self.run_id)
        caches = {name: self._cache(engine, sender, policy.providers[name]) for name, sender in policy.senders.items()}
        return policy.stepping(llm, caches, earlier)

    def scoring(self) -> list[Scoring]:
        """List what scores the answers when all are there: late scorers; after a resume every scorer that has not."""
        config = self.cell.config
        again: Again = "empty" if config.retry_errors and self.earlier is not None else "missing"
        ways = {judging.scorer.name: judging for judging in self.judging}
        late = [scorer for scorer in self.cell.scorers if is_late(scorer) or self.earlier is not None]
        samples = {sample.id: sample for sample in self.samples}
        return [
            Scoring(
                scorer=scorer,
                run_id=self.run_id,
                count=CellCount(cell=f"{scorer.name} of {self.label}", total=0),
                judging=ways.get(scorer.name),
                seed=config.seed,
                again=again,
                rules=self.rules,
                samples=samples,
            )
            for scorer in late
        ]


def make_plans(cells: Sequence[Cell], budget: Budget, shared: Shared | None = None) -> list[Plan]:
    """Check every cell; what several cells configure alike is read and made once.

    Args:
        cells: of one command line.
        budget: that they share.
        shared: what else they share; None for the cells of one process.

    Raises:
        UserError: the first mistake found in any of them.
    """
    shared = shared or Shared(budget=budget)
    return _named([_plan(cell, shared) for cell in cells])


def _named(plans: Sequence[Plan]) -> list[Plan]:
    recorded = [
        RecordedCell(
            overrides=plan.cell.cell,
            identity=plan.run_id if plan.shards is None else f"{plan.cell_key}{plan.cell.cell}",
            model=plan.cell.resolved["model"]["name"],
            given=given_names(plan.cell.config.cell_names),
        )
        for plan in plans
    ]
    return [replace(plan, label=label) for plan, label in zip(plans, name_cells(recorded), strict=True)]


def _plan(cell: Cell, shared: Shared) -> Plan:
    config, tracker = cell.config, shared.tracker(cell)
    judging = shared.judging(cell, tracker)
    _check_folder(cell.output_dir)
    cell, policy = with_policy(cell, shared, tracker)
    senders = [with_judging(shared.sender(cell, tracker), judging)] if policy is None else [*policy.senders.values()]
    judges = [*judging, *(() if policy is None else policy.judging)]
    remark = check_senders(cell, [*senders, *(judge.sender for judge in judges)])
    samples = shared.samples(cell)
    for sender in senders:
        check_rows(sender, samples)
    return Plan(
        cell=cell,
        run_id=new_run_id(),
        samples=samples,
        digest=shared.digest(cell),
        rules=rules_of(config),
        draws=own_share(shared.draws(cell), config),
        provider=senders[0].provider,
        cost_tracker=tracker,
        sender=senders[0],
        policy=policy,
        judging=tuple(judging),
        remark=remark,
    )


def _check_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(f"output folder {folder} cannot be made: {error.strerror}; choose another") from None
    if not os.access(folder, os.W_OK):
        raise ReportError(f"output folder {folder} cannot be written: choose another with hydra.run.dir=...")
