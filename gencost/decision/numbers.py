"""Numbers in the decision's sentences and in tables: money, and figures beside the limits that they keep or break."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal

_MOST_DECIMALS = 8


def decimals(value: float, limits: Iterable[float], least: int) -> int:
    """Count the decimals that tell a value from every limit that it does not equal.

    Args:
        value: to be written; if it is not finite, or equals a limit up to rounding, ``least`` is enough.
        limits: that it is compared with.
        least: the fewest.
    """
    others = [limit for limit in limits if not math.isclose(value, limit, rel_tol=1e-9, abs_tol=1e-12)]
    if not math.isfinite(value):
        return least
    counts = range(least, _MOST_DECIMALS + 1)
    return next((count for count in counts if round(value, count) not in {round(o, count) for o in others}), least)


def written(value: float, limits: Iterable[float], least: int, sign: str = "") -> str:
    """Write a value with as many decimals; one that rounds to 0 has no minus, a failed call's time is infinite."""
    if math.isinf(value):
        return "infinite"
    count = decimals(value, limits, least)
    return f"{round(value, count) + 0.0:{sign},.{count}f}"


def usd(value: float) -> str:
    """Show money with four significant digits, and at least cents."""
    if value == 0:
        return "$0"
    digits = 2
    while digits < 12 and abs(value) * 10**digits < 1000:
        digits += 1
    amount = Decimal(f"{abs(value):.12g}")  # of a thousand calls and of one, however summed, the same digits are shown
    return f"{'-' if value < 0 else ''}${amount:,.{digits}f}"
