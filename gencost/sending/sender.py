"""Send the requests of one cell: within the account's limits, tried again, never beyond the budget."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from gencost.accounting import AccountedModel
from gencost.cost_tracker import CostTracker
from gencost.errors import ConfigError, ProviderError
from gencost.process.day_clock import DAY_CLOCK
from gencost.protocols import Provider
from gencost.providers.attempt import Exchange, Machine, machine_of, send_once
from gencost.providers.patience import Deadline
from gencost.sending.budget import Budget
from gencost.sending.limits import Limits, LimitSettings
from gencost.sending.retry import Retry
from gencost.sending.token_bounds import DEFAULT_OUT, most_tokens_in, most_tokens_out, usual_tokens_in
from gencost.types import Attempt, Record, Request, Sample
from gencost.values.error_types import NOT_SENT, STALE, error_type_of
from gencost.values.portable import merged


@dataclass(frozen=True, kw_only=True)
class Sender:
    """The step between the calls of one cell and its provider.

    Attributes:
        model: what is asked.
        params: sent along.
        provider: reaches the model.
        retry: how often a request is tried.
        limits: of the provider's account, shared by all cells.
        budget: shared by all cells.
        cost_tracker: knows the worst case of a call.
        place: the key of model and parameters in the config, for errors.
        judging_pico_usd: what judging an answer to a sample may cost; None if no answer is judged.
    """

    model: str
    params: Mapping[str, Any]
    provider: Provider
    retry: Retry
    limits: Limits
    budget: Budget
    cost_tracker: CostTracker
    place: str = "model"
    judging_pico_usd: Callable[[Sample], int] | None = None

    @classmethod
    def plain(cls, llm: AccountedModel) -> Sender:
        """Make one for the requests of an LLM that tries once, without limits and without a budget."""
        return cls(
            model=llm.model,
            params=llm.params,
            provider=llm.reach(),
            retry=Retry(tries=1),
            limits=Limits(LimitSettings()),
            budget=Budget(None),
            cost_tracker=llm.cost_tracker,
        )

    def at(self, place: str) -> Sender:
        """The same, configured somewhere else, see ``place``."""
        return replace(self, place=place)

    def holding(self, judging_pico_usd: Callable[[Sample], int]) -> Sender:
        """The same, with money held for judging, see ``judging_pico_usd``."""
        return replace(self, judging_pico_usd=judging_pico_usd)

    @cached_property
    def machine(self) -> Machine:
        """The machine that the model runs on, as far as anybody knows: that of its account."""
        return machine_of(self.provider.account)

    @cached_property
    def ends_after_s(self) -> float:
        """The most that a try takes before its provider ends it; infinite where that is not known."""
        return float(getattr(self.provider, "ends_after_s", math.inf))

    def check_budget(self, *, allow_unpriced: bool) -> None:
        """Find out whether the budget can hold.

        Args:
            allow_unpriced: let a model without a price run all the same.

        Raises:
            ConfigError: the model has no price, or its answers no bound.
        """
        if self.budget.limit_pico_usd is None:
            return
        key = f"{self.provider.name}:{self.model}"
        if not self.cost_tracker.known(self.provider.name, self.model):
            if allow_unpriced:
                return
            raise ConfigError(
                f"budget.usd cannot hold: {key} has no price; add it to the pricing registry, or allow it with "
                "budget.allow_unpriced=true"
            )
        where = "model.max_tokens" if self.place == "model" else f"{self.place}.params.max_tokens"
        if most_tokens_out(self.params) is None and self._worst_pico_usd(1, 10**9) != 0:
            raise ConfigError(f"budget.usd cannot hold: the answers of {key} have no bound; set {where}=...")

    def worst_pico_usd(self, sample: Sample) -> int:
        """The most that one try can cost, 1e-12 USD; 0 without a budget or a price."""
        if self.budget.limit_pico_usd is None:
            return 0
        return self._worst_pico_usd(most_tokens_in(sample), most_tokens_out(self._with(sample)) or 0)

    def _with(self, sample: Sample) -> Mapping[str, Any]:
        return merged(self.params, sample.params) if sample.params else self.params

    def _worst_pico_usd(self, tokens_in: int, tokens_out: int) -> int:
        longest_s = min(getattr(self.provider, "total_s", self.retry.max_s), self.retry.max_s)
        name, model = self.provider.name, self.model
        return self.cost_tracker.worst_pico_usd(name, model, tokens_in, tokens_out, longest_s) or 0

    async def admit(self, sample: Sample) -> bool:
        """Reserve the worst case of a call; False if the budget forbids it."""
        if self.budget.limit_pico_usd is None:
            return True
        return await self.budget.reserve(self.worst_pico_usd(sample), self.held_pico_usd(sample))

    def held_pico_usd(self, sample: Sample) -> int:
        """Return the money that is held for judging an answer to a sample, 1e-12 USD."""
        return 0 if self.judging_pico_usd is None else self.judging_pico_usd(sample)

    async def send(self, request: Request, stop: asyncio.Event | None = None) -> Exchange:
        """Send an admitted request: try until it succeeds or is not worth another try.

        Args:
            request: what is asked.
            stop: once it is set nothing more is sent; None if nothing stops it.

        Returns:
            All tries, and the result of the last; no try if ``stop`` came before the first.
        """
        return await _Sending(sender=self, request=request, stop=stop or asyncio.Event()).run()

    def shut(self, error_type: str) -> bool:
        """Whether a refusal was one too many of an account that answers nobody."""
        throttled = error_type_of(error_type).throttled and self.retry.give_up_after is not None
        return throttled and self.limits.shut

    async def reserve_again(self, sample: Sample) -> bool:
        """Reserve the worst case of one more try of an admitted call; False if the budget forbids it."""
        return self.budget.limit_pico_usd is None or await self.budget.reserve_again(self.worst_pico_usd(sample))

    def settle(self, sample: Sample, record: Record | None) -> None:
        """Replace the reservations of a call by what it cost, or may have cost.

        Args:
            sample: what was asked.
            record: None if the call ended without one: it may be billed.
        """
        if self.budget.limit_pico_usd is None:
            return
        worst = self.worst_pico_usd(sample)
        if record is None or record.response is None or record.request.role != "sample":
            self.budget.let_go(self.held_pico_usd(sample))
        if record is None:
            self.budget.settle(worst, worst)
            return
        failed = sum(self._spent_by(a, worst) for a in record.attempts if a.error_type is not None)
        answered = 0 if record.cost is None else worst if record.cost.pico_usd is None else record.cost.pico_usd
        self.budget.settle(worst * max(1, len(record.attempts)), failed + answered)

    def _spent_by(self, attempt: Attempt, worst_pico_usd: int) -> int:
        """Return what a failed try cost, or may have cost as a model worked on it or its answer began, 1e-12 USD."""
        if attempt.cost is not None:
            return worst_pico_usd if attempt.cost_pico_usd is None else attempt.cost_pico_usd
        return worst_pico_usd * (attempt.ttft_ms is not None or error_type_of(str(attempt.error_type)).may_be_billed)


@dataclass(kw_only=True)
class _Sending:
    """One request on its way.

    Attributes:
        sender: of the cell.
        request: what is asked.
        stop: once it is set nothing more is sent.
        attempts: made so far.
        tried: those that count in ``retry.tries``.
        used_s: what tries and waits between them took.
        backoff_ms: what waits between tries took, those for a place included.
        sent_ns: when the first try was sent.
        progress: answers of the account when this request was refused last.
    """

    sender: Sender
    request: Request
    stop: asyncio.Event
    attempts: tuple[Attempt, ...] = ()
    tried: int = 0
    used_s: float = 0.0
    backoff_ms: float = 0.0
    sent_ns: int | None = None
    progress: int = -1

    async def run(self) -> Exchange:
        """Try until it succeeds, is not worth another try, or is stopped."""
        exchange = await self._try()
        while exchange is not None and exchange.error is not None and await self._again(exchange.error):
            waiting_ns = time.perf_counter_ns()
            following = await self._try(waiting_ns)
            if following is None:
                break
            exchange = following
        if exchange is None:
            exchange = Exchange(attempts=(), error=ProviderError("stopped before it was sent", error_type=NOT_SENT))
        if exchange.attempts == self.attempts and not self.backoff_ms:
            return exchange
        return replace(exchange, attempts=self.attempts, backoff_ms=self.backoff_ms, sent_ns=self.sent_ns)

    async def _again(self, error: ProviderError) -> bool:
        """Wait before the next try; False if there is none."""
        sender, retry = self.sender, self.sender.retry
        if getattr(sender.provider, "gives_again", False):  # the same failure would come again
            return False
        if error.error_type == STALE:
            return not self.stop.is_set() and await self._may_pay(error)
        self._count(error)
        wait_s = retry.wait_s(error, self.tried, self.used_s)
        if wait_s is None and retry.too_long(error):
            bound = f"retry.longest_wait_s={retry.longest_wait_s:g}"
            error.args = (f"{error}; it asks to wait {error.retry_after_s:,.0f} s, longer than {bound}",)
        if wait_s is None or self.stop.is_set() or not await self._may_pay(error):
            return False
        waiting_ns = time.perf_counter_ns()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stop.wait(), wait_s)
        self._waited(waiting_ns)
        self.used_s += wait_s
        return not self.stop.is_set()

    async def _may_pay(self, error: ProviderError) -> bool:
        """Reserve the money of one more try; where the budget has no room for it, the error says so."""
        paid = await self.sender.reserve_again(self.request.sample)
        if not paid:
            error.args = (f"{error}; not tried again: {self.sender.budget.name} is spent or held by calls under way",)
        return paid

    def _count(self, error: ProviderError) -> None:
        """Count a try; not a refusal while the account answers others: then it is a matter of its turn."""
        answers = self.sender.limits.answers
        moved = error_type_of(error.error_type).throttled and -1 < self.progress < answers
        self.progress = answers
        self.tried += not moved

    def _tokens(self) -> int:
        """Estimate what a try takes of the account's tokens."""
        return usual_tokens_in(self.request.sample) + (most_tokens_out(self.request.params) or DEFAULT_OUT)

    def _waited(self, since_ns: int) -> None:
        self.backoff_ms += (time.perf_counter_ns() - since_ns) / 1e6

    async def _try(self, waiting_ns: int | None = None) -> Exchange | None:
        """Make one try within the limits of the account; None if it was stopped before."""
        sender, limits = self.sender, self.sender.limits
        if not await limits.enter(self._tokens, self.stop):
            return None
        if waiting_ns is not None:
            self._waited(waiting_ns)
        sent_s = time.monotonic()
        try:
            in_time = sender.ends_after_s <= sender.retry.max_s - self.used_s
            exchange = await (self._tried() if in_time else self._stopped_in_time())
        finally:
            limits.leave()
        self.used_s += time.monotonic() - sent_s
        self.attempts = (*self.attempts, *exchange.attempts)
        self.sent_ns = self.sent_ns or exchange.sent_ns
        if exchange.error is None:
            limits.answered()
        elif error_type_of(exchange.error.error_type).throttled and not getattr(sender.provider, "gives_again", False):
            asked_s = None if sender.retry.too_long(exchange.error) else exchange.error.retry_after_s
            limits.refused(asked_s, sent_s)
        return exchange

    def _tried(self) -> Coroutine[Any, Any, Exchange]:
        return send_once(self.sender.provider, self.request, len(self.attempts) + 1, self.sender.machine)

    async def _stopped_in_time(self) -> Exchange:
        """Make one try whose provider may end it later than ``retry.max_s`` allows."""
        retry, ts, started_ns = self.sender.retry, DAY_CLOCK.now(), time.perf_counter_ns()
        try:
            with Deadline(retry.max_s - self.used_s):
                return await self._tried()
        except TimeoutError:
            error = ProviderError(f"the request took longer than retry.max_s={retry.max_s:g} s", error_type="timeout")
            service_ms = (time.perf_counter_ns() - started_ns) / 1e6
            late = Attempt(attempt=len(self.attempts) + 1, ts=ts, service_ms=service_ms, error_type="timeout")
            return Exchange(attempts=(late,), error=error, sent_ns=started_ns)
