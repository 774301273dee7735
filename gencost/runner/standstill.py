"""A process that stood still: suspended, or its event loop held up so long that no latency meanwhile is true."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from gencost.providers.attempt import Exchange
from gencost.providers.patience import SUSPENDED_S
from gencost.runner.punctual_loop import PunctualLoop

_LOOK_S = 0.25


class Standstill:
    """Looks for gaps in the clock of the running event loop.

    A ``PunctualLoop`` tells itself that it did not look at its sockets for so long; the timer keeps it from waiting for
    them as long. In another loop the timer, if it is due in the gap, fires in the same round as the bytes that came
    meanwhile, before any task reads them. So whoever asks about a call that has ended knows every gap in it.

    Attributes:
        until_ns: the end of the last gap, on the clock of ``time.perf_counter_ns``; 0 before the first.
    """

    def __init__(self) -> None:
        """Begin to look."""
        self.until_ns = 0
        self._loop = asyncio.get_running_loop()
        if isinstance(self._loop, PunctualLoop):
            self._loop.told_standstill = self._stood_still
        self._due_ns = 0
        self._timer = self._next()

    def stop(self) -> None:
        """Look no longer."""
        self._timer.cancel()

    def timed(self, exchange: Exchange) -> Exchange:
        """Take its times from an answer that was on its way while the process stood still; else leave it as it is."""
        if exchange.response is None or exchange.sent_ns is None or exchange.sent_ns >= self.until_ns:
            return exchange
        return replace(exchange, response=replace(exchange.response, latency_ms=None, ttft_ms=None))

    def _next(self) -> asyncio.TimerHandle:
        self._due_ns = time.perf_counter_ns() + int(_LOOK_S * 1e9)
        return self._loop.call_later(_LOOK_S, self._look)

    def _look(self) -> None:
        now_ns = time.perf_counter_ns()
        if now_ns - self._due_ns > SUSPENDED_S * 1e9 and not isinstance(self._loop, PunctualLoop):
            self._stood_still(now_ns)
        self._timer = self._next()

    def _stood_still(self, until_ns: int) -> None:
        self.until_ns = until_ns
