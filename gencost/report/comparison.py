"""A comparison in words and tables, for a terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from gencost.analysis.compare import Compared, Comparison
from gencost.analysis.decision import Candidate
from gencost.analysis.difference import Pair
from gencost.report.numbers import p_value, ratio, signed, with_interval
from gencost.report.table import (
    caption,
    header,
    markdown_remarks,
    markdown_rows,
    print_remarks,
    print_rows,
    row,
)

AT_MOST = 24
_REASONS = 2
_TESTS = {"mcnemar": "exact McNemar test", "permutation": "permutation test"}
_LEGEND = {
    "*": "the decision",
    "R": "the reference",
    "F": "on the Pareto front of quality, mean cost and p95",
    "T": "quality tied with the best",
}


def marks(comparison: Comparison, one: Compared) -> str:
    """Say by letters where a cell stands, see ``legend``."""
    decision = comparison.decision
    found = {
        "*": one.cell == decision.cell,
        "R": one.cell == decision.reference,
        "F": bool(one.place.on_front),
        "T": bool(one.tied_with_best),
    }
    return "".join(letter for letter, holds in found.items() if holds)


def legend(used: str) -> str:
    """Explain the letters that are used."""
    return ", ".join(f"{letter} {what}" for letter, what in _LEGEND.items() if letter in used)


def cells_shown(comparison: Comparison, at_most: int | None) -> list[Compared]:
    """Choose the cells to show: those that stand out first, then in their order.

    Args:
        comparison: of all cells.
        at_most: so many; None shows all.
    """
    if at_most is None or len(comparison.cells) <= at_most:
        return list(comparison.cells)
    ranked = sorted(comparison.cells, key=lambda one: _rank(marks(comparison, one)))
    kept = {one.cell for one in ranked[:at_most]}
    return [one for one in comparison.cells if one.cell in kept]


def _rank(letters: str) -> int:
    return next((i for i, letter in enumerate(_LEGEND) if letter in letters), len(_LEGEND))


def cell_table(comparison: Comparison, cells: Sequence[Compared]) -> tuple[list[str], list[list[str]]]:
    """Titles and rows of the table of cells."""
    titles = header(comparison.results.summaries)
    rows = [row(one.summary, "unpriced" in titles, one.intervals.quality_mean) for one in cells]
    if len(comparison.cells) < 2:
        return titles, rows
    return [*titles, ""], [[*values, marks(comparison, one)] for values, one in zip(rows, cells, strict=True)]


def against(comparison: Comparison) -> str:
    """The cell that the others are shown against: the reference, or the first where there is none."""
    return comparison.decision.reference or comparison.cells[0].cell


def difference_table(comparison: Comparison, cells: Sequence[Compared]) -> tuple[list[str], list[list[str]]]:
    """Titles and rows of the differences of each cell against the reference."""
    base = against(comparison)
    titles = ["cell", "quality difference", "p", "cost ratio", "latency ratio"]
    pairs = [comparison.pair(base, one.cell) for one in cells if one.cell != base]
    return titles, [_difference_row(pair) for pair in pairs]


def _difference_row(pair: Pair) -> list[str]:
    quality = pair.quality
    return [
        pair.second,
        with_interval(None if quality is None else quality.delta, signed),
        p_value(None if quality is None else quality.p_holm),
        *(with_interval(None if found is None else found.ratio, ratio) for found in (pair.cost, pair.latency)),
    ]


def method(comparison: Comparison) -> str:
    """What the differences are and how they were found."""
    pairs, base = comparison.pairs, against(comparison)
    tests = sorted({_TESTS[q.test] for pair in pairs if (q := pair.quality) is not None and q.test is not None})
    p = f"; p: {' or '.join(tests)}, Holm over {len(pairs)} pair{'s' * (len(pairs) > 1)}" if tests else ""
    return f"against {base}, paired by {_prompts(comparison)}, with 95 % intervals{p}"


def _prompts(comparison: Comparison) -> str:
    """How many prompts the shown differences rest on."""
    base = against(comparison)
    pairs = [comparison.pair(base, one.cell) for one in comparison.cells if one.cell != base]
    counts = [found.prompts for pair in pairs for found in (pair.quality, pair.cost, pair.latency) if found is not None]
    if not counts:
        return "prompt"
    least, most = min(counts), max(counts)
    return (
        f"the {most:,} prompts both answered" if least == most else f"the {least:,} to {most:,} prompts both answered"
    )


def dropped(comparison: Comparison) -> list[str]:
    """Say for each shown pair how many prompts only one of the two has."""
    lines = []
    for one in comparison.cells:
        found = comparison.pair(against(comparison), one.cell).quality if one.cell != against(comparison) else None
        if found is not None and found.dropped:
            lines.append(
                f"{one.cell}: {found.dropped:,} prompts that only one of the two has a score for are left out."
            )
    return lines


def reasons(comparison: Comparison) -> list[Candidate]:
    """The cells that would be cheaper than the chosen one but do not qualify, cheapest first."""
    costs = {one.cell: one.intervals.cost_usd_mean for one in comparison.cells}
    chosen = costs.get(comparison.decision.cell or "")
    if chosen is None:
        return []
    cheaper = [
        (cost.value, one)
        for one in comparison.decision.candidates
        if not one.qualifies and (cost := costs[one.cell]) is not None and cost.value < chosen.value
    ]
    return [one for _, one in sorted(cheaper, key=lambda pair: pair[0])]


def decision_lines(comparison: Comparison) -> list[str]:
    """The decision, then why what is cheaper does not qualify."""
    found = reasons(comparison)
    more = [f"{len(found) - _REASONS} more cells are cheaper and do not qualify."] if len(found) > _REASONS else []
    cheaper = [f"{one.cell} is cheaper but does not qualify: {_why(one)}." for one in found[:_REASONS]]
    return [f"Decision: {comparison.decision.sentence}", *cheaper, *more]


def _why(one: Candidate) -> str:
    return f"{one.why}; it needs {one.needed}" if one.needed else one.why


def left_out(comparison: Comparison, cells: Sequence[Compared]) -> list[str]:
    """Say what is not shown."""
    missing = len(comparison.cells) - len(cells)
    return [f"{missing:,} of {len(comparison.cells):,} cells are not shown: gencost compare has all"] if missing else []


def print_comparison(comparison: Comparison, console: Console, at_most: int | None = AT_MOST) -> None:
    """Print the cells, their differences, the decision and what must not be overlooked.

    Args:
        comparison: of one or more cells; of one, its row alone is printed.
        console: where.
        at_most: rows of a table; None prints all.
    """
    cells = cells_shown(comparison, at_most)
    summaries = comparison.results.summaries
    titles, rows = cell_table(comparison, cells)
    print_rows(titles, rows, console)
    used = "".join(marks(comparison, one) for one in cells) if len(comparison.cells) > 1 else ""
    _dim([" · ".join(filter(None, (caption(summaries), legend(used)))), *left_out(comparison, cells)], console)
    if len(comparison.cells) > 1:
        print_rows(*difference_table(comparison, cells), console)
        _dim([method(comparison), *dropped(comparison)], console)
        console.print()
        for line in decision_lines(comparison):
            bold = "bold" if line.startswith("Decision") else None
            console.print(line, style=bold, highlight=False, markup=False)
        console.print()
    print_remarks(summaries, console)


def _dim(lines: Sequence[str], console: Console) -> None:
    for line in lines:
        console.print(line, style="dim", highlight=False, markup=False)


def markdown_comparison(comparison: Comparison, at_most: int | None = None) -> str:
    """The same as Markdown."""
    cells = cells_shown(comparison, at_most)
    summaries = comparison.results.summaries
    parts = [markdown_rows(*cell_table(comparison, cells))]
    used = "".join(marks(comparison, one) for one in cells) if len(comparison.cells) > 1 else ""
    parts += [" · ".join(filter(None, (caption(summaries), legend(used)))), *left_out(comparison, cells)]
    if len(comparison.cells) > 1:
        decision, *cheaper = decision_lines(comparison)
        parts = [f"**{decision}**", *cheaper, *parts]
        parts += [markdown_rows(*difference_table(comparison, cells)), method(comparison), *dropped(comparison)]
    return "\n\n".join([*parts, *markdown_remarks(summaries)])
