"""The test of two cells by themselves, as the decision makes it of every two at once."""

from __future__ import annotations

import numpy as np

from gencost.analysis.statistics.special import ndtri
from gencost.analysis.statistics.tilted import above_tilted
from gencost.decision.least_prompts import LEAST_PROMPTS
from gencost.decision.noninferiority import Paired, above


def shown_above(pair: Paired, differences: np.ndarray, delta: float, alpha: float) -> bool:
    """Whether the mean of one cell is shown to be above that of another + ``delta``, from 30 prompts on.

    Args:
        pair: of the two; shape (1, 1).
        differences: first - second of each prompt, NaN where one has no score; shape (n,).
        delta: e.g. -margin.
        alpha: one-sided.
    """
    if pair.n[0, 0] < LEAST_PROMPTS or not above(pair, delta, alpha)[0, 0]:
        return False
    known = differences[~np.isnan(differences)]
    return pair.binary or above_tilted(known, delta, float(ndtri(1 - alpha)), pair.span)
