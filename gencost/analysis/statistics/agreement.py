"""The agreement of a judge with people: agreement, Cohen's kappa, macro-F1, each with an interval over prompts.

Sources: Cohen, "A coefficient of agreement for nominal scales", 1960. Intervals: of the share Clopper and Pearson's; of
the others, 2,000 seeded draws of the table of labels from its posterior under a prior of one item spread over all
places (Basu, Banerjee and Sen, "Bayesian inference for kappa from single and multiple studies", Biometrics 56, 2000;
Perks' prior). Both count as many items as the clustered ones are worth (``clusters.effective_n``): a bootstrap of few
prompts that all agree has no width. A judge that always gives the most frequent label is beside it: its agreement needs
no judge.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from gencost.analysis.statistics.clusters import effective_n
from gencost.analysis.statistics.intervals import mean_score

Labels = NDArray[np.int64]
_DRAWS, _AT_ONCE = 2_000, 50
_SEED = 0
_LEAST, _LEAST_A_LABEL = 20, 10  # prompts: with fewer the draws held the truth in as little as 63 % (macro-F1)
_TAIL = 0.015  # nominal 97 %: at 95 % five labels were covered in 91 to 92 % of 300 samples of 200


@dataclass(frozen=True, kw_only=True)
class AgreementFigure:
    """A figure with its 95 % interval; both ends None where there are too few prompts for one."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """The agreement of one rater with another.

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
    """Compare one rater with another.

    Args:
        labels: labels as whole numbers.
        truth: of the same items.
        prompts: what each item belongs to; items of one prompt are one cluster.
    """
    names, cluster = np.unique(np.asarray(prompts), return_inverse=True)
    equal = (labels == truth).astype(float)
    share, chance = mean_score(equal, cluster), kappa(labels, truth)
    if share is None:
        raise ValueError("an agreement needs at least one item")
    of_kappa, of_f1 = AgreementFigure(value=chance), AgreementFigure(value=macro_f1(labels, truth))
    if len(names) >= _LEAST:
        kappas, f1s = _drawn(labels, truth, effective_n(equal, cluster) / len(labels))
        of_kappa = _with_ends(of_kappa, kappas)
        enough = len(names) >= _LEAST_A_LABEL * len(np.union1d(labels, truth))
        of_f1 = _with_ends(of_f1, f1s) if enough else of_f1
    return Agreement(
        items=len(labels),
        prompts=len(names),
        share=AgreementFigure(value=share.value, low=share.low, high=share.high),
        kappa=None if np.isnan(chance) else of_kappa,
        macro_f1=of_f1,
    )


def _drawn(labels: Labels, truth: Labels, worth: float) -> tuple[np.ndarray, np.ndarray]:
    """Draw kappa and macro-F1 from the posterior of the table of labels, in which each item has a given weight."""
    known, places = np.unique(np.concatenate([labels, truth]), return_inverse=True)
    size = len(known)
    counts = np.bincount(places[: len(labels)] * size + places[len(labels) :], minlength=size**2)
    rng, kappas, f1s = np.random.default_rng(_SEED), list[np.ndarray](), list[np.ndarray]()
    for _ in range(_DRAWS // _AT_ONCE):
        tables = rng.dirichlet(counts * worth + 1 / size**2, size=_AT_ONCE).reshape(-1, size, size)
        diagonal, rows, columns = np.einsum("dii->di", tables), tables.sum(axis=2), tables.sum(axis=1)
        expected = (rows * columns).sum(axis=1)
        kappas.append((diagonal.sum(axis=1) - expected) / np.maximum(1 - expected, 1e-12))
        f1s.append((2 * diagonal / np.maximum(rows + columns, 1e-300)).mean(axis=1))
    return np.concatenate(kappas), np.concatenate(f1s)


def _with_ends(figure: AgreementFigure, drawn: np.ndarray) -> AgreementFigure:
    low, high = np.quantile(drawn, [_TAIL, 1 - _TAIL])
    return AgreementFigure(value=figure.value, low=min(float(low), figure.value), high=max(float(high), figure.value))


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
