"""Retries: only what is worth trying again, every try a row, the server's own wish to wait obeyed."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from gencost.error_types import error_type_of
from gencost.errors import ConfigError, ProviderError
from gencost.protocols import Provider
from gencost.providers.attempt import Exchange, send_once
from gencost.types import Attempt, Request

SendOnce = Callable[[Provider, Request, int], Awaitable[Exchange]]


@dataclass(frozen=True, kw_only=True)
class Retry:
    """How often and how long a request is tried.

    The wait before try k + 1 is drawn evenly from [0, min(cap_s, base_s * 2^k)] ("full jitter", Brooker, AWS
    Architecture Blog, 2015), and never shorter than the server asked for.

    Attributes:
        tries: the most tries on the wire; 1 never retries.
        base_s: the longest first wait.
        cap_s: the longest wait of our own choice.
        max_s: the whole request, its tries and waits, ends so many seconds after the first try began.
    """

    tries: int = 4
    base_s: float = 0.5
    cap_s: float = 30.0
    max_s: float = 600.0
    jitter: Callable[[float, float], float] = field(default=random.uniform, repr=False)

    def __post_init__(self) -> None:
        """Refuse a policy that would never send, or never wait."""
        if self.tries < 1:
            raise ConfigError(f"retry.tries={self.tries}: at least 1 try must be made")
        if min(self.base_s, self.cap_s) < 0 or not self.max_s > 0:
            raise ConfigError("retry: base_s and cap_s are seconds >= 0, max_s is > 0")

    def wait_s(self, exchange: Exchange, tried: int, since_s: float) -> float | None:
        """Say how long to wait before the next try.

        Args:
            exchange: the try that just ended.
            tried: tries made so far.
            since_s: seconds since the first try was sent.

        Returns:
            Seconds; None if no further try is to be made.
        """
        error = exchange.error
        if error is None or not error_type_of(error.error_type).retried or tried >= self.tries:
            return None
        wait_s = self.jitter(0.0, min(self.cap_s, self.base_s * 2 ** (tried - 1)))
        if error.retry_after_s is not None:
            wait_s = max(wait_s, error.retry_after_s)
        return wait_s if since_s + wait_s <= self.max_s else None

    async def send(
        self, provider: Provider, request: Request, once: SendOnce = send_once, again: Callable[[], bool] = lambda: True
    ) -> Exchange:
        """Try until it succeeds or is not worth another try.

        Args:
            provider: reaches the model.
            request: what is asked.
            once: makes one try, given its number.
            again: whether one more try may be made, asked before each but the first.

        Returns:
            All tries, and what came of the last.
        """
        started = time.monotonic()
        first: Exchange | None = None
        attempts: tuple[Attempt, ...] = ()
        backoff_ms = 0.0
        while True:
            left_s = self.max_s - (time.monotonic() - started)
            exchange = await self._within(left_s, once(provider, request, len(attempts) + 1), len(attempts) + 1)
            first = first or exchange
            attempts = (*attempts, *exchange.attempts)
            wait_s = self.wait_s(exchange, len(attempts), time.monotonic() - started)
            if wait_s is None or not again():
                return replace(exchange, attempts=attempts, backoff_ms=backoff_ms, sent_ns=first.sent_ns)
            waiting = time.perf_counter_ns()
            await asyncio.sleep(wait_s)
            backoff_ms += (time.perf_counter_ns() - waiting) / 1e6

    async def _within(self, left_s: float, trying: Awaitable[Exchange], number: int) -> Exchange:
        ts, started_ns = datetime.now(UTC), time.perf_counter_ns()
        try:
            async with asyncio.timeout(left_s):
                return await trying
        except TimeoutError:
            service_ms = (time.perf_counter_ns() - started_ns) / 1e6
            error = ProviderError(f"the request took longer than retry.max_s={self.max_s:g} s", error_type="timeout")
            made = Attempt(attempt=number, ts=ts, service_ms=service_ms, error_type="timeout")
            return Exchange(attempts=(made,), error=error, sent_ns=started_ns)
