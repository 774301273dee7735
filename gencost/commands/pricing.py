"""``gencost prices``, ``gencost reprice`` and ``gencost whatif``."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gencost.commands.arguments import FOUND, OK, Commands, chosen_runs, open_db, with_db, with_runs
from gencost.errors import PricingError

if TYPE_CHECKING:
    import pandas as pd


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    """Describe the commands."""
    again = commands.add_parser("reprice", help="what recorded tokens would cost under other rates or on another day")
    again.add_argument("--pricing", metavar="FILE", help="a registry like conf/pricing/default.yaml; default: that one")
    again.add_argument(
        "--at", metavar="DATE", help="take the rates of this day, YYYY-MM-DD; default: of each call's day"
    )
    again.set_defaults(command=_reprice)
    instead = commands.add_parser("whatif", help="what recorded calls would cost with another model; an estimate")
    instead.add_argument("--model", required=True, metavar="PROVIDER:MODEL")
    instead.add_argument("--pricing", metavar="FILE", help="a registry; default: conf/pricing/default.yaml")
    instead.set_defaults(command=_what_if)
    for one in (again, instead):
        one.add_argument("-o", "--output", metavar="FILE", help="write every call to this CSV file")
        with_runs(one)
        with_db(one)
    prices = commands.add_parser("prices", help="look at the price registry")
    actions = prices.add_subparsers(required=True, metavar="ACTION")
    for name, text in (("list", "every price"), ("show", "one price"), ("check", "against genai-prices, and how old")):
        action = actions.add_parser(name, help=text)
        action.add_argument("--pricing", metavar="FILE", help="a registry; default: conf/pricing/default.yaml")
        action.set_defaults(command={"list": _list, "show": _show, "check": _check}[name])
        if name == "show":
            action.add_argument("key", metavar="PROVIDER:MODEL")


def _reprice(given: argparse.Namespace) -> int:
    from gencost.analysis.reprice import per_cell, reprice  # noqa: PLC0415 - pandas, no part of --help
    from gencost.cost_tracker import CostTracker  # noqa: PLC0415
    from gencost.pricing import load_pricing  # noqa: PLC0415
    from gencost.report.pricing import print_repriced  # noqa: PLC0415

    tracker, at = CostTracker(load_pricing(given.pricing)), _day(given.at)
    engine = open_db(given)
    found = reprice(engine, chosen_runs(engine, given), tracker, at)
    print_repriced(per_cell(found), "repriced")
    _write(found, given.output)
    return OK


def _what_if(given: argparse.Namespace) -> int:
    from gencost.analysis.reprice import per_cell, what_if  # noqa: PLC0415 - pandas, no part of --help
    from gencost.cost_tracker import CostTracker  # noqa: PLC0415
    from gencost.pricing import load_pricing  # noqa: PLC0415
    from gencost.report.pricing import print_repriced  # noqa: PLC0415

    provider, colon, model = given.model.partition(":")
    if not colon or not model:
        raise PricingError(f'--model {given.model!r}: write "provider:model"')
    engine = open_db(given)
    found = what_if(engine, chosen_runs(engine, given), (provider, model), CostTracker(load_pricing(given.pricing)))
    print_repriced(per_cell(found), f"as {given.model}, same tokens (an estimate)")
    if found["scaled_pico_usd"].notna().any():
        title = f"as {given.model}, output as long as its own answers to the same prompts (an estimate)"
        print_repriced(per_cell(found, "scaled_pico_usd"), title)
    _write(found, given.output)
    return OK


def _day(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise PricingError(f"--at {text!r}: write a day like 2026-01-31") from None


def _write(found: pd.DataFrame, path: str | None) -> None:
    if path is None:
        return
    try:
        found.to_csv(Path(path), index=False)
    except OSError as error:
        raise PricingError(f"-o {path}: cannot be written: {error.strerror}") from None


def _list(given: argparse.Namespace) -> int:
    from gencost.pricing import load_pricing  # noqa: PLC0415 - no part of --help
    from gencost.report.pricing import print_prices  # noqa: PLC0415

    print_prices(load_pricing(given.pricing))
    return OK


def _show(given: argparse.Namespace) -> int:
    from gencost.pricing import find_price, load_pricing  # noqa: PLC0415 - no part of --help
    from gencost.report.pricing import print_price  # noqa: PLC0415

    provider, _, model = given.key.partition(":")
    found = find_price(load_pricing(given.pricing), provider, model, datetime.now(UTC))
    if found.pricing is None:
        raise PricingError(str(found.reason))
    print_price(given.key, found.pricing, found.source)
    return OK


def _check(given: argparse.Namespace) -> int:
    from gencost.pricing import load_pricing  # noqa: PLC0415 - no part of --help
    from gencost.pricing.compare import compare  # noqa: PLC0415
    from gencost.report.pricing import print_remarks  # noqa: PLC0415

    remarks = compare(load_pricing(given.pricing))
    print_remarks(remarks)
    return FOUND if remarks else OK
