"""The parts of a policy learned from recorded calls: all but one free number, and the outcome of each value of that.

Invariant: a policy that predicts is never asked about rows that it was fitted on; on its own training rows it predicts
by inner folds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from gencost.analysis.recorded.grid import Grid
from gencost.policies.outcome import Outcome, routed
from gencost.protocols import Policy

MANY_ROWS = 5000
SETTINGS = 60

Play = Callable[[Any], Outcome]
Predict = Callable[[Grid], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A kind of policy, fitted but for one free number.

    Attributes:
        settings: values of that number, at least one.
        training: the outcome of a setting on the rows it was fitted on, judged by inner folds where it predicts.
        on: the same on other rows.
        policy: the policy of a setting, ready to be used.
        ranking: of other rows of two cells, those of a higher score go to the dearer first; None where nothing orders
            them.
    """

    settings: tuple[Any, ...]
    training: Play
    on: Callable[[Grid], Play]
    policy: Callable[[Any], Policy]
    ranking: Predict | None = None


@runtime_checkable
class Learner(Protocol):
    """A policy that can be fitted to recorded calls."""

    @property
    def name(self) -> str:
        """Shown in tables."""

    @property
    def refitted(self) -> str:
        """The part that the bootstrap of its intervals fits again, in words."""

    @property
    def slow(self) -> bool:
        """Whether fitting takes long; it is then fitted to all rows only where it is to be used."""

    def lacks(self, grid: Grid) -> str | None:
        """Say what is missing in the recorded calls to fit it; None if nothing is."""

    def train(self, grid: Grid, seed: int) -> Trained:
        """Fit it but for one free number.

        Args:
            grid: the rows to learn from.
            seed: of inner folds and of whatever else is drawn.
        """


def folds(clusters: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Deal clusters at random into folds of nearly equal numbers of clusters; rows of a cluster stay together.

    Args:
        clusters: whole numbers from 0; shape (n,).
        count: how many folds.
        seed: of the deal.

    Returns:
        The fold of each row, from 0; shape (n,).
    """
    names, place = np.unique(clusters, return_inverse=True)
    dealt = np.random.default_rng(seed).permutation(len(names)) % count
    return np.asarray(dealt[place])


def splits(clusters: np.ndarray, count: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the training rows and the held-out rows of each fold, as booleans; a fold without rows is left out."""
    fold = folds(clusters, count, seed)
    for number in range(count):
        held_out = fold == number
        if held_out.any() and not held_out.all():
            yield ~held_out, held_out


def out_of_fold(grid: Grid, fit: Callable[[Grid], Predict], seed: int) -> np.ndarray:
    """Predict every row by a fit to rows of other clusters; shape (n, k)."""
    predicted = np.broadcast_to(mean_quality(grid), grid.quality.shape).copy()
    inner = 3 if len(grid) <= MANY_ROWS else 2  # more folds are closer to a fit to all rows, and take longer
    for learn, judge in splits(grid.clusters, inner, seed):
        predicted[judge] = fit(grid.rows(learn))(grid.rows(judge))
    return predicted


def mean_known(values: np.ndarray) -> np.ndarray:
    """Mean of what is known in each column; NaN in an empty one."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    return np.asarray(np.where(known, values, 0.0).sum(axis=0) / np.where(count, count, np.nan))


def mean_quality(grid: Grid) -> np.ndarray:
    """Mean quality of each cell over the rows where it is known; shape (k,)."""
    return mean_known(grid.quality)


def mean_cost(grid: Grid) -> np.ndarray:
    """Mean cost of each cell in USD over the rows where it is known; shape (k,)."""
    return mean_known(grid.cost)


def best_cell(grid: Grid) -> int:
    """The column of highest mean quality, of equal ones the cheapest."""
    return int(np.lexsort((mean_cost(grid), -mean_quality(grid)))[0])


def usd_worths(grid: Grid) -> np.ndarray:
    """Values of a USD in quality at which curves are drawn: 0, and a range around the cells' exchange rate."""
    rise, run = np.ptp(mean_quality(grid)), np.ptp(mean_cost(grid))
    return np.concatenate([[0.0], np.logspace(-1.5, 1.5, 25)]) * (rise / run if rise > 0 and run > 0 else 0.0)


def trade(predicted: np.ndarray, costs: np.ndarray, usd_worth: float) -> np.ndarray:
    """Choose for each row the cell of highest predicted quality - cost * worth of a USD; of equal ones the cheapest.

    Args:
        predicted: quality; shape (n, k).
        costs: expected, USD a call; shape (k,).
        usd_worth: >= 0.
    """
    order = np.argsort(costs, kind="stable")
    return np.asarray(order[np.argmax((predicted - usd_worth * costs)[:, order], axis=1)])


def worths(predicted: np.ndarray, costs: np.ndarray, count: int = SETTINGS) -> tuple[float, ...]:
    """Values of ``usd_worth`` at which rows change their cell: 0 and quantiles of the gain per USD of the best cell."""
    best = int(np.argmax(predicted.mean(axis=0)))
    cheaper = np.flatnonzero(costs < costs[best])
    gains = (predicted[:, [best]] - predicted[:, cheaper]) / (costs[best] - costs[cheaper])
    gains = gains[gains > 0]
    if not gains.size:
        return (0.0,) * count
    return (0.0, *np.quantile(gains, np.linspace(0.0, 1.0, count - 1)).tolist())


def cuts(values: np.ndarray, count: int) -> list[float]:
    """Thresholds between values: all of them if they are few, else quantiles; the last is above every value.

    Args:
        values: NaN is unknown.
        count: the most thresholds.
    """
    distinct = np.unique(values[np.isfinite(values)])
    if len(distinct) >= count:
        distinct = np.unique(np.quantile(values[np.isfinite(values)], np.linspace(0, 1, count - 1), method="higher"))
    return [*distinct.tolist(), np.inf]


def routes(grid: Grid, fit: Callable[[Grid], Predict], policy: Callable[[float], Policy], seed: int) -> Trained:
    """Make a router of a predictor of quality: it asks the cell whose predicted quality is worth its mean cost.

    Args:
        grid: the rows to learn from.
        fit: makes a predictor, rows -> quality of shape (n, k), of some rows.
        policy: of a worth of a USD.
        seed: of the inner folds.
    """
    costs, quality = mean_cost(grid), out_of_fold(grid, fit, seed)
    predict = _remembering(fit(grid))

    def on(rows: Grid) -> Play:
        predicted = predict(rows)
        return lambda usd_worth: routed(rows, trade(predicted, costs, usd_worth))

    def ranking(rows: Grid) -> np.ndarray:
        dear, cheap = int(np.argmax(costs)), int(np.argmin(costs))
        predicted = predict(rows)
        return np.asarray(predicted[:, dear] - predicted[:, cheap])

    return Trained(
        settings=worths(quality, costs),
        training=lambda usd_worth: routed(grid, trade(quality, costs, usd_worth)),
        on=on,
        policy=policy,
        ranking=ranking if len(grid.cells) == 2 else None,
    )


def _remembering(predict: Predict) -> Predict:
    """Predict the same rows once, however often they are asked for in turn."""
    last: list[tuple[Grid, np.ndarray]] = []

    def remembered(rows: Grid) -> np.ndarray:
        if not last or last[0][0] is not rows:
            last[:] = [(rows, predict(rows))]
        return last[0][1]

    return remembered


def chosen_cells(named: Sequence[str], grid: Grid, otherwise: Sequence[int]) -> list[int]:
    """The columns of named cells, or those otherwise taken."""
    return [grid.place(cell) for cell in named] if named else list(otherwise)
