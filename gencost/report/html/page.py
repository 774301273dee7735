"""The HTML report: one page that needs nothing else, no network and no script; whatever was recorded is text on it."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gencost.analysis.statistics.intervals import Estimate
from gencost.decision.compare import Compared, Comparison
from gencost.errors import ReportError
from gencost.report.columns import CELL_COLUMNS, money_columns
from gencost.report.comparison import View, asked, marks
from gencost.report.html import bars, charts
from gencost.report.html.policy_section import PolicySection
from gencost.report.html.report_data import Background, CellSource, commands
from gencost.report.numbers import NOT_KNOWN, ms, number, p_value, ratio, signed, usd
from gencost.report.say import attempted
from gencost.report.warnings import notes, warnings

if TYPE_CHECKING:
    from jinja2 import Environment

_COLOURS = 8
_BADGES = {"*": "decision", "R": "reference", "F": "Pareto front", "T": "tied with best"}
_TEXT_MAX = 4000
_TO = " \u2013 "
_HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure as text, and its interval, empty if unknown."""

    text: str
    interval: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One cell in the table.

    Attributes:
        compared: the cell.
        badges: such as decision and reference.
        figures: of ``CELL_COLUMNS``, by their keys.
        cost_of_1000: of 1,000 calls.
        on_front: the share of resamples in which it is on the front.
    """

    compared: Compared
    badges: tuple[str, ...]
    figures: Mapping[str, Figure]
    cost_of_1000: Figure
    on_front: str


@dataclass(frozen=True, kw_only=True)
class DifferenceRow:
    """One cell against the reference."""

    cell: str
    prompts: str
    quality: Figure
    p: str
    cost: Figure
    p50: Figure
    p95: Figure
    needs: str


def write_page(
    comparison: Comparison, background: Background, path: Path, policies: PolicySection | None = None
) -> Path:
    """Write the report.

    Args:
        comparison: of one or more cells.
        background: what is known beside it.
        path: the file; an earlier one is replaced whole.
        policies: the section about them; None leaves it out.

    Raises:
        ReportError: it cannot be written.
    """
    text = page(comparison, background, policies)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_text(text, encoding="utf-8", errors="replace")
        part.replace(path)
    except OSError as error:
        raise ReportError(f"{path}: cannot be written: {error.strerror}") from None
    return path


def page(comparison: Comparison, background: Background, policies: PolicySection | None = None) -> str:
    """Make the report as HTML."""
    summaries = comparison.results.summaries
    return str(
        _environment()
        .get_template("page.html")
        .render(
            **_head(comparison, background.sources),
            comparison=comparison,
            decision=comparison.decision,
            asked=asked(comparison),
            chosen=next((row for row in _rows(comparison) if row.compared.cell == comparison.decision.cell), None),
            columns=CELL_COLUMNS,
            rows=_rows(comparison),
            base=_base(comparison),
            power=background.power,
            warnings=warnings(summaries),
            notes=notes(summaries),
            colours=colours(comparison) | ({} if policies is None else policies.colours),
            policies=policies,
            bills=background.bills,
            **_parts_alone(comparison, background),
            failures=background.failures,
            examples=background.examples,
            sources=background.sources,
        )
    )


def _parts_alone(comparison: Comparison, background: Background) -> dict[str, Any]:
    """Make the parts that the page can do without: where one cannot be made, the page is without it."""
    parts: dict[str, Callable[[], Any]] = {
        "tables": lambda: _more_tables(comparison),
        "differences": lambda: _differences(comparison, background),
        "scatter": lambda: charts.cost_vs_latency(comparison),
        "front": lambda: charts.front(comparison),
        "ecdf": lambda: charts.latency_ecdf(comparison),
        "quality": lambda: bars.quality(comparison),
        "bill": lambda: bars.cost_by_kind(background.bills),
        "panels": lambda: bars.effects(comparison.effects),
    }
    return {name: attempted(f"{name} on the page", make) for name, make in parts.items()}


@functools.cache
def _environment() -> Environment:
    from gencost.report.html.templates import environment  # noqa: PLC0415 - no part of the first call

    return environment({"usd": usd, "ms": ms, "number": number, "parts": _parts, "cut": _cut})


def _parts(cell: str) -> list[str]:
    """Mark the places where a long name may break: after its commas."""
    *rest, last = cell.split(",")
    return [*(f"{part}," for part in rest), last]


def _cut(text: str) -> str:
    more = len(text) - _TEXT_MAX
    return text if more <= 0 else f"{text[:_TEXT_MAX]} ... and {more:,} more characters"


def colours(comparison: Comparison) -> dict[str, str]:
    """A class for each cell: one colour each for up to eight; of more, for prominent ones, and grey for the rest."""
    cells = comparison.cells
    if len(cells) <= _COLOURS:
        return {compared.cell: f"c{i}" for i, compared in enumerate(cells)}
    standing = sorted(cells, key=lambda compared: _rank(marks(comparison, compared)))
    colours_of = {compared.cell: "grey" for compared in cells}
    outstanding = [compared.cell for compared in standing if set(marks(comparison, compared)) & set("*RF")]
    return colours_of | {cell: f"c{i}" for i, cell in enumerate(outstanding[:_COLOURS])}


def _rank(letters: str) -> int:
    return next((i for i, letter in enumerate(_BADGES) if letter in letters), len(_BADGES))


def figure(estimate: Estimate | None, shown: Callable[[float | None], str], remark: str = "") -> Figure:
    """Write a figure and its interval apart."""
    if estimate is None:
        return Figure(text=NOT_KNOWN)
    if estimate.low is None and estimate.high is None:
        return Figure(text=shown(estimate.value) + remark)
    return Figure(text=shown(estimate.value) + remark, interval=f"{shown(estimate.low)}{_TO}{shown(estimate.high)}")


def _rows(comparison: Comparison) -> list[Row]:
    several = len(comparison.cells) > 1
    money = next(column for column in money_columns(comparison) if column.key == "usd_per_1000_calls")
    return [
        Row(
            compared=compared,
            badges=tuple(_BADGES[letter] for letter in marks(comparison, compared)) if several else (),
            figures={
                column.key: figure(column.figure(compared), column.shown, column.remark(compared))
                for column in CELL_COLUMNS
            },
            cost_of_1000=figure(money.figure(compared), money.shown),
            on_front=NOT_KNOWN if compared.place.probability is None else f"{compared.place.probability:.0%}",
        )
        for compared in comparison.cells
    ]


def _base(comparison: Comparison) -> str:
    """The cell that differences are against."""
    return comparison.decision.reference or comparison.cells[0].cell


def _differences(comparison: Comparison, background: Background) -> list[DifferenceRow]:
    base = _base(comparison)
    rows = []
    for compared in comparison.cells:
        if compared.cell == base:
            continue
        pair, power = comparison.pair(base, compared.cell), background.power.get(compared.cell)
        quality = pair.quality
        rows.append(
            DifferenceRow(
                cell=compared.cell,
                prompts=NOT_KNOWN if quality is None else f"{quality.prompts:,}",
                quality=figure(None if quality is None else quality.delta, signed),
                p=p_value(None if quality is None else quality.p_holm),
                cost=figure(None if pair.cost is None else pair.cost.ratio, ratio),
                p50=figure(pair.p50, ratio),
                p95=figure(pair.p95, ratio),
                needs=number(None if power is None else power.enough, 0),
            )
        )
    return rows


def _more_tables(comparison: Comparison) -> list[dict[str, Any]]:
    tables = View(comparison=comparison, base=_base(comparison)).more_tables()
    return [
        {
            "title": table.title,
            "titles": [title for title, _ in table.columns],
            "rows": [
                (cell, [figure(value, shown) for value, (_, shown) in zip(figures, table.columns, strict=True)])
                for cell, figures in table.rows
            ],
            "notes": "; ".join(table.notes),
        }
        for table in tables
    ]


def _head(comparison: Comparison, sources: Sequence[CellSource]) -> dict[str, Any]:
    """Return the head and foot of the page: what was run, when, with what."""
    from gencost.config.cell import as_yaml  # noqa: PLC0415 - omegaconf, no part of the first call

    runs = comparison.results.runs
    begins, ends = min(run.started_at for run in runs), [run.ended_at for run in runs]
    last = None if None in ends else max(end for end in ends if end is not None)
    return {
        "names": list(dict.fromkeys(run.name for run in runs)),
        "calls": sum(summary.n for summary in comparison.results.summaries),
        "begins": f"{begins:%Y-%m-%d %H:%M}",
        "ends": None if last is None else f"{last:%H:%M}" if last.date() == begins.date() else f"{last:%Y-%m-%d %H:%M}",
        "commands": commands(sources),
        "configs": _same(sources, lambda source: as_yaml(source.config)),
        "versions": _same(
            sources, lambda source: ", ".join(f"{name} {version}" for name, version in source.versions.items())
        ),
        "commits": _same(sources, lambda source: source.git_commit or "outside a git repository"),
        "hosts": _same(sources, lambda source: f"{source.user or 'unknown'} on {source.host or 'unknown'}"),
        "css": (_HERE / "page.css").read_text(encoding="utf-8"),
    }


def _same(sources: Sequence[CellSource], words_of: Callable[[CellSource], str]) -> list[tuple[str, list[str]]]:
    """Return the remarks on cells, each text once, with its cells."""
    texts: dict[str, list[str]] = {}
    for source in sources:
        texts.setdefault(words_of(source), []).append(source.cell)
    return list(texts.items())
