"""The agreement of a judge with people: agreement, Cohen's kappa, macro-F1, each with an interval over prompts.

Sources: Cohen, "A coefficient of agreement for nominal scales", 1960. Intervals: percentile bootstrap of prompts, so
that repeats and cells of one prompt stay together; 2,000 resamples of a set seed. A judge that always gives the most
frequent label is beside it: its agreement needs no judge.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]
_RESAMPLES = 2_000
_SEED = 0


@dataclass(frozen=True, kw_only=True)
class AgreementFigure:
    """A figure with its 95 % interval; both ends None where there are too few prompts for one."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """One rater held against another.

    Attributes:
        items: what both labelled.
        prompts: of these, different ones.
        share: of equal labels.
        kappa: Cohen's; None where chance alone would agree always.
        macro_f1: mean F1 over the labels that either used, the second rater's taken as the truth.
    """

    items: int
    prompts: int
    share: AgreementFigure
    kappa: AgreementFigure | None
    macro_f1: AgreementFigure


def share_equal(labels: Labels, other: Labels) -> float:
    """The share of equal labels."""
    return float(np.mean(labels == other))


def kappa(labels: Labels, other: Labels) -> float:
    """Cohen's kappa, (observed - expected) / (1 - expected); NaN where the expected agreement is 1."""
    observed = float(np.mean(labels == other))
    expected = sum(
        float(np.mean(labels == label)) * float(np.mean(other == label)) for label in np.union1d(labels, other)
    )
    return float("nan") if expected >= 1 else (observed - expected) / (1 - expected)


def macro_f1(labels: Labels, truth: Labels) -> float:
    """The mean over labels of 2 tp / (2 tp + fp + fn)."""
    scores = []
    for label in np.union1d(labels, truth):
        hits = int(np.sum((labels == label) & (truth == label)))
        scores.append(2 * hits / (int(np.sum(labels == label)) + int(np.sum(truth == label))))
    return float(np.mean(scores))


def agreement(labels: Labels, truth: Labels, prompts: Sequence[str]) -> Agreement:
    """Hold one rater against another.

    Args:
        labels: labels as whole numbers.
        truth: of the same items.
        prompts: what each item belongs to; items of one prompt are one cluster.
    """
    _, cluster = np.unique(np.asarray(prompts), return_inverse=True)
    members = [np.flatnonzero(cluster == number) for number in range(int(cluster.max()) + 1)]
    draws = np.random.default_rng(_SEED).integers(len(members), size=(_RESAMPLES, len(members)))

    def figure(measure: Callable[[Labels, Labels], float]) -> AgreementFigure:
        value = measure(labels, truth)
        if len(members) < 5:
            return AgreementFigure(value=value)
        rows = (np.concatenate([members[i] for i in row]) for row in draws)
        again = [measure(labels[drawn], truth[drawn]) for drawn in rows]
        low, high = np.nanpercentile(again, [2.5, 97.5])
        return AgreementFigure(value=value, low=float(low), high=float(high))

    chance = kappa(labels, truth)
    return Agreement(
        items=len(labels),
        prompts=len(members),
        share=figure(share_equal),
        kappa=None if np.isnan(chance) else figure(kappa),
        macro_f1=figure(macro_f1),
    )


def constant(truth: Labels) -> Labels:
    """The agreement of a judge that always gives the most frequent label."""
    labels, counts = np.unique(truth, return_counts=True)
    return np.full_like(truth, labels[np.argmax(counts)])


def ceiling(
    people: Sequence[NDArray[np.float64]], measure: Callable[[Labels, Labels], float] = share_equal
) -> float | None:
    """The mean over pairs of people on what both labelled, weighted by how much that is; None where no two did.

    Args:
        people: labels of one person each for all items, NaN where they gave none.
        measure: of agreement; a pair for which it is NaN is left out.
    """
    values, weights = [], []
    for person, other in combinations(people, 2):
        both = ~np.isnan(person) & ~np.isnan(other)
        if both.any():
            value = measure(person[both].astype(np.int64), other[both].astype(np.int64))
            values += [value] * (not np.isnan(value))
            weights += [int(both.sum())] * (not np.isnan(value))
    return float(np.average(values, weights=weights)) if values else None


def rank_correlation(values: Sequence[float], other: Sequence[float]) -> float | None:
    """Spearman's: of ranks, ties averaged; None where either is constant."""
    first, second = _ranks(np.asarray(values, dtype=float)), _ranks(np.asarray(other, dtype=float))
    if first.size < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return float(np.corrcoef(first, second)[0, 1])


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2.0)[place], dtype=float)
