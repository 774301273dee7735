"""The Pareto front over quality (up), mean cost (down) and p95 latency (down), and how sure each place on it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gencost.analysis.measures import MEASURES, Errors, Measured
from gencost.analysis.statistics.intervals import LEAST_PROMPTS
from gencost.analysis.statistics.studentised import MOST_BLOCKS, drawn_clusters

_RESAMPLES, _LIMITS, _PARTS = 2000, 400, 8
_COMPARED_AT_ONCE = 100_000  # pairs of cells, each of which takes ten bytes meanwhile
_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class Place:
    """The place of one cell among the others.

    Attributes:
        cell: its name.
        on_front: no other cell is at least as good in all three and better in one; None if one of the three is unknown.
        probability: share of the bootstrap resamples of prompts in which it is on the front; None if unknown.
        prompts: that all compared cells have a score for, which are resampled.
    """

    cell: str
    on_front: bool | None
    probability: float | None
    prompts: int


def pareto(cells: Sequence[Measured], seed: int = 0, errors: Errors = "fail") -> list[Place]:
    """Find the front.

    Args:
        cells: to be compared; one without any known quality, cost or latency has no place.
        seed: of the bootstrap over the prompts that all the others have a score for.
        errors: how failed calls count, see ``Criteria``.

    Returns:
        A place a cell, in their order.
    """
    known = [cell for cell in cells if all(len(cell.values(measure)) for measure in MEASURES)]
    means = [cell.score_means(0.0 if errors == "fail" else None) for cell in known]
    prompts = _common(means)
    scores = [_of_prompts(means.pop(0), prompts) for _ in known]  # of many prompts their ids are not kept
    points = np.array([_point(cell, errors) for cell in known]).reshape(-1, 3)
    best = dict(zip((cell.cell for cell in known), front(points), strict=True))
    n = len(prompts)
    shares = _shares(known, scores, prompts, seed) if n >= LEAST_PROMPTS else None
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
        points: quality, cost, p95 latency of each; shape (cells, 3), or (resamples, cells, 3).

    Returns:
        Shape (cells,), or (resamples, cells), of booleans.
    """
    losses = points * np.array([-1.0, 1.0, 1.0])
    this, other = losses[..., :, None, :], losses[..., None, :, :]
    dominates = (this <= other).all(axis=-1) & (this < other).any(axis=-1)
    return np.asarray(~dominates.any(axis=-2))


def _point(cell: Measured, errors: Errors) -> tuple[float, float, float]:
    p95 = float(np.percentile(cell.values("latency"), 95))
    scores, _ = cell.clustered("quality", 0.0 if errors == "fail" else None)
    return float(scores.mean()), float(cell.values("cost").mean()), p95


def _common(scores: Sequence[pd.Series]) -> pd.Index:
    """Prompts that every cell has a score for."""
    shared = scores[0].index if scores else pd.Index([])
    for scored in scores[1:]:
        shared = shared if shared.equals(scored.index) else shared.intersection(scored.index)
    return shared.sort_values()


def _of_prompts(values: pd.Series, prompts: pd.Index) -> np.ndarray:
    """Return the values of prompts; NaN where one has none."""
    return np.asarray((values if values.index.equals(prompts) else values.reindex(prompts)).to_numpy())


def _of_calls(ids: pd.Series, group: pd.Series) -> np.ndarray:
    """Return the group of the prompt of each call; -1 where it has none."""
    calls = ids.astype("category").cat
    known = group if group.index.equals(calls.categories) else group.reindex(calls.categories).fillna(-1)
    return np.asarray(np.append(known.to_numpy(dtype=int), -1)[calls.codes])


