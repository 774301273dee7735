"""The places of values on an axis, in percent of its length, and which of them are written beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

LOG_FROM = 20.0
_TICKS = 5
_PADDING = 0.05


@dataclass(frozen=True, kw_only=True)
class Scale:
    """An axis.

    Attributes:
        low: the value at its beginning.
        high: the value at its end.
        log: logarithmic.
    """

    low: float
    high: float
    log: bool = False

    @classmethod
    def of(cls, values: Iterable[float], *, zero: bool = False) -> Scale:
        """Choose an axis for values: logarithmic where they span more than a factor of 20; a little wider.

        Args:
            values: finite.
            zero: begins at 0, for bars; never logarithmic.
        """
        known = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
        low, high = (min(0.0, *known, 0.0) if zero else min(known)), max(known) or float(not any(known))
        if not zero and low > 0 and high / low > LOG_FROM:
            wider = (high / low) ** _PADDING
            return cls(low=low / wider, high=high * wider, log=True)
        room = (high - low) * _PADDING or abs(high) * 0.5 or 1.0
        return cls(low=low if zero and low == 0 else low - room, high=high + room)

    def at(self, value: float) -> float:
        """The place of a value in percent; a value beyond an end is put at that end."""
        low, high = self.low, self.high
        if self.log:
            value, low, high = math.log(max(value, self.low)), math.log(low), math.log(high)
        return round(100 * min(1.0, max(0.0, (value - low) / (high - low))), 2)

    def ticks(self, shown: Callable[[float], str]) -> tuple[tuple[float, str], ...]:
        """Round values along the axis: their places and how they are written."""
        candidates = self._decades() if self.log else self._even()
        return tuple((self.at(value), shown(value)) for value in candidates)

    def _even(self) -> list[float]:
        raw = (self.high - self.low) / _TICKS
        unit = 10.0 ** math.floor(math.log10(raw))
        step = next(unit * times for times in (1, 2, 2.5, 5, 10) if unit * times >= raw * 0.999)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [float(f"{i * step:.12g}") for i in range(first, last + 1)]

    def _decades(self) -> list[float]:
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        for steps in ((1, 2, 5), (1, 3), (1,)):
            values = [times * 10.0**power for power in range(first, last + 1) for times in steps]
            within = [float(f"{value:.6g}") for value in values if self.low <= value <= self.high]
            if len(within) <= _TICKS + 1:
                return within
        return within[:: -(-len(within) // (_TICKS + 1))]


def plain(value: float) -> str:
    """Write a tick without needless zeros."""
    return f"{value:,.10g}"


def dollars(value: float) -> str:
    """Write a tick of money without needless zeros."""
    return f"{'-' if value < 0 else ''}${abs(value):.12f}".rstrip("0").rstrip(".")
