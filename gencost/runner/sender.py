"""Send the requests of one cell: within the account's limits, tried again, never beyond the budget."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from gencost.cost_tracker import CostTracker
from gencost.error_types import error_type_of
from gencost.errors import ConfigError, ProviderError
from gencost.llm import UnifiedLLM
from gencost.protocols import Provider
from gencost.providers.attempt import Exchange, send_once
from gencost.runner.budget import Budget
from gencost.runner.limits import Limits, LimitSettings
from gencost.runner.retry import Retry
from gencost.runner.token_bounds import DEFAULT_OUT, most_tokens_in, most_tokens_out, usual_tokens_in
from gencost.types import Attempt, Record, Request, Sample


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
        place: where model and parameters stand in the config, for errors.
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
    def plain(cls, llm: UnifiedLLM) -> Sender:
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
        if most_tokens_out(self.params) is None and self._worst_pico_usd(1, 10**9) != 0:
            raise ConfigError(
                f"budget.usd cannot hold: the answers of {key} have no bound; set {self.place}.params.max_tokens=..."
            )

    def worst_pico_usd(self, sample: Sample) -> int:
        """The most that one try can cost, 1e-12 USD; 0 without a budget or a price."""
        if self.budget.limit_pico_usd is None:
            return 0
        return self._worst_pico_usd(most_tokens_in(sample), most_tokens_out({**self.params, **sample.params}) or 0)

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

    async def send(self, request: Request) -> Exchange:
        """Send an admitted request: try until it succeeds or is not worth another try.

        Returns:
            All tries, and what came of the last.
        """
        started_s = time.monotonic()
        exchange = first = await self._try(request, 1, started_s)
        attempts, backoff_ms = exchange.attempts, 0.0
        while exchange.error is not None:
            wait_s = self.retry.wait_s(exchange.error, len(attempts), time.monotonic() - started_s)
            if wait_s is None or not self._reserve_again(request.sample):
                break
            waiting_ns = time.perf_counter_ns()
            await asyncio.sleep(wait_s)
            backoff_ms += (time.perf_counter_ns() - waiting_ns) / 1e6
            exchange = await self._try(request, len(attempts) + 1, started_s)
            attempts = (*attempts, *exchange.attempts)
        if exchange is first:
            return exchange
        return replace(exchange, attempts=attempts, backoff_ms=backoff_ms, sent_ns=first.sent_ns)

    def _reserve_again(self, sample: Sample) -> bool:
        return self.budget.limit_pico_usd is None or self.budget.reserve_again(self.worst_pico_usd(sample))

    async def _try(self, request: Request, number: int, started_s: float) -> Exchange:
        """Make one try within the time of the request and the limits of the account."""
        ts, started_ns = datetime.now(UTC), time.perf_counter_ns()
        try:
            async with asyncio.timeout(self.retry.max_s - (time.monotonic() - started_s)):
                exchange = await self._within_limits(request, number)
        except TimeoutError:
            error = ProviderError(
                f"the request took longer than retry.max_s={self.retry.max_s:g} s", error_type="timeout"
            )
            service_ms = (time.perf_counter_ns() - started_ns) / 1e6
            late = Attempt(attempt=number, ts=ts, service_ms=service_ms, error_type="timeout")
            return Exchange(attempts=(late,), error=error, sent_ns=started_ns)
        if exchange.error is None:
            self.limits.answered()
        elif error_type_of(exchange.error.error_type).throttled:
            self.limits.refused(exchange.error.retry_after_s)
        return exchange

    async def _within_limits(self, request: Request, number: int) -> Exchange:
        if self.limits.open:
            return await send_once(self.provider, request, number)
        tokens = usual_tokens_in(request.sample) + (most_tokens_out(request.params) or DEFAULT_OUT)
        async with self.limits.place(tokens):
            return await send_once(self.provider, request, number)

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
        answered = 0
        if record.cost is not None:
            answered = worst if record.cost.pico_usd is None else record.cost.pico_usd
        self.budget.settle(worst * max(1, len(record.attempts)), failed + answered)

    def _spent_by(self, attempt: Attempt, worst_pico_usd: int) -> int:
        """What a failed try cost, or may have cost, 1e-12 USD."""
        if attempt.cost is not None:
            return worst_pico_usd if attempt.cost_pico_usd is None else attempt.cost_pico_usd
        return worst_pico_usd if error_type_of(str(attempt.error_type)).may_be_billed else 0
