"""The list of what is recorded, for a terminal of 80 columns and for Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gencost.analysis.recorded.listing import ListEntry
from gencost.report.numbers import usd
from gencost.report.table import markdown_rows, print_upright

_TITLES = ("id", "name", "when (UTC)", "cells", "calls", "cost", "status")
_NUMBERS = ("cells", "calls", "cost")
_ID = 8
_NAME, _ANY_WIDTH = 8, 10_000
_PARTLY = "cost with +: further answers have no known one"
_MORE = "older ones: gencost list --all"
_NOTHING = "nothing is recorded yet: make calls with gencost run -m model=small,large n=50"


def print_list(entries: Sequence[ListEntry], more: bool, console: Console) -> None:
    """Print the list.

    Args:
        entries: the newest first.
        more: whether there are older ones.
        console: where.
    """
    if not entries:
        console.print(_NOTHING, highlight=False, markup=False, soft_wrap=True)
        return
    rows = [_values(entry) for entry in entries]
    table = _table(rows)
    whole = console.measure(table, options=console.options.update(max_width=_ANY_WIDTH)).maximum
    if whole - max(_NAME, *(len(row[1]) for row in rows)) + _NAME <= console.width:
        console.print(table)
    else:
        print_upright(_TITLES, rows, console)
    for line in _captions(entries, more):
        console.print(line, style="dim", highlight=False, markup=False, soft_wrap=True)


def _table(rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for title in _TITLES:
        name, justify = title == "name", "right" if title in _NUMBERS else "left"
        least = _NAME if name else None
        table.add_column(  # names wrap, so that no digit is cut off
            title,
            justify=justify,  # type: ignore[arg-type]
            overflow="fold",
            no_wrap=not name,
            min_width=least,
            header_style="bold",
        )
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def markdown_list(entries: Sequence[ListEntry]) -> str:
    """The same as Markdown."""
    return "\n\n".join([markdown_rows(_TITLES, [_values(entry) for entry in entries]), *_captions(entries, False)])


def _values(entry: ListEntry) -> list[str]:
    kind = f" [{entry.kind}]" if entry.kind not in ("sweep", "run") else ""
    cell = "" if entry.cell is None else f": {entry.cell}"
    more = "+" if entry.money.unpriced and entry.cost_usd is not None else ""
    return [
        entry.key[:_ID],
        f"{entry.name}{kind}{cell}",
        f"{entry.started_at:%Y-%m-%d %H:%M}",
        f"{entry.cells:,}",
        f"{entry.money.calls:,}",
        usd(entry.cost_usd) + more,
        entry.status,
    ]


def _captions(entries: Sequence[ListEntry], more: bool) -> list[str]:
    partly = any(entry.money.unpriced and entry.cost_usd is not None for entry in entries)
    return [line for line, wanted in ((_PARTLY, partly), (_MORE, more)) if wanted]
