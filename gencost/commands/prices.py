"""``gencost prices``, ``gencost reprice`` and ``gencost whatif``."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gencost.commands.arguments import Commands, chosen_runs, open_db, with_db, with_runs
from gencost.errors import PricingError
from gencost.exit_codes import FAILED, OK

if TYPE_CHECKING:
    import pandas as pd

    from gencost.pricing import Registry

_PRICING = "a registry like conf/pricing/default.yaml, or the name of one in conf/pricing; default: default"


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    """Describe the commands."""
    again = commands.add_parser("reprice", help="what recorded tokens would cost under other rates or on another day")
    again.add_argument("--pricing", metavar="FILE", help=_PRICING)
    again.add_argument(
        "--at", metavar="DATE", help="take the rates of this day, YYYY-MM-DD; default: of each call's day"
    )
    again.set_defaults(command=_reprice)
    instead = commands.add_parser("whatif", help="what recorded calls would cost with another model; an estimate")
    instead.add_argument("--model", required=True, metavar="PROVIDER:MODEL")
    instead.add_argument("--pricing", metavar="FILE", help=_PRICING)
    instead.set_defaults(command=_what_if)
    for one in (again, instead):
        one.add_argument("-o", "--output", metavar="FILE", help="write every call to this .csv or .json file")
        with_runs(one)
        with_db(one)
    prices = commands.add_parser("prices", help="look at the price registry")
    actions = prices.add_subparsers(required=True, metavar="ACTION")
    for name, text in (
        ("list", "every price"),
        ("show", "one price"),
        ("check", "against genai-prices, and how old; exit code 1 if there is something to look at"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("--pricing", metavar="FILE", help=_PRICING)
        action.set_defaults(command={"list": _list, "show": _show, "check": _check}[name])
        if name == "show":
            action.add_argument("key", metavar="PROVIDER:MODEL")


def _reprice(given: argparse.Namespace) -> int:
    from gencost.analysis.reprice import per_cell, reprice  # noqa: PLC0415 - pandas, no part of --help
    from gencost.cost_tracker import CostTracker  # noqa: PLC0415
    from gencost.report.pricing import print_repriced, print_unchanged  # noqa: PLC0415

    _check_output(given.output)
    tracker, at = CostTracker(_registry(given)), _day(given.at)
    engine = open_db(given)
    found = reprice(engine, chosen_runs(engine, given), tracker, at)
    day = "of the day of each call" if given.at is None else f"of {given.at}"
    print_repriced(
        per_cell(found), f"with the rates {day} in {given.pricing or 'conf/pricing/default.yaml'}", "repriced"
    )
    print_unchanged()
    _write(found, given.output)
    return OK


def _what_if(given: argparse.Namespace) -> int:
    from gencost.analysis.reprice import per_cell, what_if  # noqa: PLC0415 - pandas, no part of --help
    from gencost.cost_tracker import CostTracker  # noqa: PLC0415
    from gencost.report.pricing import print_repriced, print_unchanged  # noqa: PLC0415

    _check_output(given.output)
    provider, model = _key(given.model, "--model")
    tracker = CostTracker(_registry(given))
    engine = open_db(given)
    found = what_if(engine, chosen_runs(engine, given), (provider, model), tracker)
    reasons = found["reason"].dropna()
    if len(found) and found["repriced_pico_usd"].isna().all() and len(reasons):
        raise PricingError(f"--model {given.model}: {reasons.iloc[0]}")
    print_repriced(per_cell(found), f"as {given.model}, with the tokens as they were: an estimate", "estimate")
    if found["scaled_pico_usd"].notna().any():
        scaled = per_cell(found[found["scaled_pico_usd"].notna()], "scaled_pico_usd")
        title = f"as {given.model}, with answers as long as its own to the same prompts: an estimate"
        print_repriced(scaled, title, "estimate")
    print_unchanged()
    _write(found, given.output)
    return OK


def _key(text: str, place: str) -> tuple[str, str]:
    provider, _, model = text.partition(":")
    if not provider or not model:
        raise PricingError(f'{place} {text!r}: write "provider:model", e.g. openai:gpt-5-mini')
    return provider, model


def _registry(given: argparse.Namespace) -> Registry:
    """Read the registry: a file, or the name of one in ``conf/pricing``."""
    from gencost.paths import conf_dir  # noqa: PLC0415 - no part of --help
    from gencost.pricing import load_pricing  # noqa: PLC0415

    if given.pricing is None or Path(given.pricing).exists():
        return load_pricing(given.pricing)
    choice = conf_dir() / "pricing" / f"{given.pricing}.yaml"
    return load_pricing(choice if choice.exists() else given.pricing)


def _day(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise PricingError(f"--at {text!r}: write a day like 2026-01-31") from None


def _check_output(path: str | None) -> None:
    """Refuse, before anything is computed, what cannot be written."""
    if path is None:
        return
    if Path(path).suffix not in (".csv", ".json"):
        raise PricingError(f"-o {path}: name a file that ends in .csv or .json")
    if not Path(path).absolute().parent.is_dir():
        raise PricingError(f"-o {path}: its folder does not exist; make it first")


def _write(found: pd.DataFrame, path: str | None) -> None:
    """Write every call; amounts stay whole pico-dollars, which are exact."""
    if path is None:
        return
    shown = found.rename(columns={"cost_pico_usd": "billed_pico_usd"})
    place = shown.columns.get_loc("repriced_pico_usd") + 1
    shown.insert(place, "difference_pico_usd", shown["repriced_pico_usd"] - shown["billed_pico_usd"])
    try:
        if path.endswith(".json"):
            shown.to_json(path, orient="records", indent=1)
        else:
            shown.to_csv(path, index=False)
    except OSError as error:
        raise PricingError(f"-o {path}: cannot be written: {error.strerror or error}") from None


def _list(given: argparse.Namespace) -> int:
    from gencost.report.pricing import print_prices  # noqa: PLC0415 - no part of --help

    print_prices(_registry(given))
    return OK


def _show(given: argparse.Namespace) -> int:
    from gencost.pricing import find_price  # noqa: PLC0415 - no part of --help
    from gencost.report.pricing import print_price  # noqa: PLC0415

    provider, model = _key(given.key, "prices show")
    found = find_price(_registry(given), provider, model, datetime.now(UTC))
    if found.pricing is None:
        raise PricingError(str(found.reason))
    print_price(given.key, found.pricing, found.source)
    return OK


def _check(given: argparse.Namespace) -> int:
    from gencost.pricing.check import compare  # noqa: PLC0415 - no part of --help
    from gencost.report.pricing import print_remarks  # noqa: PLC0415

    registry = _registry(given)
    remarks = compare(registry)
    print_remarks(remarks, len(registry))
    return FAILED if remarks else OK