@dataclass(frozen=True, kw_only=True)
class _Grouped:
    """One cell, ready to be weighed by how often each group of prompts was drawn.

    Attributes:
        quality: sum of the prompts' mean scores over each group; shape (groups,), as are the next three.
        prompts: how many are in each group.
        cost: sum over its calls of known cost, USD.
        priced: how many these are.
        limits: latencies around the 95th percentile, ms, ascending; shape (limits,).
        within: timed calls of each group at most as long as each limit; shape (groups, limits).
        calls: timed calls of each group; shape (groups,).
    """

    quality: np.ndarray
    prompts: np.ndarray
    cost: np.ndarray
    priced: np.ndarray
    limits: np.ndarray
    within: np.ndarray
    calls: np.ndarray

    @classmethod
    def of(cls, cell: Measured, scores: np.ndarray, prompts: pd.Index, group: pd.Series) -> _Grouped:
        """Sum up a cell; ``group`` says of which group each of the prompts is."""
        latency, of = cell.calls["latency"].to_numpy(), _of_calls(cell.calls["prompt_id"], group)
        timed, of_prompt = (of >= 0) & ~np.isnan(latency), group.to_numpy()
        latency, of, groups = latency[timed], of[timed], int(of_prompt.max()) + 1
        # Eight standard errors of a share of 95 % on either side, and more, as calls of one prompt are alike.
        width = max(0.02, 8 * np.sqrt(0.05 * 0.95 / min(len(latency), groups)))
        limits = np.unique(np.quantile(latency, np.linspace(max(0, 0.95 - width), 1, _LIMITS), method="higher"))
        bins = np.searchsorted(limits, latency)
        counted = np.bincount(of * (len(limits) + 1) + bins, minlength=groups * (len(limits) + 1))
        within = counted.reshape(groups, -1)[:, :-1].cumsum(axis=1)
        costs = cell.sums("cost")
        costs = costs.set_axis(costs.index.astype(object))
        return cls(
            quality=np.bincount(of_prompt, scores),
            prompts=np.bincount(of_prompt),
            cost=np.bincount(of_prompt, np.nan_to_num(_of_prompts(costs["sum"], prompts))),
            priced=np.bincount(of_prompt, np.nan_to_num(_of_prompts(costs["count"], prompts))),
            limits=limits,
            within=within,
            calls=np.bincount(of, minlength=groups),
        )

    def points(self, drawn: np.ndarray) -> np.ndarray:
        """Quality, cost and p95 of resamples.

        Args:
            drawn: how often each group is in each resample; shape (resamples, groups).

        Returns:
            Shape (resamples, 3).
        """
        n, calls = drawn @ self.prompts, drawn @ self.calls
        first = (drawn @ self.within.astype(drawn.dtype) >= (0.95 * calls * (1 - _ROUNDING))[:, None]).argmax(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            cost = np.nan_to_num(drawn @ self.cost / (drawn @ self.priced), nan=np.inf)
        return np.stack([drawn @ self.quality / n, cost, self.limits[first]], axis=1)


def _points(cells: Sequence[_Grouped], drawn: np.ndarray) -> np.ndarray:
    """Return quality, cost and p95 of resamples; shape (resamples, cells, 3)."""
    return np.stack([cell.points(drawn) for cell in cells], axis=1)


def _shares(cells: Sequence[Measured], scores: Sequence[np.ndarray], prompts: pd.Index, seed: int) -> np.ndarray:
    """The share of resamples in which each cell is on the front.

    Above 1,000 prompts random groups of them are drawn instead, see ``studentised``.
    """
    n = len(prompts)
    group = np.random.default_rng(seed).permutation(n) % min(n, MOST_BLOCKS)
    drawn = drawn_clusters(int(group.max()) + 1, seed)[:_RESAMPLES]
    of_prompt = pd.Series(group, index=prompts.astype(object))
    grouped = [_Grouped.of(cell, scored, prompts, of_prompt) for cell, scored in zip(cells, scores, strict=True)]
    parts = np.array_split(drawn, _PARTS)  # as numbers that can be multiplied they take eight times the memory
    points = np.concatenate([_points(grouped, part.astype("float64")) for part in parts])
    at_once = max(1, _COMPARED_AT_ONCE // len(cells) ** 2)
    on_front = [front(points[first : first + at_once]) for first in range(0, len(points), at_once)]
    return np.asarray(np.mean(np.concatenate(on_front), axis=0))
