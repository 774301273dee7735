"""The columns of tables of cells, each in one place for the terminal, the page, CSV and JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from gencost.analysis.measures import STREAMED, Measure
from gencost.analysis.statistics.intervals import Estimate
from gencost.analysis.summary import CellSummary
from gencost.decision.compare import Compared, Comparison
from gencost.decision.difference import Pair
from gencost.report.numbers import ms, number, percent, usd, with_interval

Shown = Callable[[float | None], str]


@dataclass(frozen=True, kw_only=True)
class Column:
    """One figure of every cell.

    Attributes:
        key: its name in CSV and JSON.
        title: in a table for people.
        figure: of one cell; None is unknown.
        shown: writes it.
        means: what it is, for the line below the table; empty where the title says it.
        remark: printed after it.
    """

    key: str
    title: str
    figure: Callable[[Compared], Estimate | None]
    shown: Shown
    means: str = ""
    remark: Callable[[Compared], str] = lambda _: ""


@dataclass(frozen=True, kw_only=True)
class ColumnTable:
    """A table of cells: its columns with the figure of each cell.

    Attributes:
        title: what it is about.
        columns: title and writer of each.
        rows: cell and its figures, one a column.
        notes: what the columns mean, a clause each.
    """

    title: str
    columns: tuple[tuple[str, Shown], ...]
    rows: tuple[tuple[str, tuple[Estimate | None, ...]], ...]
    notes: tuple[str, ...] = ()


def _total(compared: Compared) -> Estimate | None:
    total = compared.summary.cost_usd_total
    return None if total is None else Estimate(value=float(total))


CELL_COLUMNS = (
    Column(key="latency_p50_ms", title="p50 ms", figure=lambda cell: cell.intervals.latency_p50_ms, shown=ms),
    Column(key="latency_p95_ms", title="p95 ms", figure=lambda cell: cell.intervals.latency_p95_ms, shown=ms),
    Column(key="cost_usd_mean", title="mean cost", figure=lambda cell: cell.intervals.cost_usd_mean, shown=usd),
    Column(
        key="cost_usd_total",
        title="total cost",
        figure=_total,
        shown=usd,
        remark=lambda cell: " (free)" if cell.summary.free else "",
    ),
    Column(key="quality_mean", title="quality", figure=lambda cell: cell.quality, shown=partial(number, digits=3)),
)
"""The figures of the table of cells, after its counts of calls and errors."""


LEFT_OUT: Mapping[str, Callable[[CellSummary], int]] = {
    "unpriced": lambda summary: summary.unpriced,
    "unscored": lambda summary: summary.unscored,
}
"""Counts of answers that a figure of the table leaves out: columns where there are any."""


def left_out(summaries: Sequence[CellSummary]) -> list[str]:
    """Title the counts of answers that a figure of some cell leaves out."""
    return [title for title, count in LEFT_OUT.items() if any(map(count, summaries))]


def cell_row(cell: Compared, counts: Sequence[str]) -> list[str]:
    """The row of one cell, as text: of the figures quality alone has its interval.

    Args:
        cell: to show.
        counts: of ``left_out``.
    """
    summary = cell.summary
    name = summary.cell if summary.run.status == "finished" else f"{summary.cell} [{summary.run.status}]"
    figures = []
    for column in CELL_COLUMNS:
        value = column.figure(cell)
        if value is not None and column.key != "quality_mean":
            value = Estimate(value=value.value)
        figures.append(with_interval(value, column.shown) + column.remark(cell))
    return [
        name,
        f"{summary.n:,}",
        f"{summary.errors:,}",
        *figures,
        *(f"{LEFT_OUT[title](summary):,}" for title in counts),
    ]


def money_columns(comparison: Comparison) -> list[Column]:
    """The columns of money beside mean and total cost."""
    return [
        Column(
            key="usd_per_1000_calls",
            title="per 1,000 calls",
            figure=lambda compared: None if (cost := compared.intervals.cost_usd_mean) is None else cost.scaled(1000),
            shown=usd,
        ),
        Column(
            key="usd_per_correct",
            title="per right answer",
            figure=lambda compared: _plain(compared.intervals.usd_per_correct),
            shown=usd,
            means="per right answer: what all answers cost / how many are right",
        ),
        Column(
            key="saving_usd_per_month",
            title="saved a month",
            figure=lambda compared: comparison.saving_usd_per_month(compared.cell),
            shown=usd,
            means=f"saved a month: against {comparison.decision.reference}, at {_calls(comparison)} calls a month",
        ),
    ]


def _calls(comparison: Comparison) -> str:
    return number(comparison.criteria.calls_per_month, 0)


def answer_columns(comparison: Comparison) -> list[Column]:
    """The columns of other scorers, of blank answers, and of input from the provider's prompt cache."""
    scorers = dict.fromkeys(name for compared in comparison.cells for name in compared.intervals.other_scores)
    titles = {"cut": "cut off", "empty": "empty", "only_thinking": "only a thought", "served_other": "other model name"}
    return [
        *(
            Column(key=f"score_{name}", title=name, figure=partial(_other_score, name), shown=partial(number, digits=3))
            for name in scorers
        ),
        *(
            Column(key=key, title=title, figure=partial(_fact, key), shown=partial(number, digits=0))
            for key, title in titles.items()
        ),
        Column(
            key="cached_input_share",
            title="cached input",
            figure=partial(_fact, "cached_input_share"),
            shown=percent,
            means="cached input: input tokens from the provider's prompt cache / all",
        ),
    ]


