"""The effect of each key of a grid: the mean of the cells that share a value, against the mean of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gencost.analysis.summary import CellSummary
from gencost.values.overrides import settings as settings_of


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One value of one key of the grid; each mean is over cells, each cell counting once; None is unknown.

    Attributes:
        key: as on the command line.
        value: as on the command line.
        cells: that have it.
        balanced: every value of every other key occurs equally often beside it; if not, the effect is confounded.
        cost_usd: mean of the cells' mean costs.
        latency_p50_ms: mean of the cells' medians.
        quality: mean of the cells' mean qualities.
        cost_effect_usd: ``cost_usd`` - the same over all cells; so are the next two.
        latency_effect_ms: see above.
        quality_effect: see above.
    """

    key: str
    value: str
    cells: int
    balanced: bool
    cost_usd: float | None
    latency_p50_ms: float | None
    quality: float | None
    cost_effect_usd: float | None
    latency_effect_ms: float | None
    quality_effect: float | None


def effects(summaries: Sequence[CellSummary]) -> list[Effect]:
    """Compute the main effects of a grid over several keys.

    Args:
        summaries: of the cells, which their overrides set apart.

    Returns:
        An effect for each value of each key that varies; empty unless two keys vary.
    """
    settings = [settings_of(summary.run.recorded.overrides) for summary in summaries]
    keys = [
        k
        for k in dict.fromkeys(k for setting in settings for k in setting)
        if len({setting.get(k) for setting in settings}) > 1
    ]
    if len(keys) < 2:
        return []
    figures = np.array([_figures(summary) for summary in summaries])
    return [
        _effect(key, value, settings, figures)
        for key in keys
        for value in dict.fromkeys(setting.get(key, "") for setting in settings)
    ]


def _figures(summary: CellSummary) -> tuple[float, float, float]:
    known = (summary.cost_usd_mean, summary.timing.latency_p50_ms, summary.quality_mean)
    cost, latency, quality = (np.nan if value is None else value for value in known)
    return cost, latency, quality


def _effect(key: str, value: str, settings: Sequence[Mapping[str, str]], figures: np.ndarray) -> Effect:
    mine = np.array([setting.get(key, "") == value for setting in settings])
    means, effect = figures[mine].mean(axis=0), figures[mine].mean(axis=0) - figures.mean(axis=0)
    cost, latency, quality = (None if np.isnan(mean) else float(mean) for mean in means)
    cost_effect, latency_effect, quality_effect = (None if np.isnan(number) else float(number) for number in effect)
    return Effect(
        key=key,
        value=value,
        cells=int(mine.sum()),
        balanced=_balanced(key, mine, settings),
        cost_usd=cost,
        latency_p50_ms=latency,
        quality=quality,
        cost_effect_usd=cost_effect,
        latency_effect_ms=latency_effect,
        quality_effect=quality_effect,
    )


def _balanced(key: str, mine: np.ndarray, settings: Sequence[Mapping[str, str]]) -> bool:
    """Whether the other keys are spread over the cells with this value as they are over all cells."""
    others = [tuple(sorted((k, v) for k, v in setting.items() if k != key)) for setting in settings]
    here = sorted(other for other, is_mine in zip(others, mine, strict=True) if is_mine)
    return all(here.count(other) == here.count(here[0]) for other in set(others))
