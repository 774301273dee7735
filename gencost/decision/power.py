"""How many prompts it takes to see a difference, from the variance that was recorded."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gencost.analysis.intervals import LEAST_PROMPTS
from gencost.analysis.measures import Measured
from gencost.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Power:
    """What it takes to see a difference in quality between two cells.

    Attributes:
        first: name of the first cell.
        second: name of the second cell.
        prompts: that both answered.
        sd_difference: standard deviation of the difference a prompt.
        correlation: of the two cells' qualities over prompts; None if one does not vary.
        paired: prompts asked of both cells.
        unpaired: prompts asked of each cell, were they different ones.
    """

    first: str
    second: str
    prompts: int
    sd_difference: float
    correlation: float | None
    paired: int
    unpaired: int


def power(first: Measured, second: Measured, delta: float, level: float = 0.8) -> Power | None:
    """Solve the t-tests' power for n: two-sided at 5 %.

    Args:
        first: a cell.
        second: another.
        delta: the difference in quality to be seen.
        level: the probability of seeing it.

    Returns:
        None if they have fewer than five prompts in common, or never differ.

    Raises:
        ConfigError: ``delta`` or ``level`` is impossible.
    """
    from statsmodels.stats.power import TTestIndPower, TTestPower  # noqa: PLC0415 - half a second, only for this

    if not delta > 0 or not 0 < level < 1:
        raise ConfigError(f"power: delta={delta} must be > 0, and level={level} between 0 and 1")
    a, b = first.per_prompt("quality"), second.per_prompt("quality")
    both = a.index.intersection(b.index)
    if len(both) < LEAST_PROMPTS:
        return None
    a, b = a.loc[both], b.loc[both]
    sd, pooled = float((b - a).std()), math.sqrt((a.var() + b.var()) / 2)
    if sd == 0 or pooled == 0:
        return None
    paired = TTestPower().solve_power(effect_size=delta / sd, alpha=0.05, power=level)
    unpaired = TTestIndPower().solve_power(effect_size=delta / pooled, alpha=0.05, power=level)
    return Power(
        first=first.cell,
        second=second.cell,
        prompts=len(both),
        sd_difference=sd,
        correlation=float(a.corr(b)) if a.std() and b.std() else None,
        paired=math.ceil(paired),
        unpaired=math.ceil(unpaired),
    )
