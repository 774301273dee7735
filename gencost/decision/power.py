"""The number of prompts that it takes to see a difference, from the variance that was recorded."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gencost.analysis.measures import Measured
from gencost.analysis.statistics.intervals import LEAST_PROMPTS
from gencost.analysis.statistics.special import nctdtr, stdtrit
from gencost.decision.least_prompts import LEAST_PROMPTS as LEAST_FOR_A_VERDICT
from gencost.errors import ConfigError

_ALPHA = 0.05
_MOST = 100_000_000
# A standard deviation below this part of the difference to be seen is rounding.
_ROUNDING = 1e-9
# Any test sees a noncentrality like this, and scipy computes no larger ones.
_SURE = 1e6


@dataclass(frozen=True, kw_only=True)
class Power:
    """The effort to see a difference in quality between two cells.

    Attributes:
        first: name of the first cell.
        second: name of the second cell.
        prompts: that both answered.
        sd_difference: standard deviation of the difference a prompt.
        correlation: of the two cells' qualities over prompts; None if one does not vary.
        paired: prompts asked of both cells, at least 2; None if no number would do.
        unpaired: prompts asked of each cell, were they different ones; likewise.
    """

    first: str
    second: str
    prompts: int
    sd_difference: float
    correlation: float | None
    paired: int | None
    unpaired: int | None

    @property
    def enough(self) -> int | None:
        """``paired``, or as many as any verdict takes if that is more."""
        return None if self.paired is None else max(self.paired, LEAST_FOR_A_VERDICT)


def power(first: Measured, second: Measured, delta: float, level: float = 0.8) -> Power | None:
    """Solve the t-tests' power for n: two-sided at 5 %.

    Args:
        first: a cell.
        second: another.
        delta: the difference in quality to be seen.
        level: the probability of seeing it.

    Returns:
        None if they have fewer than five prompts in common, or their difference does not vary.

    Raises:
        ConfigError: ``delta`` or ``level`` is impossible.
    """
    if not 0 < delta < math.inf or not 0 < level < 1:
        raise ConfigError(f"power: delta={delta} must be > 0, and level={level} between 0 and 1")
    a, b = first.per_prompt("quality"), second.per_prompt("quality")
    both = a.index.intersection(b.index)
    if len(both) < LEAST_PROMPTS:
        return None
    a, b = a.loc[both], b.loc[both]
    sd, pooled = float((b - a).std()), math.sqrt((a.var() + b.var()) / 2)
    if not min(sd, pooled) > delta * _ROUNDING:
        return None
    return Power(
        first=first.cell,
        second=second.cell,
        prompts=len(both),
        sd_difference=sd,
        correlation=float(a.corr(b)) if a.std() and b.std() else None,
        paired=prompts_needed(delta / sd, level, paired=True),
        unpaired=prompts_needed(delta / pooled, level, paired=False),
    )


def prompts_needed(effect: float, level: float, *, paired: bool) -> int | None:
    """Find the smallest n at which a two-sided t-test at 5 % sees an effect with some probability.

    Args:
        effect: the difference in standard deviations, > 0.
        level: the probability of seeing it.
        paired: the same prompts for both cells; False is two samples of n each.

    Returns:
        At least 2, as one value has no variance; None if it takes more than a hundred million.
    """
    lacking, enough = 1, 2
    while t_test_power(effect, enough, paired=paired) < level:
        if enough == _MOST:
            return None
        lacking, enough = enough, min(2 * enough, _MOST)
    while enough - lacking > 1:
        middle = (lacking + enough) // 2
        if t_test_power(effect, middle, paired=paired) < level:
            lacking = middle
        else:
            enough = middle
    return enough


def t_test_power(effect: float, n: int, *, paired: bool) -> float:
    """Compute how probably a two-sided t-test at 5 % sees an effect.

    P(|T| > t), T noncentral t with n - 1 degrees of freedom and noncentrality effect * sqrt(n) if paired, else
    2n - 2 and effect * sqrt(n / 2). Source: Cohen, Statistical Power Analysis for the Behavioral Sciences, 1988.

    Args:
        effect: the difference in standard deviations, > 0.
        n: values in each sample, at least 2.
        paired: the same prompts for both cells.
    """
    freedom = n - 1 if paired else 2 * n - 2
    shift = min(effect * math.sqrt(n if paired else n / 2), _SURE)
    critical = stdtrit(freedom, 1 - _ALPHA / 2)
    below = nctdtr(freedom, shift, -critical)  # scipy gives NaN where it is less than 1e-30
    return float(1 - nctdtr(freedom, shift, critical) + np.nan_to_num(below))
