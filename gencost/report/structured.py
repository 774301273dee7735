"""A comparison for programs: JSON with everything, a frame with a row a cell, JUnit XML of a condition.

JSON keys: ``cells`` (each with the metrics of its summary, of which ``cost_usd_total`` is the cost of its answers,
``cost_usd_all_calls`` that of all its calls, judges and failed tries too, ``usd_per_1000_calls``, ``usd_per_correct``,
``saving_usd_per_month`` against the reference, ``intervals``, ``place`` on the Pareto front, ``tied_with_best``,
``candidate``; ``quality_mean`` is over answers, ``quality_held`` of the intervals the quality of tables, in which a
failed call counts), ``pairs`` (see ``Comparison``; differences: second - first, ratios: second / first), ``effects``,
``decision`` (``outcome``: switch, keep or undecided; ``cell`` to pay for now; ``probable``, ``reference``,
``n_prompts``, ``n_needed``, ``margin``, ``saving_usd_per_month`` of the cell that it is about, ``sentence``,
``details``), ``criteria``, ``seed``, and with a condition ``baseline`` and ``verdicts``; ``predecessors`` are cells
beside the runs before them: ``baseline`` and ``now`` have the figures of both, the rest are names of a condition. Names
and units are those of ``gencost.analysis``; an interval is ``{"value", "low", "high", "reason"}``, the last saying why
there is none; unknown is null.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd

from gencost.analysis.measures import MEASURES, STREAMED
from gencost.analysis.statistics.intervals import Estimate
from gencost.analysis.summary import CellSummary
from gencost.decision.compare import Compared, Comparison
from gencost.decision.difference import Difference
from gencost.decision.gate import GateResult
from gencost.report.columns import answer_columns, money_columns
from gencost.types import PICO_PER_USD

_DECISION = (
    "outcome",
    "cell",
    "probable",
    "reference",
    "n_prompts",
    "n_needed",
    "margin",
    "saving_usd_per_month",
    "sentence",
    "details",
)


def as_json(
    comparison: Comparison,
    baseline: str | None = None,
    verdicts: Sequence[GateResult] = (),
    predecessors: Sequence[Mapping[str, Any]] | None = None,
) -> str:
    """Return everything as JSON, see the module."""
    gate = {"baseline": baseline, "verdicts": [asdict(verdict) for verdict in verdicts]} if verdicts else {}
    everything = {
        "cells": [_cell(comparison, compared) for compared in comparison.cells],
        "pairs": [asdict(pair) for pair in comparison.pairs],
        "effects": [asdict(effect) for effect in comparison.effects],
        "decision": {key: _json(getattr(comparison.decision, key)) for key in _DECISION},
        "criteria": asdict(comparison.criteria),
        "seed": comparison.seed,
        **gate,
        **({} if predecessors is None else {"baseline": baseline, "predecessors": list(predecessors)}),
    }
    return json.dumps(_finite(everything), indent=2, ensure_ascii=False, allow_nan=False)


def _cell(comparison: Comparison, compared: Compared) -> dict[str, Any]:
    run = compared.summary.run
    candidate = comparison.decision.candidate(compared.cell)
    return {
        "cell": compared.cell,
        "overrides": run.recorded.overrides,
        "run_ids": list(run.parts),
        "sweep_id": run.sweep_id,
        "status": run.status,
        "score": run.score,
        **_plain(compared.summary.metrics()),
        "cost_usd_all_calls": _all_calls(compared.summary),
        **{column.key: _json(column.figure(compared)) for column in money_columns(comparison)},
        "usd_per_correct": compared.intervals.usd_per_correct,
        "unscored": {scorer: dict(kinds) for scorer, kinds in compared.summary.outcome.unscored.items()},
        "intervals": asdict(compared.intervals),
        "place": asdict(compared.place),
        "tied_with_best": compared.tied_with_best,
        "candidate": {**asdict(candidate), "cheaper": candidate.cheaper.value},
    }


def _all_calls(summary: CellSummary) -> float | None:
    return None if summary.all_calls_pico_usd is None else summary.all_calls_pico_usd / PICO_PER_USD


_COUNTS = frozenset(
    {"calls", "ok", "errors", "pending", "skipped", "cached", "unpriced", "lost", "in_flight_max", "in_flight_asked"}
    | {"tokens_in_total", "tokens_out_total", "cut", "empty", "only_thinking", "served_other"}
)


def _plain(metrics: Mapping[str, float]) -> dict[str, float | bool]:
    """Metrics with counts as whole numbers and truth values as such."""
    whole = {name: int(value) if name in _COUNTS else value for name, value in metrics.items()}
    return {name: bool(value) if name == "client_bound" else value for name, value in whole.items()}


def _json(value: Any) -> Any:
    return asdict(value) if isinstance(value, Estimate) else value


def _finite(value: Any) -> Any:
    """Replace numbers that JSON does not have, such as a ratio to 0, by null."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def comparison_frame(comparison: Comparison, base: str) -> pd.DataFrame:
    """One row a cell: its figures with intervals, where it stands, and its differences against one cell.

    Args:
        comparison: of the cells.
        base: the cell that differences and ratios are against; empty in its own row.

    Returns:
        Columns as in the JSON, flat: ``quality_mean``, ``quality_mean_low``, ``quality_mean_high``, ...; unknown is NaN
        or None.
    """
    frame = pd.DataFrame([_row(comparison, compared, base) for compared in comparison.cells])
    counts = [column for column in frame if column.endswith(("_prompts", "_dropped"))]
    return frame.astype(dict.fromkeys(counts, "Int64"))


