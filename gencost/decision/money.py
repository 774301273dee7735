"""One format for money, in sentences and tables."""

from __future__ import annotations

from decimal import Decimal


def usd(value: float) -> str:
    """Show money with four significant digits, and at least cents."""
    if value == 0:
        return "$0"
    digits = 2
    while digits < 12 and abs(value) * 10**digits < 1000:
        digits += 1
    amount = Decimal(f"{abs(value):.12g}")  # of a thousand calls and of one, however summed, the same digits are shown
    return f"{'-' if value < 0 else ''}${amount:,.{digits}f}"
