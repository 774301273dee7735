"""A comparison in words and tables, for a terminal and for Markdown."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from rich.console import Console

from gencost.decision.candidates import Candidate, Cheaper
from gencost.decision.compare import Compared, Comparison
from gencost.decision.difference import Pair
from gencost.report.columns import CELL_COLUMNS, ColumnTable, cell_row, left_out, more_tables
from gencost.report.numbers import p_value, ratio, signed, with_interval
from gencost.report.table import caption, markdown_remarks, markdown_rows, print_remarks, print_rows
from gencost.text.counted import counted

AT_MOST = 24
LEGEND = {
    "*": "the decision",
    "R": "the reference, which is kept unless another is shown to be as good and cheaper",
    "F": "on the Pareto front: no other is as good in quality, cost and p95 at once",
    "T": "quality tied with the best",
}
_REASONS = 2
_TESTS = {"mcnemar": "exact McNemar test", "permutation": "permutation test"}


@dataclass(frozen=True, kw_only=True)
class View:
    """A comparison as it is shown.

    Attributes:
        comparison: of one or more cells.
        base: the cell that differences are against; None takes the reference of the decision, else the first cell.
        at_most: rows of a table; None shows all.
    """

    comparison: Comparison
    base: str | None = None
    at_most: int | None = None

    @property
    def several(self) -> bool:
        """Whether there is anything to compare."""
        return len(self.comparison.cells) > 1

    @property
    def against(self) -> str:
        """The cell that differences are against."""
        return self.base or self.comparison.decision.reference or self.comparison.cells[0].cell

    @property
    def cells(self) -> list[Compared]:
        """The cells to show, in their order; of many, only the prominent ones."""
        cells = self.comparison.cells
        if self.at_most is None or len(cells) <= self.at_most:
            return list(cells)
        kept = {compared.cell for compared in sorted(cells, key=self._rank)[: self.at_most]}
        return [compared for compared in cells if compared.cell in kept]

    def _rank(self, compared: Compared) -> int:
        letters = marks(self.comparison, compared)
        return next((i for i, letter in enumerate(LEGEND) if letter in letters), len(LEGEND))

    @property
    def pairs(self) -> list[Pair]:
        """Each other cell that is shown against ``against``."""
        return [
            self.comparison.pair(self.against, compared.cell)
            for compared in self.cells
            if compared.cell != self.against
        ]

    def cell_table(self) -> tuple[list[str], list[list[str]]]:
        """Titles and rows of the table of cells."""
        counts = left_out(self.comparison.results.summaries)
        titles = ["cell", "n", "errors", *(column.title for column in CELL_COLUMNS), *counts]
        rows = [cell_row(compared, counts) for compared in self.cells]
        if not self.several:
            return titles, rows
        return [*titles, ""], [
            [*row, marks(self.comparison, compared)] for row, compared in zip(rows, self.cells, strict=True)
        ]

    def difference_table(self) -> tuple[list[str], list[list[str]]]:
        """Titles and rows of the differences."""
        titles = ["cell", "quality difference", "p", "cost ratio", "p50 ratio", "p95 ratio"]
        shown = partial(signed, margin=self.comparison.criteria.margin)
        return titles, [_difference(p, shown) for p in self.pairs]

    def more_tables(self) -> list[ColumnTable]:
        """The tables beside these two: money, answers, times of streamed ones."""
        return more_tables(self.comparison, self.cells, self.pairs if self.several else ())

    def captions(self) -> list[str]:
        """Say what the table of cells shows, and what it leaves out."""
        cells, all_cells = self.cells, self.comparison.cells
        used = "".join(marks(self.comparison, compared) for compared in cells) if self.several else ""
        letters = ", ".join(f"{letter} {what}" for letter, what in LEGEND.items() if letter in used)
        missing = len(all_cells) - len(cells)
        left_out = f"{missing:,} of {len(all_cells):,} cells are not shown: gencost compare has all"
        parts = caption(self.comparison.results.summaries), self._failed(), letters
        caption_line = " · ".join(filter(None, parts))
        return [caption_line, *[left_out] * bool(missing)]

    def _failed(self) -> str:
        failing = any(summary.errors for summary in self.comparison.results.summaries)
        return "a failed call has quality 0" if failing and self.comparison.criteria.errors == "fail" else ""

    def method(self) -> list[str]:
        """Say what the differences are, how they were found, and what they leave out."""
        pairs, shown = self.comparison.pairs, self.pairs
        tests = sorted({_TESTS[q.test] for pair in pairs if (q := pair.quality) is not None and q.test is not None})
        p = f"; p: {' or '.join(tests)}, Holm over {counted(self.comparison.tested_pairs, 'pair')}" if tests else ""
        joint = "" if len(self.comparison.claims.cells) < 3 else " (quality, cost: of all cells together)"
        sentence = f"against {self.against}, paired by {_prompts(shown)}, with 95 % intervals{joint}{p}"
        dropped = [
            f"{pair.second}: {counted(pair.quality.dropped, 'prompt')} left out, as only one of the two has a score."
            for pair in shown
            if pair.quality is not None and pair.quality.dropped
        ]
        return [sentence, *dropped]


def marks(comparison: Comparison, compared: Compared) -> str:
    """Return the letters of ``LEGEND`` that apply to a cell."""
    decision = comparison.decision
    shown = {
        "*": compared.cell == decision.cell,
        "R": compared.cell == decision.reference,
        "F": bool(compared.place.on_front),
        "T": bool(compared.tied_with_best),
    }
    return "".join(letter for letter, holds in shown.items() if holds)


def _difference(pair: Pair, shown: Callable[[float | None], str]) -> list[str]:
    quality = pair.quality
    return [
        pair.second,
        with_interval(None if quality is None else quality.delta, shown),
        p_value(None if quality is None else quality.p_holm),
        with_interval(None if pair.cost is None else pair.cost.ratio, ratio),
        *(with_interval(percentiles, ratio) for percentiles in (pair.p50, pair.p95)),
    ]


def _prompts(pairs: Sequence[Pair]) -> str:
    """Say how many prompts the differences rest on."""
    counts = [
        difference.prompts
        for pair in pairs
        for difference in (pair.quality, pair.cost, pair.latency)
        if difference is not None
    ]
    if not counts:
        return "prompt"
    least, most = min(counts), max(counts)
    return (
        f"the {counted(most, 'prompt')} both answered"
        if least == most
        else f"the {least:,} to {most:,} prompts both answered"
    )


def decision_lines(comparison: Comparison) -> list[str]:
    """The decision in one sentence, its details, then why what is cheaper does not qualify."""
    decision = comparison.decision
    about = {decision.cell, None if decision.finding is None else decision.finding.cell}
    rest = [candidate for candidate in _cheaper(comparison) if candidate.cell not in about]
    more = [f"{len(rest) - _REASONS} more cells are cheaper and do not qualify."] if len(rest) > _REASONS else []
    cheaper = [f"{candidate.cell} is cheaper but does not qualify: {why(candidate)}." for candidate in rest[:_REASONS]]
    return [decision.sentence, *decision.details, *cheaper, *more]


def why(candidate: Candidate) -> str:
    """Say what a cell fails and what it would need, or how it meets the margin."""
    return f"{candidate.why}; it needs {candidate.needed}" if candidate.needed else candidate.why


def _cheaper(comparison: Comparison) -> list[Candidate]:
    """The cells that would be cheaper than the chosen one but do not qualify, cheapest first."""
    costs = {compared.cell: compared.intervals.cost_usd_mean for compared in comparison.cells}
    chosen = costs.get(comparison.decision.cell or "")
    kept = comparison.decision.cell == comparison.decision.reference
    if chosen is None:
        return []
    rest = [each for each in comparison.decision.candidates if not (kept and each.cheaper is Cheaper.NO)]
    known = [(cost.value, each) for each in rest if not each.qualifies and (cost := costs[each.cell]) is not None]
    cheaper = [(cost, candidate) for cost, candidate in known if cost < chosen.value]
    return [candidate for _, candidate in sorted(cheaper, key=lambda pair: pair[0])]


def asked(comparison: Comparison) -> str:
    """Say what the decision rests on: the prompt set, how many questions, how many calls, the scorer."""
    results = comparison.results
    sets = list(dict.fromkeys(run.prompts_name for run in results.runs if run.prompts_name))
    ids = results.calls["prompt_id"].astype("category").cat.remove_unused_categories().cat.categories
    questions = len({results.same_requests.get(prompt, prompt) for prompt in ids})
    calls = sorted({summary.n for summary in results.summaries})
    each = " each" if len(results.runs) > 1 else ""
    scores = sorted({run.score for run in results.runs if run.score is not None})
    parts = [
        counted(questions, "question") + (f" of {', '.join(sets[:_REASONS])}" if sets else ""),
        counted(calls[0], "call") + each if len(calls) == 1 else f"{calls[0]:,} to {calls[-1]:,} calls each",
        f"quality by {', '.join(scores)}" if scores else "no score",
    ]
    return ", ".join(parts)


def print_comparison(view: View, console: Console) -> None:
    """Print the decision, the cells, their differences and warnings; for one cell no differences."""
    for _, show in shown_parts(view, console):
        show()


def shown_parts(view: View, console: Console) -> list[tuple[str, Callable[[], None]]]:
    """Return the parts of ``print_comparison``, in their order: what each is, and what prints it."""
    cells, remarks = ("the table of cells", _print_cells), ("remarks", _print_remarks)
    more, headline = ("the other tables", _print_more), ("the decision", _print_decision)
    parts = [headline, cells, more, remarks]
    if view.several:
        differences, details = ("the table of differences", _print_differences), ("the decision", _print_details)
        parts = [headline, cells, differences, more, details, remarks]
    return [(what, partial(show, view, console)) for what, show in parts]


def _print_cells(view: View, console: Console) -> None:
    print_rows(*view.cell_table(), console)
    _dim(view.captions(), console)


def _print_differences(view: View, console: Console) -> None:
    print_rows(*view.difference_table(), console)
    _dim(view.method(), console)


def _print_more(view: View, console: Console) -> None:
    for table in view.more_tables():
        print_rows(*_as_text(table), console)
        _dim([_notes(table)] if table.notes else [], console)


def _as_text(table: ColumnTable) -> tuple[list[str], list[list[str]]]:
    titles = ["cell", *(title for title, _ in table.columns)]
    writers = [shown for _, shown in table.columns]
    return titles, [[cell, *map(with_interval, figures, writers)] for cell, figures in table.rows]


def _notes(table: ColumnTable) -> str:
    return "; ".join(table.notes)


def _print_decision(view: View, console: Console) -> None:
    console.print(decision_lines(view.comparison)[0], style="bold", highlight=False, markup=False)
    console.print(f"{asked(view.comparison)}.", highlight=False, markup=False)
    console.print()


def _print_details(view: View, console: Console) -> None:
    _, *details = decision_lines(view.comparison)
    console.print()
    for line in details:
        console.print(line, highlight=False, markup=False)


def _print_remarks(view: View, console: Console) -> None:
    print_remarks(view.comparison.results.summaries, console)


def _dim(lines: Sequence[str], console: Console) -> None:
    for line in lines:
        console.print(line, style="dim", highlight=False, markup=False)


def comparison_text(view: View, width: int) -> str:
    """Return the comparison as plain text of a given width."""
    out = io.StringIO()
    print_comparison(view, Console(file=out, width=width))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def markdown_comparison(view: View) -> str:
    """The same as Markdown, the decision first."""
    sentence, *details = decision_lines(view.comparison)
    head = [f"**{sentence}**", f"{asked(view.comparison)}."]
    parts = [markdown_rows(*view.cell_table()), *view.captions()]
    if view.several:
        parts = [*details, *parts, markdown_rows(*view.difference_table()), *view.method()]
    parts += [p for table in view.more_tables() for p in (markdown_rows(*_as_text(table)), _notes(table)) if p]
    return "\n\n".join([*head, *parts, *markdown_remarks(view.comparison.results.summaries)])