def _score_reasons(summary: CellSummary) -> str | None:
    """Write why scorers gave no value: ``scorer 3: the sample has no reference; scorer 1: ...``; None if all did."""
    whys = [(scorer, n, why) for scorer, kinds in summary.outcome.unscored.items() for why, n in kinds.items()]
    return "; ".join(f"{scorer} {n}: {why}" for scorer, n, why in whys) or None


def _row(comparison: Comparison, compared: Compared, base: str) -> dict[str, Any]:
    summary, decision = compared.summary, comparison.decision
    candidate = decision.candidate(compared.cell)
    counts = {
        name: getattr(summary, name) for name in ("n", "ok", "errors", "pending", "skipped", "cached", "unpriced")
    }
    total = summary.cost_usd_total
    return {
        "cell": compared.cell,
        "run_id": summary.run.run_id,
        "status": summary.run.status,
        **counts,
        "cost_reasons": "; ".join(f"{n}: {why}" for why, n in summary.cost_reasons.items()) or None,
        "unscored": summary.unscored,
        "score_reasons": _score_reasons(summary),
        "cost_usd_total": None if total is None else float(total),
        "cost_usd_all_calls": _all_calls(summary),
        **_intervals(compared),
        **_columns(comparison, compared),
        "on_front": compared.place.on_front,
        "front_probability": compared.place.probability,
        "front_prompts": compared.place.prompts,
        "tied_with_best": compared.tied_with_best,
        "qualifies": candidate.qualifies,
        "standing": candidate.status,
        "why": candidate.why,
        "needed": candidate.needed,
        "decision": compared.cell == decision.cell,
        "reference": compared.cell == decision.reference,
        **_against(comparison, compared.cell, base),
    }


def _intervals(compared: Compared) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in vars(compared.intervals).items():
        if name != "other_scores":
            fields |= _flat(name, value) if value is None or isinstance(value, Estimate) else {name: value}
    return fields


def _columns(comparison: Comparison, compared: Compared) -> dict[str, Any]:
    """The other figures that tables show; those that have no interval in one column."""
    fields: dict[str, Any] = {}
    for column in (*money_columns(comparison), *answer_columns(comparison)):
        if column.key not in vars(compared.intervals):
            fields |= _flat(column.key, column.figure(compared))
    counts = {f"{key}{end}" for key in compared.summary.answers.metrics() for end in ("_low", "_high")}
    return {name: value for name, value in fields.items() if name not in counts}


def _against(comparison: Comparison, cell: str, base: str) -> dict[str, Any]:
    pair = None if cell == base else comparison.pair(base, cell)
    fields: dict[str, Any] = {"against": None if pair is None else base}
    for name in (*MEASURES, *STREAMED):
        difference: Difference | None = None if pair is None else pair.get(name)
        fields |= _flat(f"{name}_delta", None if difference is None else difference.delta)
        if name != "quality":
            fields |= _flat(f"{name}_ratio", None if difference is None else difference.ratio)
        fields |= {
            f"{name}_{key}": None if difference is None else getattr(difference, key)
            for key in ("p_holm", "prompts", "dropped")
        }
    return {**fields, "latency_p95_ratio": None if pair is None else pair.p95_ratio}


def _flat(name: str, estimate: Estimate | None) -> dict[str, float | None]:
    values = (None, None, None) if estimate is None else (estimate.value, estimate.low, estimate.high)
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))


def junit(verdicts: Sequence[GateResult], condition: str, baseline: str) -> str:
    """Return the verdicts of a condition as JUnit XML: one test case a cell."""
    failed = sum(verdict.fails for verdict in verdicts)
    counts = {"tests": str(len(verdicts)), "failures": str(failed), "errors": "0"}
    suite = ET.Element("testsuite", {"name": "gencost compare", **counts})
    for verdict in verdicts:
        case = ET.SubElement(
            suite, "testcase", {"classname": _legal(f"against {baseline}"), "name": _legal(verdict.cell)}
        )
        if verdict.fails:
            failure = ET.SubElement(case, "failure", {"message": _legal(verdict.why), "type": "condition"})
            failure.text = _legal(f"{condition}\n{verdict.why}")
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _legal(text: str) -> str:
    """Leave out characters that XML 1.0 does not allow."""
    return "".join(c for c in text if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\udfff" and c < "\ufffe"))
