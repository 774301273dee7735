"""A condition on a comparison, e.g. for CI: ``quality.delta_ci_low < -0.02 or cost.mean_ratio > 1.0``.

The names are those of ``facts``. Names, numbers, comparisons, ``and``, ``or``, ``not`` and brackets are understood.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gencost.analysis.cell_intervals import Intervals
from gencost.analysis.measures import Measure
from gencost.analysis.statistics.intervals import Estimate
from gencost.decision.compare import Compared, Comparison
from gencost.decision.difference import Difference
from gencost.errors import ConfigError, nearest

Facts = Mapping[str, float | None]

_COMPARE: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_LONGEST, _LARGEST = 2000, 1e300


@dataclass(frozen=True, kw_only=True)
class GateResult:
    """The result of a condition for one cell.

    Attributes:
        cell: its name.
        fails: the condition holds, or is unknown because something it names is unknown.
        why: the values of all it names.
    """

    cell: str
    fails: bool
    why: str


def check_condition(comparison: Comparison, baseline: str, condition: str) -> list[GateResult]:
    """Evaluate a condition for every cell but the baseline.

    Args:
        comparison: of the cells.
        baseline: the cell that differences and ratios are against.
        condition: holds for a cell that must not pass.

    Raises:
        ConfigError: the condition cannot be understood, or the baseline is not a cell.
    """
    baseline = comparison.results.cell_named(baseline, "--baseline")
    cells = {compared.cell: compared for compared in comparison.cells}
    others = {name: facts(comparison, baseline, compared) for name, compared in cells.items() if name != baseline}
    parse(condition, facts(comparison, baseline, cells[baseline]))
    return verdicts(condition, others)


def check_absolute(comparison: Comparison, condition: str) -> list[GateResult]:
    """Evaluate a condition that needs no baseline for every cell.

    Raises:
        ConfigError: it cannot be understood, or names a difference.
    """
    values = {compared.cell: facts(comparison, None, compared) for compared in comparison.cells}
    relative = [name for name in _names(parse(condition, next(iter(values.values())))) if _RELATIVE.search(name)]
    if relative:
        raise ConfigError(f"--fail-if: {relative[0]} is a difference: say from what with --baseline CELL, RUN or FILE")
    return verdicts(condition, values)


def verdicts(condition: str, cells: Mapping[str, Facts]) -> list[GateResult]:
    """Evaluate a condition for each cell.

    Args:
        condition: holds for a cell that must not pass.
        cells: name -> the values that it may name.

    Raises:
        ConfigError: it cannot be understood.
    """
    return [_verdict(parse(condition, values), cell, values) for cell, values in cells.items()]


_RELATIVE = re.compile(r"\.delta|_ratio|\.p_holm")


def _verdict(tree: ast.expr, cell: str, values: Facts) -> GateResult:
    if values["errors.rate"] is None:
        return GateResult(cell=cell, fails=True, why="no call came to an end: there is nothing to test")
    named = {name: values[name] for name in _names(tree)}
    why = ", ".join(f"{name} = {'unknown' if value is None else f'{value:.6g}'}" for name, value in named.items())
    unknown = None in named.values()
    return GateResult(cell=cell, fails=unknown or _holds(tree, values), why=why)


def facts(comparison: Comparison, baseline: str | None, compared: Compared) -> dict[str, float | None]:
    """Every name that a condition may use, and its value for one cell; None is unknown.

    ``quality``, ``cost`` (USD) and ``latency`` (ms) have ``.mean`` and, against the baseline and paired by prompt,
    ``.delta`` and ``.p_holm``; ``cost`` and ``latency`` also ``.mean_ratio``; each of these but p has a ``_ci_low`` and
    a ``_ci_high``. ``latency`` has ``.p50``, ``.p90``, ``.p95``, ``.p99`` and the ``_ratio`` of each; ``cost`` has
    ``.total``; ``ttft``, ``tpot`` (ms) and ``tokens_per_s`` of streamed calls have ``.p50``, ``.p95``, ``.delta`` and
    ``.mean_ratio``; ``errors`` has ``.count`` and ``.rate``; ``calls`` has ``.count``.
    """
    intervals, summary = compared.intervals, compared.summary
    if baseline is not None:
        baseline = comparison.results.cell_named(baseline, "--baseline")
    base = next((other for other in comparison.cells if other.cell == baseline), None)
    pair = None if baseline is None or compared.cell == baseline else comparison.pair(baseline, compared.cell)
    values: dict[str, float | None] = {
        **_estimate("quality.mean", compared.quality),
        **_estimate("cost.mean", intervals.cost_usd_mean),
        **_estimate("latency.mean", intervals.latency_mean_ms),
        **_difference("quality", None if pair is None else pair.quality),
        **_difference("cost", None if pair is None else pair.cost),
        **_difference("latency", None if pair is None else pair.latency),
        "cost.total": None if summary.cost_usd_total is None else float(summary.cost_usd_total),
        "errors.count": float(summary.errors),
        "errors.rate": summary.errors / summary.n if summary.ok or summary.errors else None,
        "calls.count": float(summary.n),
    }
    for name, figures in _streamed(intervals).items():
        values |= {**figures, **_difference(name, None if pair is None else pair.get(name))}
    for q in ("p50", "p90", "p95", "p99"):
        mine, theirs = (None if c is None else getattr(c.summary.timing, f"latency_{q}_ms") for c in (compared, base))
        values |= {f"latency.{q}": mine, f"latency.{q}_ratio": mine / theirs if mine is not None and theirs else None}
    return values


def _streamed(intervals: Intervals) -> dict[Measure, dict[str, float | None]]:
    """The figures that only streamed calls have; unknown for others."""
    return {
        "ttft": {**_estimate("ttft.p50", intervals.ttft_p50_ms), **_estimate("ttft.p95", intervals.ttft_p95_ms)},
        "tpot": {**_estimate("tpot.p50", intervals.tpot_p50_ms), **_estimate("tpot.p95", intervals.tpot_p95_ms)},
        "tokens_per_s": {
            **_estimate("tokens_per_s.p50", intervals.tokens_per_s_p50),
            **_estimate("tokens_per_s.p95", intervals.tokens_per_s_p95),
        },
    }


def _estimate(name: str, estimate: Estimate | None) -> dict[str, float | None]:
    values = (None, None, None) if estimate is None else (estimate.value, estimate.low, estimate.high)
    return dict(zip((name, f"{name}_ci_low", f"{name}_ci_high"), values, strict=True))


def _difference(name: str, difference: Difference | None) -> dict[str, float | None]:
    ratio = (
        {} if name == "quality" else _estimate(f"{name}.mean_ratio", None if difference is None else difference.ratio)
    )
    delta = _estimate(f"{name}.delta", None if difference is None else difference.delta)
    return {**delta, **ratio, f"{name}.p_holm": None if difference is None else difference.p_holm}


def parse(condition: str, names: Facts) -> ast.expr:
    """Read a condition.

    Args:
        condition: at most 2,000 characters.
        names: that it may use.

    Raises:
        ConfigError: it is not a condition, or uses another name.
    """
    try:
        tree = ast.parse(condition[: _LONGEST + 1].strip(), mode="eval").body
        understood = len(condition) <= _LONGEST and _is_condition(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        understood = False
    if not understood:
        raise ConfigError(f"condition {condition[:80]!r}: write comparisons of names and numbers, and, or, not")
    if not _names(tree):
        raise ConfigError(f"condition {condition[:80]!r} is the same of all cells: name a figure, e.g. cost.mean_ratio")
    for name in _names(tree):
        if name not in names:
            raise ConfigError(
                f"condition: {name!r} is not a name{nearest(name, names)}: choose from {', '.join(sorted(names))}"
            )
    return tree


def _is_condition(node: ast.expr) -> bool:
    if isinstance(node, ast.BoolOp):
        return all(_is_condition(value) for value in node.values)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not) and _is_condition(node.operand)
    if isinstance(node, ast.Compare):
        return all(type(op) in _COMPARE for op in node.ops) and all(map(_is_value, [node.left, *node.comparators]))
    return False


def _is_value(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub | ast.UAdd) and isinstance(node.operand, ast.Constant)
    if isinstance(node, ast.Constant):
        value = node.value
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name))


def _names(tree: ast.expr) -> list[str]:
    """Every name in it, once."""
    names = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    plain = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in inner]
    return list(dict.fromkeys([*names, *plain]))


def _holds(node: ast.expr, values: Facts) -> bool:
    if isinstance(node, ast.BoolOp):
        each = (_holds(value, values) for value in node.values)
        return all(each) if isinstance(node.op, ast.And) else any(each)
    if isinstance(node, ast.UnaryOp):
        return not _holds(node.operand, values)
    assert isinstance(node, ast.Compare)
    numbers = [_number(value, values) for value in (node.left, *node.comparators)]
    return all(_COMPARE[type(op)](a, b) for op, a, b in zip(node.ops, numbers, numbers[1:], strict=False))


def _number(node: ast.expr, values: Facts) -> float:
    if isinstance(node, ast.Attribute | ast.Name):
        return float(values[ast.unparse(node)] or 0.0)
    return float(ast.literal_eval(node))
