"""Prices and bills for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table

from gencost.analysis.reprice import Repriced
from gencost.pricing import ModelPricing, Registry
from gencost.pricing.compare import Remark
from gencost.report.console import make_console
from gencost.report.numbers import NOT_KNOWN, usd


def print_repriced(cells: Sequence[Repriced], title: str) -> None:
    """Print what was billed beside what it would cost, a line a cell, and their sum."""
    console = make_console()
    table = _table(("cell", "model", "calls", "compared", "billed", title, "difference", "ratio"), left=2)
    for one in cells:
        table.add_row(one.cell, one.model, f"{one.calls:,}", f"{one.compared:,}", *_figures(one))
    console.print(table)
    for one in cells:
        for reason in one.reasons:
            console.print(f"{one.cell}: {reason}", style="red", markup=False, highlight=False, soft_wrap=True)
    console.print("The recorded bills are as they were.", style="dim")


def _figures(one: Repriced) -> tuple[str, str, str, str]:
    if one.billed_usd is None or one.repriced_usd is None:
        return NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN
    ratio = f"{one.repriced_usd / one.billed_usd:.3f}" if one.billed_usd else NOT_KNOWN
    return usd(one.billed_usd), usd(one.repriced_usd), usd(one.repriced_usd - one.billed_usd), ratio


def print_prices(registry: Registry) -> None:
    """Print the latest rates of every model."""
    table = _table(("model", "input", "cached", "output", "from", "checked", "source"), left=1)
    for key, price in sorted(registry.items()):
        rates = (price.input_usd_per_mtok, price.cached_usd_per_mtok, price.output_usd_per_mtok)
        shown = ["free" if price.free else "" if rate is None else f"{rate:f}" for rate in rates]
        table.add_row(key, *shown, str(price.from_date or ""), str(price.checked or "never"), price.source)
    console = make_console()
    console.print("USD per million tokens; gencost prices show KEY has the rest", style="dim")
    console.print(table)


def print_price(key: str, price: ModelPricing, source: str) -> None:
    """Print one price with everything it says, and the rates before it."""
    console = make_console()
    console.print(f"{key} from {source}", style="bold", highlight=False)
    for one in (price, *price.earlier):
        line = f"{one.block}  source: {one.source or 'unknown'}  checked: {one.checked or 'never'}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def print_remarks(remarks: Sequence[Remark]) -> None:
    """Print what to look at, a line each."""
    console = make_console()
    if not remarks:
        console.print("every price agrees with genai-prices and was checked lately")
    for one in remarks:
        console.print(f"{one.key}: {one.kind}: {one.what}", markup=False, highlight=False, soft_wrap=True)


def _table(titles: Sequence[str], left: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for i, title in enumerate(titles):
        table.add_column(title, justify="left" if i < left else "right", overflow="fold")
    return table
