"""One format for money, in sentences and tables."""

from __future__ import annotations


def usd(value: float) -> str:
    """Show money with four significant digits, and at least cents."""
    if value == 0:
        return "$0"
    digits = 2
    while digits < 12 and abs(value) * 10**digits < 1000:
        digits += 1
    return f"${value:,.{digits}f}" if value > 0 else f"-${-value:,.{digits}f}"
