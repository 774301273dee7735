"""Make measured cells out of plain numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gencost.analysis.measures import Measured


def cell(
    name: str,
    quality: Sequence[float],
    *,
    cost: Sequence[float] | float = 1.0,
    latency: Sequence[float] | float = 10.0,
    prompts: Sequence[str] | None = None,
) -> Measured:
    """One call a value; prompts are q0, q1, ... unless named."""
    n = len(quality)
    columns = {
        "prompt_id": list(prompts) if prompts is not None else [f"q{i}" for i in range(n)],
        "quality": np.asarray(quality, dtype=float),
        "cost": np.broadcast_to(np.asarray(cost, dtype=float), n),
        "latency": np.broadcast_to(np.asarray(latency, dtype=float), n),
    }
    return Measured(cell=name, calls=pd.DataFrame(columns))
