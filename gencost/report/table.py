"""The table of cells, for a terminal and for Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gencost.analysis.summary import CellSummary
from gencost.report.console import sentence
from gencost.report.warnings import notes, warnings

_CELL_WIDTH, _BROKEN_WIDTH, _ANY_WIDTH = 24, 14, 10_000


def caption(summaries: Sequence[CellSummary]) -> str:
    """Say what the quality column means."""
    scores = sorted({summary.run.score for summary in summaries if summary.run.score is not None})
    return f"quality: mean of {', '.join(scores)}" if scores else "quality: no scorer"


def print_rows(titles: Sequence[str], rows: Sequence[Sequence[str]], console: Console) -> None:
    """Print a table: its first column is the cell, a column without a title has words, the others numbers.

    Where the console is too narrow, intervals go on a line of their own; if that is not enough, columns move together,
    counts of errors that are all 0 are left out, and names take more lines, broken between their words; then intervals
    take two lines and titles as many as they have words; last, each figure has a line, as no digit may be cut off.
    """
    fitting = next((layout for layout in _layouts(titles, rows) if _fits(layout[0], console)), None)
    if fitting is not None:
        console.print(fitting[0], end=fitting[1])
        return
    print_upright(titles, rows, console)


def print_upright(titles: Sequence[str], rows: Sequence[Sequence[str]], console: Console) -> None:
    """Print each row as its first value and a line for each other one, for a console that is too narrow for a table."""
    for name, *values in rows:
        figures = Table.grid(padding=(0, 2, 0, 0))
        for title, value in zip(titles[1:], values, strict=True):
            if value:
                figures.add_row(*(Text(text, overflow="fold") for text in (f"  {title}", value)))
        console.print(Text(name, style="bold", overflow="fold"))
        console.print(figures, end="\n\n")


def _layouts(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[tuple[Table, str]]:
    """The layouts of a table, from the widest to the narrowest."""
    yield _table(titles, rows), "\n"
    broken = [[cell, *map(_broken, values)] for cell, *values in rows]
    yield _table(titles, broken), "\n"
    yield _table(titles, broken, close=True), "\n\n"
    without_zeros = _without_zeros(titles, broken)
    yield _table(*without_zeros, close=True), "\n\n"
    words = max((len(word) for cell, *_ in rows for word in cell.split()), default=0)
    for kept_titles, values in (without_zeros, _ends_apart(*without_zeros)):
        for width in range(_CELL_WIDTH - 1, min(words, _CELL_WIDTH) - 1, -1):
            yield _table(kept_titles, values, close=True, cell_width=width), "\n\n"
    for width in (_CELL_WIDTH - 1, _BROKEN_WIDTH):  # if a name is one long word
        yield _table(*without_zeros, close=True, cell_width=width), "\n\n"


def _ends_apart(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Give each end of an interval and each word of a title a line."""
    lines = [[cell, *(re.sub(r"(\n\[[^ ]*,) ", r"\1\n", value) for value in values)] for cell, *values in rows]
    return [title.replace(" ", "\n") for title in titles], lines


def _without_zeros(
    titles: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Leave out columns of counts that are 0 throughout."""
    kept = [i for i, title in enumerate(titles) if title != "errors" or any(row[i] != "0" for row in rows)]
    return [titles[i] for i in kept], [[row[i] for i in kept] for row in rows]


def _fits(table: Table, console: Console) -> bool:
    return console.measure(table, options=console.options.update(max_width=_ANY_WIDTH)).maximum <= console.width


def _table(
    titles: Sequence[str], rows: Sequence[Sequence[str]], close: bool = False, cell_width: int = _CELL_WIDTH
) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=not close, padding=(0, 0 if close else 1, 0, 0))
    names = [cell if len(cell) <= _CELL_WIDTH and not close else cell.replace(", ", ",\n") for cell, *_ in rows]
    longest = max((len(line) for name in names for line in name.splitlines()), default=0)
    for title in titles:
        first = title == titles[0]
        justify: Literal["left", "right"] = "left" if first or not title else "right"
        least = min(longest, cell_width) if first else None
        most = cell_width if first and cell_width < _CELL_WIDTH else None
        table.add_column(
            title,
            justify=justify,
            overflow="fold",
            no_wrap=not first,
            header_style="bold",
            min_width=least,
            max_width=most,
        )
    for name, (_, *values) in zip(names, rows, strict=True):
        table.add_row(*(Text(value) for value in (name, *values)))  # a string would be read as markup
    return table


def _broken(value: str) -> str:
    return value.replace(" [", "\n[")


def print_remarks(summaries: Sequence[CellSummary], console: Console) -> None:
    """Print the notes, then the warnings."""
    for line in notes(summaries):
        sentence(console, line, "dim")
    for line in warnings(summaries):
        sentence(console, line, "bold red")


def markdown_rows(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The same as ``print_rows`` in Markdown."""
    lines = [titles, ["---", *["---:"] * (len(titles) - 1)], *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def markdown_remarks(summaries: Sequence[CellSummary]) -> list[str]:
    """The same as ``print_remarks``, paragraphs of Markdown."""
    return [*notes(summaries), *(f"**{line}**" for line in warnings(summaries))]
