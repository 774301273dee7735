"""The costs of a decision in words of people: what is saved, by which questions, and what could turn it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gencost.decision.numbers import usd, written
from gencost.text.counted import counted

if TYPE_CHECKING:
    from gencost.decision.decide import Decision, Finding
    from gencost.decision.difference import Difference

Costs = tuple[float | None, float | None]
_BELIEVED = 100.0
_NEARLY = 0.05


def saving(costs: Costs, finding: Finding | None) -> str:
    """Say what a cell saves: ``77 % less ($0.92 instead of $3.92 per 1,000 calls)``.

    Args:
        costs: mean cost of the cell and of the reference, each over its own answers, USD; None where unknown.
        finding: about the cell.
    """
    mine, theirs, where = _compared(costs, finding)
    if mine is None or theirs is None:
        return "its cost against that of the reference is not known"
    return f"{_less(mine, theirs)} ({usd(1000 * mine)} instead of {usd(1000 * theirs)} per 1,000 calls{where})"


def cost_clause(costs: Costs, finding: Finding) -> str:
    """Say what a cell costs compared with the reference: ``small costs 77 % less``; ``costs`` as in ``saving``."""
    mine, theirs, where = _compared(costs, finding)
    if mine is None or theirs is None:
        return f"the cost of {finding.cell} is not known"
    less = _less(mine, theirs)
    clause = f"{finding.cell} costs {'the same' if less == 'the same cost' else less}"
    return f"{where.removeprefix(' ')} {clause}" if where else clause


def _compared(costs: Costs, finding: Finding | None) -> tuple[float | None, float | None, str]:
    """Take the means of all answers, or, where those are of other questions and say something else, the paired ones."""
    mine, theirs = costs
    pair = None if finding is None else finding.cost
    if mine is None or theirs is None or pair is None or not pair.dropped:
        return mine, theirs, ""
    if math.isclose(mine * pair.mean_a, theirs * pair.mean_b, rel_tol=_NEARLY) and _same_side(costs, pair):
        return mine, theirs, ""
    return pair.mean_b, pair.mean_a, f" on the {counted(pair.prompts, 'question')} that both answered"


def _same_side(costs: Costs, pair: Difference) -> bool:
    mine, theirs = costs
    return mine is not None and theirs is not None and (mine < theirs) == (pair.mean_b < pair.mean_a)


def _less(mine: float, theirs: float) -> str:
    if math.isclose(mine, theirs):
        return "the same cost"
    if not theirs > 0:  # of nothing there is neither a share nor a multiple
        return "more"
    if mine >= 2 * theirs:
        return f"{mine / theirs:,.3g} times as much"
    share = 100 * abs(1 - mine / theirs)
    least = "under 0.01" if share < 0.01 else f"{share:.1g}"
    return f"{written(share, (100.0,), 0) if share >= 1 else least} % {'less' if mine < theirs else 'more'}"


def saving_a_month(decision: Decision, calls: float | None) -> Iterator[str]:
    """Say what the cell that a decision is about saves at so many calls a month, where both are known."""
    finding, month = decision.finding, decision.saving_usd_per_month
    if finding is None or month is None or calls is None:
        return
    ends = "" if month.low is None or month.high is None else f" [{usd(month.low)}, {usd(month.high)}]"
    verb, amount = ("saves", month.value) if month.value >= 0 else ("costs", -month.value)
    if month.value < 0 and ends:
        ends = f" [{usd(-float(month.high or 0.0))}, {usd(-float(month.low or 0.0))}]"
    more = "" if month.value >= 0 else " more"
    yield (
        f"At {calls:,.0f} calls a month {finding.cell} {verb} {usd(amount)}{more} a month{ends} against "
        f"{decision.reference}."
    )


def not_seen(decision: Decision) -> Iterator[str]:
    """Say which rare and dear calls would turn a saving round, unless they would have to be dear beyond belief."""
    finding, unseen = decision.finding, None if decision.finding is None else decision.finding.unseen
    if finding is None or unseen is None or decision.outcome == "keep" or unseen.break_even >= _BELIEVED:
        return
    held, most = "", unseen.times
    if most is not None and unseen.ratio_with_them >= 1:
        held = f" (up to {most:,.3g} times counts: decision.rare_cost)"
    cell, times = finding.cell, written(unseen.break_even, () if most is None else (most,), 0)
    yield f"{unseen} of {cell} costs {times} times its mean{held}; then it would save nothing."