def _other_score(name: str, compared: Compared) -> Estimate | None:
    return compared.intervals.other_scores.get(name)


def _fact(key: str, compared: Compared) -> Estimate | None:
    return _plain(compared.summary.answers.metrics()[key])


def _plain(value: float | None) -> Estimate | None:
    return None if value is None else Estimate(value=value)


_TIMES = {
    "ttft_p50_ms": "TTFT p50 ms",
    "ttft_p95_ms": "TTFT p95 ms",
    "tpot_p50_ms": "ms/token p50",
    "tpot_p95_ms": "ms/token p95",
}
_RATES = {"tokens_per_s_p50": "tokens/s p50", "tokens_per_s_p95": "tokens/s p95"}  # apart, to fit into 80 columns
_DIFFERENCES: dict[Measure, str] = {
    "ttft": "TTFT difference ms",
    "tpot": "ms/token difference",
    "tokens_per_s": "tokens/s difference",
}
_MEANS = ("TTFT: to the first token", "ms/token: after it", "of streamed answers")


def more_tables(comparison: Comparison, cells: Sequence[Compared], pairs: Sequence[Pair]) -> list[ColumnTable]:
    """The tables after those of cells and of differences, without columns that are unknown throughout.

    Args:
        comparison: of the cells.
        cells: to show.
        pairs: of each cell against one of them, to show.
    """
    money = [column for column in money_columns(comparison) if _known(column, comparison)]
    answers = [column for column in answer_columns(comparison) if _known(column, comparison, zero=False)]
    tables = [_table("Money", money, cells), _table("Answers", answers, cells)]
    return [*(table for table in tables if table.columns), *_streamed(comparison, cells, pairs)]


def _streamed(comparison: Comparison, cells: Sequence[Compared], pairs: Sequence[Pair]) -> list[ColumnTable]:
    if not any(compared.intervals.ttft_p50_ms for compared in comparison.cells):
        return []
    tables = [
        ColumnTable(
            title=title,
            columns=tuple((name, _tenth) for name in names.values()),
            rows=tuple((compared.cell, tuple(getattr(compared.intervals, key) for key in names)) for compared in cells),
            notes=notes,
        )
        for title, names, notes in (
            ("Streamed answers", _TIMES, _MEANS),
            ("Speed of streamed answers", _RATES, ("tokens/s: output tokens / latency of each streamed call",)),
        )
    ]
    if not any(pair.get(measure) for pair in pairs for measure in STREAMED):
        return tables
    differences = ColumnTable(
        title=f"Streamed answers against {pairs[0].first}",
        columns=tuple((title, _signed) for title in _DIFFERENCES.values()),
        rows=tuple((pair.second, tuple(_delta(pair, measure) for measure in _DIFFERENCES)) for pair in pairs),
        notes=("mean differences, paired by prompt, with 95 % intervals",),
    )
    return [*tables, differences]


def _delta(pair: Pair, measure: Measure) -> Estimate | None:
    difference = pair.get(measure)
    return None if difference is None else difference.delta


def _tenth(value: float | None) -> str:
    return number(value, 1)


def _signed(value: float | None) -> str:
    return number(value, 1) if value is None else f"{value:+,.1f}"


def _known(column: Column, comparison: Comparison, *, zero: bool = True) -> bool:
    figures = [column.figure(compared) for compared in comparison.cells]
    return any(figure is not None and (zero or figure.value != 0) for figure in figures)


def _table(title: str, columns: Sequence[Column], cells: Sequence[Compared]) -> ColumnTable:
    return ColumnTable(
        title=title,
        columns=tuple((column.title, column.shown) for column in columns),
        rows=tuple((compared.cell, tuple(column.figure(compared) for column in columns)) for compared in cells),
        notes=tuple(column.means for column in columns if column.means),
    )
