"""A budget that holds: the worst case of a try is reserved before it is sent and settled after.

Invariant: spent + reserved never exceeds the limit, however many calls are in flight.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Iterator

from gencost.errors import ConfigError
from gencost.types import PICO_PER_USD


class Budget:
    """Money that all cells of a sweep share.

    Args:
        usd: the most that may be spent; None has no limit.
        spent_pico_usd: already spent by what is being resumed, 1e-12 USD.

    Attributes:
        spent_pico_usd: spent so far; a try that may be billed without a known cost counts with its worst case.
        reserved_pico_usd: set aside for tries under way.
        held_pico_usd: kept for judging the answers, which begins when all are there.
        exhausted: a call was refused. From then on every call is, so that a cheap straggler does not slip in behind
            a dear one and spoil the pairing.

    Raises:
        ConfigError: the limit is negative or not a number.
    """

    def __init__(self, usd: float | None, spent_pico_usd: int = 0) -> None:
        if usd is not None and not (math.isfinite(usd) and usd >= 0):
            raise ConfigError(f"budget.usd={usd}: give USD >= 0, or null for no limit")
        self.limit_pico_usd = None if usd is None else round(usd * PICO_PER_USD)
        self.spent_pico_usd = spent_pico_usd
        self.reserved_pico_usd = 0
        self.held_pico_usd = 0
        self.exhausted = False
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def name(self) -> str:
        """The key that sets it, with its value."""
        return f"budget.usd={(self.limit_pico_usd or 0) / PICO_PER_USD:g}"

    def _fits(self, worst_pico_usd: int) -> bool:
        asked = self.spent_pico_usd + self.reserved_pico_usd + self.held_pico_usd + worst_pico_usd
        return self.limit_pico_usd is None or asked <= self.limit_pico_usd

    async def reserve(self, worst_pico_usd: int, held_pico_usd: int = 0) -> bool:
        """Set money aside for a call's first try; waits while calls in flight may still give some back.

        Args:
            worst_pico_usd: the most a try can cost, 1e-12 USD.
            held_pico_usd: what judging its answer may cost.

        Returns:
            False if the limit forbids it; the call must not be sent.
        """
        both = worst_pico_usd + held_pico_usd
        while not self.exhausted and not self._fits(both) and self.reserved_pico_usd > 0:
            freed = asyncio.get_running_loop().create_future()
            self._waiting.append(freed)
            await freed
        if self.exhausted or not self._fits(both):
            self.exhausted = True
            self._wake()
            return False
        self.reserved_pico_usd += worst_pico_usd
        self.held_pico_usd += held_pico_usd
        return True

    async def reserve_again(self, worst_pico_usd: int) -> bool:
        """Set money aside for one more try of a call under way; never waits, as that call holds a reservation itself.

        Args:
            worst_pico_usd: the most a try can cost, 1e-12 USD.
        """
        if not self._fits(worst_pico_usd):
            return False
        self.reserved_pico_usd += worst_pico_usd
        return True

    def settle(self, reserved_pico_usd: int, spent_pico_usd: int) -> None:
        """Replace a call's reservations by what it cost.

        Args:
            reserved_pico_usd: all that was reserved for it.
            spent_pico_usd: what it cost, or may have cost.
        """
        self.reserved_pico_usd -= reserved_pico_usd
        self.spent_pico_usd += spent_pico_usd
        self._wake()

    def let_go(self, held_pico_usd: int) -> None:
        """Give back what was held for judging an answer that did not come."""
        self.held_pico_usd -= held_pico_usd
        self._wake()

    @contextlib.contextmanager
    def judging(self) -> Iterator[None]:
        """Spend what was held: calls of judges may use it, even if calls before them were refused."""
        refused, self.exhausted, self.held_pico_usd = self.exhausted, False, 0
        try:
            yield
        finally:
            self.exhausted = self.exhausted or refused

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)
