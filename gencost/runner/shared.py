"""Objects that the cells of one command line share: what several configure alike is read and made once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from gencost.config.cell import Cell, build
from gencost.config.own_classes import told_of
from gencost.config.policy_file import PolicyCell
from gencost.config.schema import Config
from gencost.cost_tracker import CostTracker
from gencost.errors import ConfigError, PromptError
from gencost.pricing import load_pricing
from gencost.prompts.prompt_set import PromptSet, digest, draw
from gencost.protocols import AskingScorer, ParamsChecked, PromptSource, Provider
from gencost.runner.entrant import Draw
from gencost.runner.judging import Judging
from gencost.sending.budget import Budget
from gencost.sending.limits import Limits, LimitSettings
from gencost.sending.retry import Retry
from gencost.sending.sender import Sender
from gencost.types import Sample
from gencost.values.portable import merged

_NEVER = Retry(tries=1, give_up_after=None)  # of recorded calls: their failures fail again


class Once:
    """Makes one value for all configs that are equal."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def get(self, node: Mapping[str, Any], make: Callable[[], Any]) -> Any:
        """Give the value of a config, made now if it is the first of its kind."""
        key = key_of(node)
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]


def key_of(node: Any) -> str:
    """Plain values as one text."""
    return json.dumps(node, sort_keys=True, default=str)


@dataclass(frozen=True, kw_only=True)
class Shared:
    """Objects that the cells of one command line share.

    Attributes:
        budget: of all of them.
        limits: makes the gate before an account.
    """

    budget: Budget
    limits: Callable[[LimitSettings, str], Limits] = Limits
    _samples: Once = field(default_factory=Once)
    _digests: Once = field(default_factory=Once)
    _draws: Once = field(default_factory=Once)
    _registries: Once = field(default_factory=Once)
    _limits: Once = field(default_factory=Once)
    _providers: Once = field(default_factory=Once)

    def samples(self, cell: Cell) -> list[Sample]:
        """The samples of a cell's prompt set."""
        loaded: list[Sample] = self._samples.get(cell.config.prompts, lambda: _loaded(cell.prompts))
        return loaded

    def digest(self, cell: Cell) -> str:
        """The digest of these samples."""
        made: str = self._digests.get(cell.config.prompts, lambda: digest(self.samples(cell)))
        return made

    def draws(self, cell: Cell) -> list[Draw]:
        """Sample and repeat number of each request of a cell, all its shards together."""
        config = cell.config
        asked = {"prompts": config.prompts, "n": config.n, "repeats": config.repeats, "seed": config.seed}
        drawn: list[Draw] = self._draws.get(
            asked, lambda: draw(self.samples(cell), config.n, config.repeats, config.seed)
        )
        return drawn

    def tracker(self, cell: Cell) -> CostTracker:
        """A tracker of a cell's own, with its prices."""
        return CostTracker(self._registries.get(cell.config.pricing, lambda: load_pricing(cell.config.pricing)))

    def sender(self, cell: Cell, tracker: CostTracker) -> Sender:
        """The way to a cell's model."""
        config = cell.config
        provider: Provider = self._providers.get(config.provider, lambda: cell.provider)
        return self._sender(cell, provider, tracker, (config.model.name, cell.params))

    def sender_to(self, cell: Cell, tracker: CostTracker, asked: PolicyCell) -> Sender:
        """The way to a cell that the policy of another one may ask."""
        place = f"policy.cells.{asked.name}.provider"
        provider: Provider = self._providers.get(asked.provider, lambda: build(asked.provider, place, Provider))
        return self._sender(cell, provider, tracker, (asked.model, asked.params))

    def judging(self, cell: Cell, tracker: CostTracker) -> list[Judging]:
        """The ways to the models of a cell's judges."""
        judges = []
        for (key, node), scorer in zip(cell.config.quality.items(), cell.scorers, strict=True):
            if isinstance(scorer, AskingScorer):
                provider = self._provider(node.get("provider"), scorer)
                judges.append(self.judge(cell, tracker, scorer, provider).at(f"quality.{key}.model"))
        return judges

    def judge(
        self, cell: Cell, tracker: CostTracker, scorer: AskingScorer, provider: Provider | None = None
    ) -> Judging:
        """The way to the model of one judge."""
        model = scorer.model_name, scorer.params
        return Judging(scorer=scorer, sender=self._sender(cell, provider or scorer.provider, tracker, model))

    def _provider(self, node: Any, scorer: AskingScorer) -> Provider:
        if not isinstance(node, Mapping):
            return scorer.provider
        provider: Provider = self._providers.get(node, lambda: scorer.provider)
        return provider

    def _sender(
        self, cell: Cell, provider: Provider, tracker: CostTracker, model: tuple[str, Mapping[str, Any]]
    ) -> Sender:
        config, (name, params) = cell.config, model
        account = {"account": provider.account, **asdict(config.limits)}
        limits = LimitSettings(**asdict(config.limits))
        return Sender(
            model=name,
            params=params,
            provider=provider,
            retry=_NEVER if getattr(provider, "gives_again", False) else Retry(**asdict(config.retry)),
            limits=self._limits.get(account, lambda: self.limits(limits, key_of(account))),
            budget=self.budget,
            cost_tracker=tracker,
        )


