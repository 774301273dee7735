"""Calls that were not seen: a few prompts cannot exclude some that cost many times as much as the others.

Of a kind that makes up a share s of all calls, n prompts show none with the probability ``(1 - s)^n``, which is 2.5 %
at ``s = 1 - 0.025^(1/n)``: 7 % of calls at 50 prompts, 1.8 % at 200 (the rule of three; Hanley and Lippman-Hand, JAMA
249, 1983). No interval knows of them, so where ``rare_cost`` is given "costs less" must hold although that share of a
cell's calls cost so many times its mean, or as many times as the largest that was seen. How often that errs, and the
power that it takes, is simulated in ``tests/benchmarks/rare_costs.py``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from gencost.decision.least_prompts import LEVEL
from gencost.text.counted import counted


@dataclass(frozen=True, kw_only=True)
class Unseen:
    """A ratio of mean costs and what calls that were not seen can do to it.

    Attributes:
        ratio: mean cost of the cell / the reference's, on the prompts that both answered.
        prompts: how many these are, at least 1.
        times: how many times its mean the cost of a call may be that was not seen; None allows for no such calls.
    """

    ratio: float
    prompts: int
    times: float | None = None

    @property
    def share(self) -> float:
        """The greatest share of calls that as many prompts miss altogether with a probability of 2.5 %."""
        return unseen_share(self.prompts)

    @property
    def ratio_with_them(self) -> float:
        """The cost ratio if that share of the cell's calls costs ``rare_cost`` times its mean."""
        return self.ratio if self.times is None else self.ratio * (1 + self.share * (self.times - 1))

    @property
    def break_even(self) -> float:
        """Return the multiple of its mean that they must cost before the cell saves nothing; infinite if it is free."""
        return (1 / self.ratio - 1) / self.share + 1 if self.ratio > 0 else math.inf

    @property
    def needed(self) -> int | None:
        """The prompts that would exclude a share large enough; None where it costs no less on what was seen."""
        if not self.ratio < 1:
            return None
        more = 0.0 if self.times is None else self.ratio * (self.times - 1)
        most = (1 - self.ratio) / more if more > 0 else math.inf
        return 1 if most >= 1 else math.floor(math.log(LEVEL) / math.log1p(-most)) + 1

    def __str__(self) -> str:
        """Describe the calls of which nothing is known."""
        return f"{counted(self.prompts, 'question')} cannot exclude that 1 call in {1 / self.share:,.0f}"


def unseen_share(prompts: int) -> float:
    """The greatest share of calls that as many prompts miss altogether with a probability of 2.5 %."""
    return float(1 - LEVEL ** (1 / prompts))
