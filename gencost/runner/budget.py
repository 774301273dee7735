"""A budget that holds: the worst case of a call is reserved before it is sent and settled after.

Invariant: spent + reserved never exceeds the limit, however many calls are in flight.
"""

from __future__ import annotations

import math

from gencost.errors import ConfigError
from gencost.types import PICO_PER_USD


class Budget:
    """Money that all cells of a sweep share.

    Args:
        usd: the most that may be spent; None has no limit.
        spent_pico_usd: already spent by what is being resumed, 1e-12 USD.

    Raises:
        ConfigError: the limit is negative or not a number.
    """

    def __init__(self, usd: float | None, spent_pico_usd: int = 0) -> None:
        if usd is not None and not (math.isfinite(usd) and usd >= 0):
            raise ConfigError(f"budget.usd={usd}: give USD >= 0, or null for no limit")
        self._limit = None if usd is None else round(usd * PICO_PER_USD)
        self.spent_pico_usd = spent_pico_usd
        self.reserved_pico_usd = 0
        self.exhausted = False

    def reserve(self, worst_pico_usd: int) -> bool:
        """Set money aside for one call.

        Args:
            worst_pico_usd: the most it can cost, 1e-12 USD.

        Returns:
            False if that could exceed the limit; the call must not be sent. From then on every call is refused, so
            that a cheap straggler does not slip in behind a dear one and spoil the pairing.
        """
        if self.exhausted:
            return False
        asked = self.spent_pico_usd + self.reserved_pico_usd + worst_pico_usd
        if self._limit is not None and asked > self._limit:
            self.exhausted = True
            return False
        self.reserved_pico_usd += worst_pico_usd
        return True

    def settle(self, worst_pico_usd: int, pico_usd: int | None) -> None:
        """Replace a reservation by what the call cost.

        Args:
            worst_pico_usd: what was reserved.
            pico_usd: what it cost; None if that is unknown, and then the whole reservation counts as spent.
        """
        self.reserved_pico_usd -= worst_pico_usd
        self.spent_pico_usd += worst_pico_usd if pico_usd is None else pico_usd
