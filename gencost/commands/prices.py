"""``gencost prices``: look at the price registry."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from gencost.commands.selection import chosen_prices, price_key
from gencost.errors import PricingError
from gencost.pricing import find_price
from gencost.pricing.check import compare
from gencost.process.exit_codes import FAILED, OK
from gencost.report.pricing import print_price, print_prices, print_remarks


def show_all(given: argparse.Namespace) -> int:
    """Print every price."""
    print_prices(chosen_prices(given))
    return OK


def show(given: argparse.Namespace) -> int:
    """Print one price with its tiers, windows and source."""
    provider, model = price_key(given.key, "prices show")
    price = find_price(chosen_prices(given), provider, model, datetime.now(UTC))
    if price.pricing is None:
        raise PricingError(str(price.reason))
    print_price(given.key, price.pricing, price.source)
    return OK


def check(given: argparse.Namespace) -> int:
    """Compare the registry with genai-prices; exit code 1 if something needs attention."""
    registry = chosen_prices(given)
    remarks = compare(registry)
    print_remarks(remarks, len(registry))
    return FAILED if remarks else OK
