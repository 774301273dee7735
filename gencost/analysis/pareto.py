"""The Pareto front over quality (up), mean cost (down) and p95 latency (down), and how sure each place on it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gencost.analysis.estimate import LEAST_PROMPTS
from gencost.analysis.measures import MEASURES, Measured

_RESAMPLES = 1000


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
    tables = [_Resampled.of(cell, prompts) for prompts in [_common(known)] for cell in known]
    points = np.array([_point(cell) for cell in known]).reshape(-1, 3)
    best = dict(zip((cell.cell for cell in known), front(points), strict=True))
    n = len(tables[0].quality) if tables else 0
    shares = _shares(tables, n, seed) if n >= LEAST_PROMPTS else None
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
class _Resampled:
    """One cell, ready to be weighed by how often each prompt was drawn.

    Attributes:
        quality: mean of each prompt; shape (prompts,), as is ``cost``.
        cost: mean of each prompt, USD.
        latency: of each call, ms, ascending; shape (calls,).
        prompt: of each of these calls, as a place in ``quality``.
    """

    quality: np.ndarray
    cost: np.ndarray
    latency: np.ndarray
    prompt: np.ndarray

    @classmethod
    def of(cls, cell: Measured, prompts: np.ndarray) -> _Resampled:
        calls = cell.calls[cell.calls["prompt_id"].isin(prompts)].dropna(subset=["latency"]).sort_values("latency")
        return cls(
            quality=cell.per_prompt("quality").loc[prompts].to_numpy(),
            cost=cell.per_prompt("cost").loc[prompts].to_numpy(),
            latency=calls["latency"].to_numpy(),
            prompt=np.searchsorted(prompts.astype(str), calls["prompt_id"].to_numpy().astype(str)),
        )

    def point(self, drawn: np.ndarray) -> tuple[float, float, float]:
        """Quality, cost and p95 of one resample; ``drawn`` counts each prompt."""
        counted = np.cumsum(drawn[self.prompt])
        p95 = self.latency[np.searchsorted(counted, 0.95 * counted[-1])]
        n = drawn.sum()
        return float(drawn @ self.quality / n), float(drawn @ self.cost / n), float(p95)


def _shares(cells: Sequence[_Resampled], n: int, seed: int) -> np.ndarray:
    rng, on = np.random.default_rng(seed), np.zeros(len(cells))
    for _ in range(_RESAMPLES):
        drawn = np.bincount(rng.integers(n, size=n), minlength=n)
        on += front(np.array([cell.point(drawn) for cell in cells]))
    return on / _RESAMPLES
