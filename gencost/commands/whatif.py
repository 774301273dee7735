"""``gencost whatif``: what recorded calls would cost with another model."""

from __future__ import annotations

import argparse

from gencost.analysis.bills.reprice import per_cell, what_if
from gencost.commands.output import check_answered, check_calls_file, write_calls
from gencost.commands.selection import chosen_prices, chosen_runs, opened_db, price_key
from gencost.cost_tracker import CostTracker
from gencost.errors import PricingError
from gencost.process.exit_codes import OK
from gencost.report.pricing import print_repriced, print_unchanged


def run(given: argparse.Namespace) -> int:
    """Print the estimate of each cell; what is recorded stays."""
    check_calls_file(given.output)
    provider, model = price_key(given.model, "--model")
    tracker = CostTracker(chosen_prices(given))
    with opened_db(given) as engine:
        calls = what_if(engine, chosen_runs(engine, given), (provider, model), tracker)
    check_answered(calls)
    reasons = calls["reason"].dropna()
    if calls["repriced_pico_usd"].isna().all() and len(reasons):
        raise PricingError(f"--model {given.model}: {reasons.iloc[0]}")
    print_repriced(per_cell(calls), f"as {given.model}, with the tokens as they were: an estimate", "estimate")
    if calls["scaled_pico_usd"].notna().any():
        scaled = per_cell(calls[calls["scaled_pico_usd"].notna()], "scaled_pico_usd")
        title = f"as {given.model}, with answers as long as its own to the same prompts: an estimate"
        print_repriced(scaled, title, "estimate")
    print_unchanged()
    write_calls(calls, given.output)
    return OK
