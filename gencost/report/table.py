"""The table of a run or sweep, for a terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from gencost.analysis.summary import CellSummary
from gencost.report.numbers import ms, number, usd
from gencost.report.warnings import notes, warnings

_CELL_WIDTH = 24


def header(summaries: Sequence[CellSummary]) -> list[str]:
    """Column titles."""
    unpriced = ["unpriced"] if any(summary.unpriced for summary in summaries) else []
    return ["cell", "n", "errors", "p50 ms", "p95 ms", "mean cost", "total cost", "quality", *unpriced]


def row(summary: CellSummary, with_unpriced: bool) -> list[str]:
    """The values of one cell, as text."""
    total = summary.cost_usd_total
    free = " (free)" if summary.free else ""
    values = [
        summary.cell if summary.run.status == "finished" else f"{summary.cell} [{summary.run.status}]",
        f"{summary.n:,}",
        f"{summary.errors:,}",
        ms(summary.timing.latency_p50_ms),
        ms(summary.timing.latency_p95_ms),
        usd(summary.cost_usd_mean),
        usd(None if total is None else float(total)) + free,
        number(summary.quality_mean, 4),
    ]
    return [*values, f"{summary.unpriced:,}"] if with_unpriced else values


def caption(summaries: Sequence[CellSummary]) -> str:
    """What the quality column means."""
    scores = sorted({summary.run.score for summary in summaries if summary.run.score is not None})
    return f"quality: mean of {', '.join(scores)}" if scores else "quality: no scorer"


def print_table(summaries: Sequence[CellSummary], console: Console) -> None:
    """Print the table and what must not be overlooked."""
    titles = header(summaries)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for title in titles:
        left = title == "cell"
        table.add_column(
            title, justify="left" if left else "right", overflow="fold", no_wrap=not left, header_style="bold"
        )
    for summary in summaries:
        cell, *values = row(summary, "unpriced" in titles)
        table.add_row(cell if len(cell) <= _CELL_WIDTH else cell.replace(",", ",\n"), *values)
    console.print(table)
    console.print(caption(summaries), style="dim", highlight=False)
    for line in notes(summaries):
        console.print(line, style="dim", highlight=False, markup=False, soft_wrap=True)
    for line in warnings(summaries):
        console.print(line, style="bold red", highlight=False, markup=False, soft_wrap=True)


def markdown_table(summaries: Sequence[CellSummary]) -> str:
    """The same table and warnings as Markdown."""
    titles = header(summaries)
    lines = [titles, ["---", *["---:"] * (len(titles) - 1)], *(row(s, "unpriced" in titles) for s in summaries)]
    table = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    return "\n\n".join([table, caption(summaries), *notes(summaries), *(f"**{line}**" for line in warnings(summaries))])