def _loaded(prompts: PromptSource) -> list[Sample]:
    """Load a prompt set, which may be of a class of the user's own.

    Raises:
        PromptError: it gives no sample, or something else.
    """
    load = f"{type(prompts).__name__}.load()"
    with told_of(load):
        samples = list(prompts.load() or ())
    if not samples:
        raise PromptError(f"{load} gave no sample: there is nothing to ask")
    odd = next((sample for sample in samples if not isinstance(sample, Sample)), None)
    if odd is not None:
        raise PromptError(f"{load} gave {repr(odd)[:80]}: give gencost.Samples")
    if not isinstance(prompts, PromptSet):  # which has looked by itself
        twice = next((name for name, times in Counter(sample.id for sample in samples).items() if times > 1), None)
        if twice is not None:
            raise PromptError(f"{load} gave several samples the id {twice!r}: cells are paired by it: make it unique")
    return samples


def own_share(draws: list[Draw], config: Config) -> list[Draw]:
    """Deal the draws like cards, so that each shard is as balanced as the whole.

    Raises:
        ConfigError: there is no such shard, or nothing for each.
    """
    shards, shard = config.shards, config.shard
    if shards < 1 or (shard is not None and not 0 <= shard < shards):
        raise ConfigError(f"shard={shard} of shards={shards}: give shards >= 1 and a shard from 0 to shards - 1")
    if shard is None and shards > 1:
        raise ConfigError(f"shards={shards}: say which with shard=0, or ask all of them with -m shard=range({shards})")
    if shards > len(draws):
        raise ConfigError(f"shards={shards}: there are only {len(draws)} requests to deal; give fewer shards")
    return draws if shards == 1 else draws[shard or 0 :: shards]


def check_senders(cell: Cell, senders: Sequence[Sender]) -> str | None:
    """Find out whether the models of a cell can be asked, and within the budget.

    Args:
        cell: what asks.
        senders: the ways to its model and to those of its judges.

    Returns:
        For a dry run, which asks before one has a key: what a provider says that would stop the calls; None if nothing.

    Raises:
        ConfigError: a model cannot be asked, or not within the budget.
    """
    remark = None
    for sender in senders:
        try:
            with told_of(f"{type(sender.provider).__name__}.check({sender.model!r})"):
                sender.provider.check(sender.model)
        except ConfigError as error:
            if not cell.config.dry_run:
                raise
            remark = remark or str(error)
        _check_params(sender)
        # What must be loaded to know a price is loaded before the first call.
        sender.cost_tracker.known(sender.provider.name, sender.model)
        sender.check_budget(allow_unpriced=cell.config.budget.allow_unpriced)
    return remark


def _check_params(sender: Sender) -> None:
    if not isinstance(sender.provider, ParamsChecked):
        return
    try:
        sender.provider.check_params(sender.params)
    except ConfigError as error:
        if sender.place == "model":
            raise
        raise ConfigError(f"{sender.place}: {error}") from None


def check_rows(sender: Sender, samples: Sequence[Sample]) -> None:
    """Find out whether the provider has words for what samples send along by themselves.

    Raises:
        PromptError: it has none for one of them.
    """
    provider = sender.provider
    if not isinstance(provider, ParamsChecked):
        return
    for sample in samples:
        if sample.params:
            try:
                provider.check_params(merged(sender.params, sample.params))
            except ConfigError as error:
                raise PromptError(f"prompt {sample.id!r} sends along what cannot be sent: {error}") from None
