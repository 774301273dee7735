"""p-values of several tests, adjusted so that all of them together err with the level of one (Holm, 1979)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gencost.analysis.measures import MEASURES, Measure
from gencost.decision.difference import Pair


def adjusted(pairs: Sequence[Pair], family: int) -> list[Pair]:
    """Adjust the p-values of each measure.

    Args:
        pairs: that are shown.
        family: of how many pairs they were chosen.
    """
    made = list(pairs)
    for measure in MEASURES:
        made = _adjusted(made, measure, family if family > len(pairs) else 0)
    return made


def _adjusted(pairs: list[Pair], measure: Measure, family: int) -> list[Pair]:
    p_values = {i: d.p_value for i, both in enumerate(pairs) if (d := both.get(measure)) and d.p_value is not None}
    of_pair = dict(zip(p_values, holm(np.array(list(p_values.values())), family), strict=True))
    return [_with(both, measure, of_pair.get(i)) for i, both in enumerate(pairs)]


def holm(p_values: np.ndarray, family: int = 0) -> np.ndarray:
    """Adjust p-values (Holm, Scandinavian Journal of Statistics 6, 1979).

    The k-th smallest of n is multiplied by n - k + 1; none is smaller than the one before, or larger than 1.

    Args:
        p_values: shape (n,), in any order.
        family: of how many they were chosen, if that is more; the others count as larger.
    """
    n, order = len(p_values), np.argsort(p_values)
    products = (max(n, family) - np.arange(n)) * p_values[order]
    made = np.minimum(1.0, np.maximum.accumulate(products))
    return np.asarray(made[np.argsort(order)])


def _with(both: Pair, measure: Measure, p_holm: float | None) -> Pair:
    estimate = both.get(measure)
    if estimate is None or p_holm is None:
        return both
    changed: dict[str, Any] = {measure: replace(estimate, p_holm=float(p_holm))}
    return replace(both, **changed)
