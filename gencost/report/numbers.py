"""Numbers as people read them; unknown is ``n/a``, never 0."""

from __future__ import annotations

import math
from collections.abc import Callable

from gencost.analysis.statistics.intervals import Estimate
from gencost.decision.numbers import decimals, written
from gencost.decision.numbers import usd as money

NOT_KNOWN = "n/a"


def usd(value: float | None) -> str:
    """Show money with four significant digits, and at least cents."""
    return NOT_KNOWN if value is None else money(value)


def number(value: float | None, digits: int) -> str:
    """Show a number with as many decimals; one that rounds to 0 has no minus."""
    return NOT_KNOWN if value is None else f"{round(value, digits) + 0.0:,.{digits}f}"


def ms(value: float | None) -> str:
    """Show a time, ms."""
    return number(value, 1)


def percent(value: float | None) -> str:
    """Show a share."""
    return NOT_KNOWN if value is None else f"{value:.1%}".replace(".0%", "%").replace("%", " %")


def signed(value: float | None, margin: float = 0.0) -> str:
    """Show a difference of quality, without a minus if it rounds to 0, and never rounded to the margin."""
    return NOT_KNOWN if value is None else written(value, (-margin, margin) if margin else (), 3, "+")


def ratio(value: float | None) -> str:
    """Show a ratio with three significant digits, or more if it would be rounded to 1."""
    if value is None:
        return NOT_KNOWN
    if value == 0 or value >= 999.5:
        return f"{value:,.0f}"
    if abs(value - 1) < 0.01:
        least = 3 if value < 1 and not math.isclose(value, 1) else 2
        return f"{value:.{decimals(value, (1.0,), least)}f}"
    return f"{value:#.3g}".rstrip(".")


def p_value(value: float | None) -> str:
    """Show a p-value."""
    return NOT_KNOWN if value is None else "<0.001" if value < 0.001 else f"{value:.3f}"


def with_interval(estimate: Estimate | None, shown: Callable[[float | None], str]) -> str:
    """Show a figure with its 95 % interval; an end that is not known is ``n/a``."""
    if estimate is None:
        return NOT_KNOWN
    if estimate.low is None and estimate.high is None:
        return shown(estimate.value)
    return f"{shown(estimate.value)} [{shown(estimate.low)}, {shown(estimate.high)}]"
