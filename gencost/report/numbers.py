"""Numbers as people read them; unknown is ``n/a``, never 0."""

from __future__ import annotations

NOT_KNOWN = "n/a"


def usd(value: float | None) -> str:
    """Show money with four significant digits, and at least cents."""
    if value is None:
        return NOT_KNOWN
    if value == 0:
        return "$0"
    digits = 2
    while digits < 12 and abs(value) * 10**digits < 1000:
        digits += 1
    return f"${value:.{digits}f}" if value > 0 else f"-${-value:.{digits}f}"


def number(value: float | None, digits: int) -> str:
    """Show a number with so many decimals."""
    return NOT_KNOWN if value is None else f"{value:,.{digits}f}"


def ms(value: float | None) -> str:
    """Show a time, ms."""
    return number(value, 1)
