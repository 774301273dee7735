"""The fewest prompts on which cells can be shown to be equal, which is known before the first of them is asked."""

from __future__ import annotations

import math
from statistics import NormalDist

from gencost.text.counted import counted

LEVEL = 0.025
LEAST_PROMPTS = 30
_WIDER = (0.05, 0.1, 0.2)


def level(cells: int, margin: float) -> float:
    """The level of each test, so that all of them together err with 2.5 %.

    A false verdict needs a cell that is worse than the best; all but one may be, and with a margin of 0 every one.
    """
    return LEVEL / max(1, cells - (margin > 0))


def least_prompts(margin: float, alpha: float = LEVEL) -> int | None:
    """The fewest prompts on which equal cells can be shown to be equal; None for a margin of 0.

    ``z_a^2 (1 - m) / m``, Tango's z where nothing differs: 189 at 0.02, 73 at 0.05, 35 at 0.1.
    """
    if not margin > 0:
        return None
    bound = min(margin, 1 - 1e-9)
    return math.floor(NormalDist().inv_cdf(1 - alpha) ** 2 * (1 - bound) / bound) + 1


def cannot_show(prompts: int, cells: int, margin: float) -> str | None:
    """Say which difference so few prompts cannot show, and which one takes how many.

    Args:
        prompts: that each cell is asked.
        cells: that are compared with each other.
        margin: how much lower the mean of scores in [0, 1] may be.

    Returns:
        A clause; None if the prompts are enough, or no number would be.
    """
    alpha = level(cells, margin)
    least = least_prompts(margin, alpha)
    if cells < 2 or least is None or prompts >= least:
        return None
    wider = next((each for each in _WIDER if each > margin), margin)
    of_wider = least_prompts(wider, alpha) or least
    also = "" if wider == margin else f", {_points(wider)} about {of_wider:,}"
    verdict = f"; below {LEAST_PROMPTS} there is no verdict" if prompts < LEAST_PROMPTS else ""
    return (
        f"{counted(prompts, 'prompt')} cannot show that a cheaper model loses at most {_points(margin)} "
        f"(decision.margin), unless it is better: {_points(margin)} take about {least:,}{also}{verdict}"
    )


def _points(margin: float) -> str:
    return f"{100 * margin:g} point{'s' * (margin != 0.01)}"
