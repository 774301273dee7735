"""Rate limits of one provider account, shared by every cell that uses it, slower after a 429, faster again later."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from gencost.errors import ConfigError

_SLOWEST = 1 / 16
_SLOWER = 0.5
_FASTER = 1.02
_BURST_S = 1.0


@dataclass(frozen=True, kw_only=True)
class LimitSettings:
    """The limits of a provider account; None is no limit.

    Attributes:
        requests_per_min: tries a minute.
        tokens_per_min: estimated input + largest output tokens a minute.
        in_flight: tries at once, over all cells.
    """

    requests_per_min: float | None = None
    tokens_per_min: float | None = None
    in_flight: int | None = None

    def __post_init__(self) -> None:
        """Refuse a limit that would let nothing through."""
        for name in ("requests_per_min", "tokens_per_min", "in_flight"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise ConfigError(f"limits.{name}={value}: give a number > 0, or null for no limit")


class Pace:
    """Spaces amounts out to so many a minute (GCRA, ITU-T I.371), with a burst of one second's worth.

    Args:
        per_min: amount a minute; None never waits.
    """

    def __init__(self, per_min: float | None) -> None:
        self._per_s = None if per_min is None else per_min / 60
        self._free_at_s = -math.inf

    def wait_s(self, amount: float, now_s: float, speed: float = 1.0) -> float:
        """Take ``amount`` and say how long to wait before using it.

        Args:
            amount: requests or tokens.
            now_s: the clock.
            speed: share of the pace that is allowed at the moment, in (0, 1].

        Returns:
            Seconds, 0 if it may be used at once.
        """
        if self._per_s is None:
            return 0.0
        start_s = max(self._free_at_s, now_s - _BURST_S)
        self._free_at_s = start_s + amount / (self._per_s * speed)
        return max(0.0, start_s - now_s)


class Limits:
    """The gate before one provider account.

    Args:
        settings: what the account allows.
    """

    def __init__(self, settings: LimitSettings) -> None:
        self._requests = Pace(settings.requests_per_min)
        self._tokens = Pace(settings.tokens_per_min)
        self._places = asyncio.Semaphore(settings.in_flight) if settings.in_flight else contextlib.nullcontext()
        self._unlimited = settings == LimitSettings()
        self._speed = 1.0
        self._closed_until_s = -math.inf

    @property
    def open(self) -> bool:
        """Whether nothing has to be waited for: there is no limit, and the provider refused nobody lately."""
        return self._unlimited and self._closed_until_s <= time.monotonic()

    @contextlib.asynccontextmanager
    async def place(self, tokens: int) -> AsyncIterator[None]:
        """Wait for a place, hold it while one try is made.

        Args:
            tokens: estimate of input + largest output.
        """
        async with self._places:
            now_s = time.monotonic()
            waits = (
                self._requests.wait_s(1, now_s, self._speed),
                self._tokens.wait_s(tokens, now_s, self._speed),
                self._closed_until_s - now_s,
            )
            if (wait_s := max(waits)) > 0:
                await asyncio.sleep(wait_s)
            yield

    def refused(self, retry_after_s: float | None) -> None:
        """Note a 429: nobody sends before the account opens again, and then at half the pace.

        Args:
            retry_after_s: what the server asked for; None if it did not.
        """
        self._closed_until_s = max(self._closed_until_s, time.monotonic() + (retry_after_s or 0.0))
        self._speed = max(_SLOWEST, self._speed * _SLOWER)

    def answered(self) -> None:
        """Note an answer: the pace recovers by 2 % each, up to what was configured."""
        self._speed = min(1.0, self._speed * _FASTER)
