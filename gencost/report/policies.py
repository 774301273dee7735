"""The results of policies: the verdict in words first, then a table; and JSON for programs.

JSON keys: ``verdict``, ``singles`` (cell -> ``quality``, ``cost_usd``), ``hull`` (cells that no mixture of others
equals, from the cheapest to the best), ``policies`` (name -> ``quality``, ``cost_usd`` a decision, ``quality_ci``,
``cost_ci``, ``shares`` of the calls, ``apgr``, ``cpt20``, ``cpt50``, ``cpt80`` in percent of strong calls, ``aiq``).
Figures of a learned policy are cross-fitted; what does not apply, or is unknown, is null.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from rich.console import Console

from gencost.analysis.statistics.intervals import Estimate
from gencost.report.numbers import NOT_KNOWN, ms, number, usd, with_interval
from gencost.report.table import markdown_rows, print_rows
from gencost.text.counted import counted

if TYPE_CHECKING:  # a package of the same layer
    from gencost.policies.evaluate import Evaluation
    from gencost.policies.figures import EvaluatedPolicy, SingleCellFigures

_CPT = (20, 50, 80)


def policies_json(evaluation: Evaluation) -> str:
    """Return the evaluation as JSON, see the module."""
    everything = {
        "verdict": evaluation.verdict,
        "singles": {
            single.cell: {"quality": _finite(single.quality.value), "cost_usd": _finite(single.cost.value)}
            for single in evaluation.singles
        },
        "hull": list(evaluation.hull),
        "policies": {judged.name: _policy(judged) for judged in evaluation.policies},
    }
    return json.dumps(everything, indent=2, ensure_ascii=False, allow_nan=False)


def _policy(judged: EvaluatedPolicy) -> dict[str, Any]:
    return {
        "quality": _value(judged.quality),
        "cost_usd": _value(judged.cost),
        "quality_ci": _ends(judged.quality),
        "cost_ci": _ends(judged.cost),
        "shares": None if judged.shares is None else dict(judged.shares),
        "apgr": judged.apgr,
        **{f"cpt{percent}": None if judged.cpt is None else judged.cpt[percent] for percent in _CPT},
        "aiq": judged.aiq,
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _value(estimate: Estimate | None) -> float | None:
    return None if estimate is None else _finite(estimate.value)


def _ends(estimate: Estimate | None) -> list[float] | None:
    ends = () if estimate is None else (_finite(estimate.low), _finite(estimate.high))
    return [end for end in ends if end is not None] or None


def print_policies(evaluation: Evaluation, console: Console) -> None:
    """Print the verdict, the table, and what must be known to read it."""
    console.print(evaluation.verdict, style="bold", markup=False, highlight=False, soft_wrap=True)
    print_rows(*policy_rows(evaluation), console)
    for line in remarks(evaluation):
        console.print(line, style="dim", markup=False, highlight=False, soft_wrap=True)


def markdown_policies(evaluation: Evaluation) -> str:
    """The same in Markdown."""
    return "\n\n".join([f"**{evaluation.verdict}**", markdown_rows(*policy_rows(evaluation)), *remarks(evaluation)])


def policy_rows(evaluation: Evaluation) -> tuple[list[str], list[list[str]]]:
    """Titles and rows: single cells first, then policies."""
    kept = evaluation.against.grid.cells[evaluation.against.kept]
    two = any(judged.pgr is not None for judged in evaluation.policies)
    titles = [
        "",
        "quality",
        "cost of a decision",
        f"less than {kept}",
        "p95 ms",
        "AIQ",
        *(["APGR", "CPT50"] if two else []),
    ]
    width = len(titles) - 6
    rows = [_single_row(single, width) for single in evaluation.singles]
    rows += [_policy_row(judged, width) for judged in evaluation.policies]
    return [*titles, ""], rows


def _single_row(single: SingleCellFigures, width: int) -> list[str]:
    cost = usd(_finite(single.cost.value))
    figures = [_quality(single.quality), cost, NOT_KNOWN, ms(single.p95_ms), NOT_KNOWN, *[NOT_KNOWN] * width]
    return [f"{single.cell} only", *figures, ""]


def _policy_row(judged: EvaluatedPolicy, width: int) -> list[str]:
    saving = _value(judged.saving)
    saved = NOT_KNOWN if saving is None else f"{100 * saving:.1f} %"
    figures = [_quality(judged.quality), usd(_value(judged.cost)), saved, ms(judged.p95_ms), number(judged.aiq, 4)]
    of_two = [number(judged.apgr, 3), number(None if judged.cpt is None else judged.cpt[50], 1)][:width]
    verdict = "wins" if judged.claims is not None and judged.claims.win else ""
    return [judged.name, *figures, *of_two, verdict]


def _quality(estimate: Estimate | None) -> str:
    if estimate is None or not math.isfinite(estimate.value):
        return NOT_KNOWN
    return with_interval(estimate, lambda value: number(value, 4))


def remarks(evaluation: Evaluation) -> list[str]:
    """Say what the figures are of, what each policy does, and what was left out."""
    grid, tried = evaluation.grid, [judged for judged in evaluation.policies if judged.claims is not None]
    prompts = int(grid.clusters.max()) + 1
    lines = [
        f"{counted(len(grid), 'recorded call')} of {counted(prompts, 'different prompt')} to each cell; policies are "
        f"cross-fitted in 5 folds of prompts; a win is shown at 2.5 % over "
        f"{counted(len(tried), 'policy', 'policies')} tried.",
        *(f"{judged.name}: {judged.words}; intervals choose anew {judged.refitted}." for judged in tried),
        *(f"{name} was not tried: {why}." for name, why in evaluation.skipped.items()),
        *(f"{cell} may be asked by no policy: {why}." for cell, why in evaluation.left_out.items()),
    ]
    return [*lines, *_unknown(evaluation)]


def _unknown(evaluation: Evaluation) -> list[str]:
    unscored = int((~_known(evaluation.grid.quality)).sum())
    if not unscored:
        return []
    without = counted(unscored, "answer without a score is", "answers without a score are")
    return [f"{without} unknown, not 0, and in no mean."]


def _known(values: Any) -> Any:
    return values == values  # noqa: PLR0124 - NaN is not itself
