"""Cells beside the runs before them: old, new and difference, for a terminal and as a comment on a pull request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console

from gencost.analysis.statistics.intervals import Estimate
from gencost.decision.compare import Compared
from gencost.decision.gate import GateResult
from gencost.decision.predecessors import MatchedCells, Predecessor
from gencost.report.numbers import ms, number, p_value, ratio, signed, usd, with_interval
from gencost.report.table import markdown_rows, print_rows
from gencost.text.counted import counted

TITLES = ("cell", "figure", "baseline", "now", "difference", "p")
Shown = Callable[[float | None], str]


def rows(predecessors: Sequence[Predecessor]) -> list[list[str]]:
    """Return the rows of the table: of each cell its quality, cost, latency and errors."""
    return [row for predecessor in predecessors for row in _of_cell(predecessor)]


def _of_cell(predecessor: Predecessor) -> list[list[str]]:
    old, new, pair = predecessor.old, predecessor.new, predecessor.pair
    quality, cost = pair.quality, pair.cost
    lines = [
        ["quality", *_both(old, new, _quality), with_interval(None if quality is None else quality.delta, signed)],
        ["mean cost", *_both(old, new, _cost), _times(None if cost is None else cost.ratio)],
        ["p50 ms", *_both(old, new, _p50), _times(pair.p50)],
        ["p95 ms", *_both(old, new, _p95), _times(pair.p95)],
        [
            "errors",
            f"{old.summary.errors:,}",
            f"{new.summary.errors:,}",
            _more(new.summary.errors - old.summary.errors),
        ],
    ]
    p_values = [predecessor.facts.get(f"{name}.p_holm") for name in ("quality", "cost", "latency")]
    shown = [*map(p_value, p_values), "", ""]
    shown = ["" if p == "n/a" else p for p in shown]
    return [[predecessor.cell if not i else "", *line, p] for i, (line, p) in enumerate(zip(lines, shown, strict=True))]


def _both(old: Compared, new: Compared, show: Callable[[Compared], str]) -> tuple[str, str]:
    return show(old), show(new)


def _quality(cell: Compared) -> str:
    return number(None if cell.quality is None else cell.quality.value, 3)


def _cost(cell: Compared) -> str:
    return usd(cell.summary.cost_usd_mean)


def _p50(cell: Compared) -> str:
    return ms(cell.summary.timing.latency_p50_ms)


def _p95(cell: Compared) -> str:
    return ms(cell.summary.timing.latency_p95_ms)


def _errors(cell: Compared) -> str:
    return f"{cell.summary.errors:,}"


def _times(estimate: Estimate | None) -> str:
    return "n/a" if estimate is None else f"x {with_interval(estimate, ratio)}"


def _more(count: int) -> str:
    return f"{count:+,}" if count else "0"


def headline(matched: MatchedCells, verdicts: Sequence[GateResult], condition: str | None) -> str:
    """Say whether the condition let every cell pass; without one, against how many cells it was compared."""
    failed = [verdict.cell for verdict in verdicts if verdict.fails]
    if condition is None:
        return f"{len(matched.pairs)} of {len(matched.pairs) + len(matched.without)} cells against the baseline"
    if failed:
        return f"Gate failed for {len(failed)} of {len(verdicts)} cells: {', '.join(failed)}"
    return f"Gate passed: {counted(len(verdicts), 'cell')}, none with {condition}"


def remarks(matched: MatchedCells, verdicts: Sequence[GateResult]) -> list[str]:
    """Say why cells fail, which have no run before them, and which earlier ones are gone."""
    why = [f"{verdict.cell} fails: {verdict.why}" for verdict in verdicts if verdict.fails]
    new = [f"not in the baseline, so not tested: {', '.join(matched.without)}"] if matched.without else []
    gone = [f"only in the baseline: {', '.join(matched.unused)}"] if matched.unused else []
    return [*why, *new, *gone]


_METHOD = (
    "differences: now - baseline, ratios: now / baseline, paired by prompt, with 95 % intervals; p: Holm over cells"
)


def print_predecessors(
    predecessors: Sequence[Predecessor],
    matched: MatchedCells,
    gate: tuple[str | None, Sequence[GateResult]],
    console: Console,
) -> None:
    """Print the verdict, the table and the remarks.

    Args:
        predecessors: the cells that have a run before them.
        matched: which they are.
        gate: the condition, None without one, and its verdicts.
        console: where.
    """
    condition, verdicts = gate
    console.print(headline(matched, verdicts, condition), style="bold", highlight=False, markup=False)
    print_rows(TITLES, rows(predecessors), console)
    for line in [_METHOD, *remarks(matched, verdicts)]:
        console.print(line, style="dim", highlight=False, markup=False)


def markdown_predecessors(
    predecessors: Sequence[Predecessor], matched: MatchedCells, gate: tuple[str | None, Sequence[GateResult]]
) -> str:
    """The same as Markdown."""
    condition, verdicts = gate
    table = markdown_rows(TITLES, rows(predecessors))
    return "\n\n".join([f"**{headline(matched, verdicts, condition)}**", table, _METHOD, *remarks(matched, verdicts)])


def records(predecessors: Sequence[Predecessor]) -> list[dict[str, Any]]:
    """The same as plain values: of each cell its run ids and every figure that a condition may name."""
    return [
        {
            "cell": predecessor.cell,
            "run_id": predecessor.new.summary.run.run_id,
            "baseline_run_id": predecessor.old.summary.run.run_id,
            "baseline": _figures(predecessor.old),
            "now": _figures(predecessor.new),
            **predecessor.facts,
        }
        for predecessor in predecessors
    ]


def _figures(cell: Compared) -> dict[str, float | None]:
    summary = cell.summary
    return {
        "quality_mean": None if cell.quality is None else cell.quality.value,
        "cost_usd_mean": summary.cost_usd_mean,
        "latency_p50_ms": summary.timing.latency_p50_ms,
        "latency_p95_ms": summary.timing.latency_p95_ms,
        "errors": float(summary.errors),
        "n": float(summary.n),
    }
