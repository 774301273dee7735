"""The interval of a mean of few values."""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit


def half_width_95(values: np.ndarray) -> float:
    """Half the width of Student's 95 % interval of a mean: t(0.975, n - 1) * s / sqrt(n).

    Args:
        values: independent ones, e.g. means of prompts; shape (n,).

    Returns:
        NaN below two values.
    """
    n = len(values)
    return float(stdtrit(n - 1, 0.975) * np.std(values, ddof=1) / np.sqrt(n)) if n > 1 else float("nan")
