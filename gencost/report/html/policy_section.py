"""The section of the HTML report about policies: the verdict, the curve, the table and who gets which category."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gencost.report.html.charts import Axis, Mark, Plot, line
from gencost.report.html.scale import Scale, dollars, plain
from gencost.report.numbers import number, usd
from gencost.report.policies import policy_rows, remarks

if TYPE_CHECKING:  # a package of the same layer
    from gencost.policies.evaluate import Evaluation
    from gencost.policies.figures import EvaluatedPolicy

_COLOURS = 8
_BESIDE = frozenset({"random", "zero_router"})


@dataclass(frozen=True, kw_only=True)
class PolicySection:
    """The page's section about policies.

    Attributes:
        verdict: in words.
        titles: of the table.
        rows: of the table.
        remarks: below it.
        plot: quality over cost; None if no policy has a curve.
        colours: policy -> the class of its colour.
        routed: the policy whose routes are shown; None without categories.
        routes: category, its rows, and the share of calls of each cell, as text.
        cells: titles of these shares.
    """

    verdict: str
    titles: Sequence[str]
    rows: Sequence[Sequence[str]]
    remarks: Sequence[str]
    plot: Plot | None
    colours: dict[str, str]
    routed: str | None
    routes: Sequence[Sequence[str]]
    cells: Sequence[str]


def policy_section(evaluation: Evaluation, *more: str) -> PolicySection:
    """Put the section together.

    Args:
        evaluation: the results.
        more: remarks, a line each.
    """
    titles, rows = policy_rows(evaluation)
    drawn = [judged for judged in evaluation.policies if judged.curve is not None and judged.name not in _BESIDE]
    shown = _shown(evaluation)
    return PolicySection(
        verdict=evaluation.verdict,
        titles=titles,
        rows=rows,
        remarks=[*remarks(evaluation), *more],
        plot=_plot(drawn) if drawn else None,
        colours={judged.name: f"c{i}" if i < _COLOURS else "grey" for i, judged in enumerate(drawn)},
        routed=None if shown is None else shown.name,
        routes=[] if shown is None else _routes(evaluation, shown),
        cells=evaluation.grid.cells,
    )


def _shown(evaluation: Evaluation) -> EvaluatedPolicy | None:
    """The policy whose routes are worth a table: the winner, else the one by category; None without categories."""
    if len({sample.category for sample in evaluation.grid.samples}) < 2:
        return None
    named = {judged.name: judged for judged in evaluation.policies if judged.outcome is not None}
    return named.get(evaluation.winner or "category")


def _routes(evaluation: Evaluation, shown: EvaluatedPolicy) -> list[list[str]]:
    assert shown.outcome is not None
    categories = np.array([sample.category or "" for sample in evaluation.grid.samples])
    rows = []
    for name in sorted(set(categories)):
        made = shown.outcome.calls[categories == name].sum(axis=0)
        shares = made / made.sum() if made.sum() else made
        rows.append([name or "none", f"{int((categories == name).sum()):,}", *(f"{share:.0%}" for share in shares)])
    return rows


def _plot(drawn: Sequence[EvaluatedPolicy]) -> Plot:
    curves = {judged.name: judged.curve for judged in drawn if judged.curve is not None}
    known = {name: np.isfinite(curve.cost) & np.isfinite(curve.quality) for name, curve in curves.items()}
    x, y = (
        Scale.of([float(v) for name, curve in curves.items() for v in getattr(curve, part)[known[name]]])
        for part in ("cost", "quality")
    )
    return Plot(
        x=Axis(title="mean cost of a decision, USD", ticks=x.ticks(dollars)),
        y=Axis(title="mean quality", ticks=y.ticks(plain)),
        shapes=tuple(
            line(name, map(x.at, curve.cost[known[name]]), map(y.at, curve.quality[known[name]]))
            for name, curve in curves.items()
        ),
        marks=tuple(_mark(judged, x, y) for judged in drawn if _placed(judged)),
        notes=("Lines: what each policy comes to, cross-fitted. Marks: where it would be used.",),
    )


def _placed(judged: EvaluatedPolicy) -> bool:
    known = judged.cost is not None and judged.quality is not None
    return known and all(math.isfinite(e.value) for e in (judged.cost, judged.quality) if e is not None)


def _mark(judged: EvaluatedPolicy, x: Scale, y: Scale) -> Mark:
    assert judged.cost is not None
    assert judged.quality is not None
    tooltip = f"{judged.name}: {usd(judged.cost.value)}, {number(judged.quality.value, 4)}"
    return Mark(cell=judged.name, x=x.at(judged.cost.value), y=y.at(judged.quality.value), text=tooltip)
