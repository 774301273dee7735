"""Fit a policy on some folds, choose its free number there, judge it on the fold left out; every row is judged once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gencost.analysis.recorded.grid import Grid
from gencost.analysis.statistics.studentised import MOST_BLOCKS
from gencost.policies.clustered import Sums, drawn
from gencost.policies.constant import SingleCell
from gencost.policies.outcome import Outcome, routed
from gencost.policies.training import Learner, Play, Trained, best_cell, splits, usd_worths
from gencost.protocols import Policy

FOLDS = 5
RESAMPLES = 400
LIKELY = 2.8  # 1.96 + 0.84: what is chosen would be found not inferior with a probability of 80 %

Ends = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class CrossFitted:
    """A policy, every row judged by a fit to others.

    Attributes:
        name: of the policy.
        outcome: at the setting that each fold's training rows chose.
        curve: cost and quality of each row at settings chosen for a worth of quality; two of shape (points, n).
        score: what orders the rows of two cells, see ``Trained.ranking``; None where nothing does.
        quality_ci: 95 % interval of its mean quality: bootstrap over clusters, the setting chosen anew in each.
        cost_ci: of its mean cost, USD.
        refitted: what the bootstrap fits again, in words.
    """

    name: str
    outcome: Outcome
    curve: tuple[np.ndarray, np.ndarray]
    score: np.ndarray | None
    quality_ci: Ends
    cost_ci: Ends
    refitted: str


@dataclass(frozen=True, kw_only=True)
class _Learned:
    """The results of every setting on the rows it was fitted on; the last is "always the best single cell".

    Attributes:
        trained: the policy.
        best: column of the best single cell.
        gain: quality - that of the best single cell, over clusters.
        paid: cost over clusters.
        quality: means; shape (settings + 1,).
        cost: means, USD.
    """

    trained: Trained
    best: int
    gain: Sums
    paid: Sums
    quality: np.ndarray
    cost: np.ndarray

    def chosen(self, weights: np.ndarray, margin: float) -> np.ndarray:
        """Choose a setting for each resample: the cheapest that is likely good enough, else the best single cell.

        A policy that has no free number is taken as it is.
        """
        if len(self.trained.settings) == 1:
            return np.zeros(len(weights), dtype=int)
        likely = self.gain.mean(weights) - LIKELY * self.gain.error(weights) >= -margin
        likely[:, -1] = True
        cost = np.nan_to_num(self.paid.mean(weights), nan=np.inf)
        return np.asarray(np.argmin(np.where(likely, cost, np.inf), axis=1))

    def grouped(self, groups: np.ndarray, size: int) -> _Learned:
        """The same over groups of clusters."""
        return replace(self, gain=self.gain.grouped(groups, size), paid=self.paid.grouped(groups, size))

    def along(self, usd_worths: np.ndarray) -> np.ndarray:
        """Choose a setting for each point of the curve: the highest quality - worth of a USD * cost."""
        value = self.quality - usd_worths[:, None] * self.cost
        return np.asarray(np.argmax(np.nan_to_num(value, nan=-np.inf), axis=1))


@dataclass(frozen=True, kw_only=True)
class _Fold:
    """One fold left out.

    Attributes:
        learned: on the other folds.
        rows: held out.
        places: of these among all rows.
        play: computes the outcome of a setting on them.
        quality: of every setting; shape (settings + 1, rows).
        cost: the same, USD.
    """

    learned: _Learned
    rows: Grid
    places: np.ndarray
    play: Play
    quality: np.ndarray
    cost: np.ndarray

    def outcome(self, setting: int) -> Outcome:
        """Return the outcome of one setting."""
        return _played(self.play, self.learned, self.rows, setting)


def crossfit(learner: Learner, grid: Grid, margin: float, seed: int, resamples: int = RESAMPLES) -> CrossFitted:
    """Judge a policy on rows that it was not fitted on.

    Args:
        learner: the policy.
        grid: every recorded call.
        margin: how much lower than the best single cell's its quality may be: inside the training folds, the cheapest
            setting is chosen that would be found not inferior with a probability of 80 %, else the best single cell.
        seed: of folds and resamples.
        resamples: of the intervals; 0 gives none, NaN.
    """
    folds = [_fold(learner, grid, split, seed) for split in splits(grid.clusters, FOLDS, seed)]
    once, worths = np.ones((1, _size(grid))), usd_worths(grid)
    n, outcome = len(grid), _empty(grid)
    curve, score = np.full((2, len(worths), n), np.nan), np.full(n, np.nan)
    for fold in folds:
        made = fold.outcome(int(fold.learned.chosen(once, margin)[0]))
        for name in ("quality", "cost", "latency", "calls"):
            getattr(outcome, name)[fold.places] = getattr(made, name)
        points = fold.learned.along(worths)
        curve[0][:, fold.places], curve[1][:, fold.places] = fold.cost[points], fold.quality[points]
        if fold.learned.trained.ranking is not None:
            score[fold.places] = fold.learned.trained.ranking(fold.rows)
    quality_ci, cost_ci = _intervals(folds, grid, (margin, resamples), seed)
    return CrossFitted(
        name=learner.name,
        outcome=outcome,
        curve=(curve[0], curve[1]),
        score=score if all(fold.learned.trained.ranking is not None for fold in folds) else None,
        quality_ci=quality_ci,
        cost_ci=cost_ci,
        refitted=learner.refitted,
    )


def settled(learner: Learner, grid: Grid, margin: float, seed: int) -> Policy:
    """Fit a policy to all rows and choose its free number there: the one to be used on new prompts.

    Arguments as ``crossfit``, whose figures are those of fits to fewer rows.
    """
    learned = _learn(learner, grid, _size(grid), seed)
    setting = int(learned.chosen(np.ones((1, _size(grid))), margin)[0])
    if setting == len(learned.trained.settings):
        return SingleCell(cell=grid.cells[learned.best])
    return learned.trained.policy(learned.trained.settings[setting])


def _size(grid: Grid) -> int:
    return int(grid.clusters.max()) + 1


def _empty(grid: Grid) -> Outcome:
    quality, cost, latency = (np.full(len(grid), np.nan) for _ in range(3))
    return Outcome(quality=quality, cost=cost, latency=latency, calls=np.zeros(grid.quality.shape))


def _learn(learner: Learner, rows: Grid, size: int, seed: int) -> _Learned:
    trained, best = learner.train(rows, seed), best_cell(rows)
    made = [*(trained.training(setting) for setting in trained.settings), _constant(rows, best)]
    quality, cost = _stacked(made)
    paid, once = Sums.of(cost, rows.clusters, size), np.ones((1, size))
    return _Learned(
        trained=trained,
        best=best,
        gain=Sums.of(quality - quality[-1], rows.clusters, size),
        paid=paid,
        quality=Sums.of(quality, rows.clusters, size).mean(once)[0],
        cost=paid.mean(once)[0],
    )


def _fold(learner: Learner, grid: Grid, split: tuple[np.ndarray, np.ndarray], seed: int) -> _Fold:
    learn, held_out = split
    learned, rows = _learn(learner, grid.rows(learn), _size(grid), seed), grid.rows(held_out)
    play = learned.trained.on(rows)
    quality, cost = _stacked([_played(play, learned, rows, i) for i in range(len(learned.trained.settings) + 1)])
    return _Fold(learned=learned, rows=rows, places=np.flatnonzero(held_out), play=play, quality=quality, cost=cost)


def _played(play: Play, learned: _Learned, rows: Grid, setting: int) -> Outcome:
    settings: tuple[Any, ...] = learned.trained.settings
    return _constant(rows, learned.best) if setting == len(settings) else play(settings[setting])


def _constant(rows: Grid, column: int) -> Outcome:
    return routed(rows, np.full(len(rows), column))


def _stacked(outcomes: Sequence[Outcome]) -> tuple[np.ndarray, np.ndarray]:
    return np.stack([outcome.quality for outcome in outcomes]), np.stack([outcome.cost for outcome in outcomes])


def _intervals(folds: Sequence[_Fold], grid: Grid, asked: tuple[float, int], seed: int) -> tuple[Ends, Ends]:
    """Resample clusters; each keeps its fold, so that no copy of a row is judged by a choice it took part in.

    Above 1,000 clusters random groups of those of a fold are drawn instead, as in ``statistics.studentised``.
    """
    margin, resamples = asked
    if not resamples:
        return (np.nan, np.nan), (np.nan, np.nan)
    groups, size = _groups(folds, grid, seed)
    weights, at = drawn(size, resamples, seed), np.arange(resamples)
    totals, counts = np.zeros((2, resamples)), np.zeros((2, resamples))
    for fold in folds:
        setting = fold.learned.grouped(groups, size).chosen(weights, margin)
        for i, values in enumerate((fold.quality, fold.cost)):
            sums = Sums.of(values, grid.clusters[fold.places], _size(grid)).grouped(groups, size)
            totals[i] += (weights @ sums.total.T)[at, setting]
            counts[i] += (weights @ sums.count.T)[at, setting]
    return _ends(totals[0], counts[0]), _ends(totals[1], counts[1])


def _groups(folds: Sequence[_Fold], grid: Grid, seed: int) -> tuple[np.ndarray, int]:
    """The group of each cluster, and how many there are."""
    groups, size, rng = np.zeros(_size(grid), dtype=int), 0, np.random.default_rng(seed)
    for fold in folds:
        clusters = np.unique(grid.clusters[fold.places])
        count = min(len(clusters), MOST_BLOCKS // len(folds))
        groups[clusters] = size + rng.permutation(len(clusters)) % count
        size += count
    return groups, size


def _ends(totals: np.ndarray, counts: np.ndarray) -> Ends:
    known = counts > 0
    if not known.any():
        return float("nan"), float("nan")
    low, high = np.quantile(totals[known] / counts[known], [0.025, 0.975])
    return float(low), float(high)
