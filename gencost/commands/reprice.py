"""``gencost reprice``: what recorded tokens would cost under other rates or on another day."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from gencost.analysis.bills.reprice import per_cell, reprice
from gencost.commands.output import check_answered, check_calls_file, write_calls
from gencost.commands.selection import chosen_prices, chosen_runs, opened_db
from gencost.cost_tracker import CostTracker
from gencost.errors import PricingError
from gencost.process.exit_codes import OK
from gencost.report.pricing import print_repriced, print_unchanged


def run(given: argparse.Namespace) -> int:
    """Print what each cell would cost; what is recorded stays."""
    check_calls_file(given.output)
    tracker, at = CostTracker(chosen_prices(given)), _day(given.at)
    with opened_db(given) as engine:
        calls = reprice(engine, chosen_runs(engine, given), tracker, at)
    check_answered(calls)
    day = "of the day of each call" if given.at is None else f"of {given.at}"
    title = f"with the rates {day} in {given.pricing or 'conf/pricing/default.yaml'}"
    print_repriced(per_cell(calls), title, "repriced")
    print_unchanged()
    write_calls(calls, given.output)
    return OK


def _day(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise PricingError(f"--at {text!r}: write a day like 2026-01-31") from None
