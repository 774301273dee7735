"""Prices and bills for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.markup import escape
from rich.table import Table

from gencost.analysis.bills.reprice import Repriced
from gencost.pricing import ModelPricing, Registry
from gencost.pricing.check import Remark
from gencost.report.console import make_console
from gencost.report.numbers import NOT_KNOWN, usd
from gencost.types import PICO_PER_USD

_WITH_SOURCE = 120


def print_repriced(cells: Sequence[Repriced], title: str, column: str) -> None:
    """Print what was billed beside what it would cost, a line a cell, and the sums of several.

    Args:
        cells: from ``per_cell``.
        title: says what the new prices are.
        column: what they are called in the table.
    """
    console = make_console()
    console.print(title, style="bold", highlight=False)
    table = _table(("cell", "model", "calls", column, "of", "billed", "of both: difference", "ratio"), left=2)
    for cell in cells:
        table.add_row(escape(cell.cell), escape(cell.model), *_figures(cell))
    if len(cells) > 1:
        table.add_row("sum", "", *_figures(_sum(cells)), style="bold")
    console.print(table)
    for cell in cells:
        for reason in cell.reasons:
            console.print(f"{cell.cell}: {reason}", style="red", markup=False, highlight=False, soft_wrap=True)


def print_unchanged() -> None:
    """Say that nothing was changed."""
    make_console().print("The recorded bills are as they were.", style="dim")


_SUMS = ("billed_pico_usd", "compared_pico_usd", "repriced_pico_usd")


def _sum(cells: Sequence[Repriced]) -> Repriced:
    known = {name: [it for cell in cells if (it := getattr(cell, name)) is not None] for name in _SUMS}
    sums = {name: sum(values) if values else None for name, values in known.items()}
    counts = {name: sum(getattr(cell, name) for cell in cells) for name in ("calls", "compared", "repriced")}
    return Repriced(cell="sum", model="", reasons=(), **counts, **sums)  # type: ignore[arg-type]


def _figures(repriced: Repriced) -> tuple[str, ...]:
    """Calls, the new sum and over how many; then what was billed, and how both differ over the calls that have both."""
    billed, again = repriced.billed_pico_usd, repriced.compared_pico_usd
    known = billed is not None and again is not None
    shown = (f"{repriced.calls:,}", _usd(repriced.repriced_pico_usd), f"{repriced.repriced:,}", _usd(billed))
    ratio = f"{again / billed:.3f}" if known and billed and again is not None else NOT_KNOWN
    return (*shown, _usd(again - billed) if billed is not None and again is not None else NOT_KNOWN, ratio)


def _usd(pico: int | None) -> str:
    return NOT_KNOWN if pico is None else usd(pico / PICO_PER_USD)


def print_prices(registry: Registry) -> None:
    """Print the latest rates of every model."""
    console = make_console()
    titles = ("model", "input", "cached", "output", "from", "checked", "source")
    shown_titles = titles if console.width >= _WITH_SOURCE else titles[:-1]
    table = _table(shown_titles, left=1)
    for key, price in sorted(registry.items()):
        rates = (price.input_usd_per_mtok, price.cached_usd_per_mtok, price.output_usd_per_mtok)
        by_hour = "free" if price.free else "by the hour" if price.gpu_hour is not None else ""
        shown = [by_hour if rate is None else f"{rate.normalize():f}" for rate in rates]
        row = (escape(key), *shown, str(price.from_date or ""), str(price.checked or "never"), escape(price.source))
        table.add_row(*row[: len(shown_titles)])
    console.print("USD per million tokens; gencost prices show KEY has the rest", style="dim")
    console.print(table)
    if registry.settings.fallback != "none":
        console.print(f"every other model: {registry.settings.fallback}; gencost prices show KEY has it", style="dim")


def print_price(key: str, price: ModelPricing, source: str) -> None:
    """Print one price with everything it says, and the rates before it."""
    console = make_console()
    console.print(f"{key} from {source}", style="bold", highlight=False)
    for block in (price, *price.earlier):
        line = f"{block.block}  source: {block.source or 'unknown'}  checked: {block.checked or 'never'}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def print_remarks(remarks: Sequence[Remark], models: int) -> None:
    """Print the models that need attention, a line each; ``models`` are all that were checked."""
    console = make_console()
    if not remarks:
        console.print(f"{models:,} models: every price agrees with genai-prices and was checked lately")
    for remark in remarks:
        console.print(f"{remark.key}: {remark.kind}: {remark.what}", markup=False, highlight=False, soft_wrap=True)


def _table(titles: Sequence[str], left: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for i, title in enumerate(titles):
        table.add_column(title, justify="left" if i < left else "right", overflow="fold")
    return table
