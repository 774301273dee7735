"""The Pareto front over quality (up), mean cost (down) and p95 latency (down), and how sure each place on it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gencost.analysis.intervals import LEAST_PROMPTS, MOST_BLOCKS, drawn_prompts
from gencost.analysis.measures import MEASURES, Measured

_RESAMPLES, _LIMITS = 2000, 400
_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where one cell stands.

    Attributes:
        cell: its name.
        on_front: no other cell is at least as good in all three and better in one; None if one of the three is unknown.
        probability: share of the bootstrap resamples of prompts in which it is on the front; None if unknown.
        prompts: that all compared cells answered, which are resampled.
    """

    cell: str
    on_front: bool | None
    probability: float | None
    prompts: int


def pareto(cells: Sequence[Measured], seed: int = 0) -> list[Place]:
    """Find the front.

    Args:
        cells: to be compared; one without any known quality, cost or latency has no place.
        seed: of the bootstrap over the prompts that all the others answered.

    Returns:
        A place a cell, in their order.
    """
    known = [cell for cell in cells if all(len(cell.values(measure)) for measure in MEASURES)]
    prompts = _common(known)
    points = np.array([_point(cell) for cell in known]).reshape(-1, 3)
    best = dict(zip((cell.cell for cell in known), front(points), strict=True))
    n = len(prompts)
    shares = _shares(known, prompts, seed) if n >= LEAST_PROMPTS else None
    sure = {} if shares is None else dict(zip((cell.cell for cell in known), shares, strict=True))
    return [
        Place(
            cell=cell.cell,
            on_front=bool(best[cell.cell]) if cell.cell in best else None,
            probability=float(sure[cell.cell]) if cell.cell in sure else None,
            prompts=n,
        )
        for cell in cells
    ]


def front(points: np.ndarray) -> np.ndarray:
    """Say which points no other dominates.

    Args:
        points: quality, cost, p95 latency of each; shape (cells, 3).

    Returns:
        Shape (cells,), of booleans.
    """
    losses = points * np.array([-1.0, 1.0, 1.0])
    no_worse = (losses[:, None, :] <= losses[None, :, :]).all(axis=2)
    better = (losses[:, None, :] < losses[None, :, :]).any(axis=2)
    return np.asarray(~(no_worse & better).any(axis=0))


def _point(cell: Measured) -> tuple[float, float, float]:
    p95 = float(np.percentile(cell.values("latency"), 95))
    return float(cell.values("quality").mean()), float(cell.values("cost").mean()), p95


def _common(cells: Sequence[Measured]) -> np.ndarray:
    """Prompts that every cell answered, with all three known."""
    shared: set[str] | None = None
    for cell in cells:
        own = set(cell.calls.dropna(subset=list(MEASURES))["prompt_id"])
        shared = own if shared is None else shared & own
    return np.array(sorted(shared or ()), dtype=object)


@dataclass(frozen=True, kw_only=True)
class _Grouped:
    """One cell, ready to be weighed by how often each group of prompts was drawn.

    Attributes:
        quality: sum over the prompts of each group; shape (groups,), as are ``cost`` and ``prompts``.
        cost: the same, USD.
        prompts: how many are in each group.
        limits: latencies around the 95th percentile, ms, ascending; shape (limits,).
        within: timed calls of each group at most as long as each limit; shape (groups, limits).
        calls: timed calls of each group; shape (groups,).
    """

    quality: np.ndarray
    cost: np.ndarray
    prompts: np.ndarray
    limits: np.ndarray
    within: np.ndarray
    calls: np.ndarray

    @classmethod
    def of(cls, cell: Measured, prompts: np.ndarray, group: np.ndarray) -> _Grouped:
        """Sum up a cell; ``group`` says of which group each of the prompts is."""
        place = pd.Series(group, index=prompts)
        calls = cell.calls[cell.calls["prompt_id"].isin(place.index)].dropna(subset=["latency"])
        latency, of = calls["latency"].to_numpy(), calls["prompt_id"].map(place).to_numpy(dtype=int)
        groups, n = int(group.max()) + 1, len(latency)
        # Eight standard errors of a share of 95 % on either side, and more, as calls of one prompt are alike.
        width = max(0.02, 8 * np.sqrt(0.05 * 0.95 / min(n, groups)))
        limits = np.unique(np.quantile(latency, np.linspace(max(0, 0.95 - width), 1, _LIMITS), method="higher"))
        bins = np.searchsorted(limits, latency)
        counted = np.bincount(of * (len(limits) + 1) + bins, minlength=groups * (len(limits) + 1))
        within = counted.reshape(groups, -1)[:, :-1].cumsum(axis=1)
        sums = [np.bincount(group, cell.per_prompt(m).loc[prompts].to_numpy()) for m in ("quality", "cost")]
        sizes, timed = np.bincount(group), np.bincount(of, minlength=groups)
        return cls(quality=sums[0], cost=sums[1], prompts=sizes, limits=limits, within=within, calls=timed)

    def points(self, drawn: np.ndarray) -> np.ndarray:
        """Quality, cost and p95 of resamples.

        Args:
            drawn: how often each group is in each resample; shape (resamples, groups).

        Returns:
            Shape (resamples, 3).
        """
        n, calls = drawn @ self.prompts, drawn @ self.calls
        first = (drawn @ self.within.astype(drawn.dtype) >= (0.95 * calls * (1 - _ROUNDING))[:, None]).argmax(axis=1)
        return np.stack([drawn @ self.quality / n, drawn @ self.cost / n, self.limits[first]], axis=1)


def _shares(cells: Sequence[Measured], prompts: np.ndarray, seed: int) -> np.ndarray:
    """The share of resamples in which each cell is on the front.

    Above 1,000 prompts random groups of them are drawn instead, see ``bootstrapped``.
    """
    n = len(prompts)
    group = np.random.default_rng(seed).permutation(n) % min(n, MOST_BLOCKS)
    drawn = drawn_prompts(int(group.max()) + 1, seed)[:_RESAMPLES].astype("float64")
    points = np.stack([_Grouped.of(cell, prompts, group).points(drawn) for cell in cells], axis=1)
    return np.asarray(np.mean([front(one) for one in points], axis=0))
