"""The numbers that the figures show, as plain values that another process can draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gencost.analysis.cell_intervals import held_quality
from gencost.analysis.measures import Errors, Measured, measured
from gencost.analysis.results import Results
from gencost.analysis.statistics.intervals import LEAST_PROMPTS
from gencost.text.counted import counted
from gencost.types import PICO_PER_USD

_POINTS_A_CELL = 5000

Numbers = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class FigureOrder:
    """A figure to draw.

    Attributes:
        kind: its function in ``plots``.
        path: the PNG.
        numbers: that it shows, plain values.
    """

    kind: str
    path: Path
    numbers: Numbers


def cost_vs_latency(results: Results) -> Numbers:
    """Return cost and latency of each answered call by cell, at most 5,000 of a cell, with its median and mean.

    Args:
        results: of one or more cells; calls without a known cost or latency are left out, and counted in a sentence.
    """
    calls = results.calls.loc[results.calls["status"] == "ok", ["cell", "latency_ms", "cost_pico_usd"]]
    calls = calls.assign(cost_usd=calls.pop("cost_pico_usd").astype("float64") / PICO_PER_USD)
    known = calls[calls["cost_usd"].notna() & calls["latency_ms"].notna()]
    drawn, every = set(known["cell"].unique()), [summary.cell for summary in results.summaries]
    names = [name for name in every if name in drawn]
    unknown = len(calls) - len(known)
    return {
        "names": names,
        "places": [every.index(name) for name in names],
        "of": len(every),
        "cells": [_points(known[known["cell"] == name]) for name in names],
        "spans": {
            column: (float(known[column].min()), float(known[column].max())) for column in ("latency_ms", "cost_usd")
        },
        "left_out": f"{counted(unknown, 'call')} without a known cost or latency left out" if unknown else None,
    }


def _points(calls: pd.DataFrame) -> Numbers:
    shown = calls.sample(_POINTS_A_CELL, random_state=0) if len(calls) > _POINTS_A_CELL else calls
    return {
        "calls": len(calls),
        "latency_ms": shown["latency_ms"].tolist(),
        "cost_usd": shown["cost_usd"].tolist(),
        "median_ms": float(calls["latency_ms"].median()),
        "mean_usd": float(calls["cost_usd"].mean()),
    }


def quality(results: Results, errors: Errors = "fail") -> Numbers:
    """Return the mean quality of each cell, and how far its 95 % interval goes below and above it, as tables have them.

    Args:
        results: of one or more cells.
        errors: whether a failed call has quality 0, or is left out.
    """
    cells = measured(results)
    bars = [_bar(cell, errors) for cell in cells] if any(len(cell.values("quality")) for cell in cells) else []
    failed = "; a failed call has quality 0" if errors == "fail" and any(len(cell.failed) for cell in cells) else ""
    whiskers = f"whiskers: 95 % interval of the mean over prompts, from {LEAST_PROMPTS} prompts on{failed}"
    return {"names": [cell.cell for cell in cells], "score": results.score, "bars": bars, "whiskers": whiskers}


def _bar(cell: Measured, errors: Errors) -> tuple[float, float, float]:
    """Mean, and how far its interval goes below and above it; NaN is unknown."""
    mean = held_quality(cell, errors)
    if mean is None or mean.low is None or mean.high is None:
        return (np.nan if mean is None else mean.value), np.nan, np.nan
    return mean.value, mean.value - mean.low, mean.high - mean.value


FIGURES: Mapping[str, Callable[[Results], Numbers]] = {"cost_vs_latency": cost_vs_latency, "quality": quality}
