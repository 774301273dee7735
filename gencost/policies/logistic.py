"""The probability that a cell's answer is good, from the words of the prompt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from gencost.analysis.recorded.grid import Grid
from gencost.policies.knn import texts_of
from gencost.policies.text_features import TextFeatures, features
from gencost.policies.training import Predict, Trained, mean_cost, routes, trade
from gencost.protocols import Seen
from gencost.text.counted import counted
from gencost.types import Sample

_WORD = re.compile(r"\b\w\w+\b")
_ROUND = 6
_STEPS, _CLOSE = 300, 1e-3
_LEAST_PENALTY = 1e-3  # of the intercept, so that it is finite for a cell that is always right


@dataclass(frozen=True, kw_only=True)
class Logistic:
    """Predicts each cell's quality by a logistic regression on TF-IDF directions; graded scores count as shares.

    Attributes:
        strength: inverse of the penalty on weights, scikit-learn's ``C``.
        usd_worth: quality that a USD is worth; learned.
        costs: cell -> its mean cost, USD; learned.
        intercepts: cell -> its log-odds without a known word; learned.
        terms: word -> its inverse document frequency, then a weight a cell; learned.
        span: lowest and highest quality, between which probabilities lie; learned.
    """

    strength: float = 10.0
    usd_worth: float = 0.0
    costs: dict[str, float] = field(default_factory=dict)
    intercepts: dict[str, float] = field(default_factory=dict)
    terms: dict[str, list[float]] = field(default_factory=dict)
    span: list[float] = field(default_factory=lambda: [0.0, 1.0])

    name: ClassVar[str] = "logistic"
    refitted: ClassVar[str] = "the trade-off, not the weights"
    slow: ClassVar[bool] = True

    def choose(self, sample: Sample, seen: Sequence[Seen]) -> str | None:
        """Ask the cell whose predicted quality is worth its cost."""
        if seen:
            return None
        costs = np.array(list(self.costs.values()))
        return list(self.costs)[int(trade(self._predict(sample.text)[None], costs, self.usd_worth)[0])]

    def _predict(self, text: str) -> np.ndarray:
        counts = Counter(word for word in _WORD.findall(text.lower()) if word in self.terms)
        rows = np.array([self.terms[word] for word in counts]).reshape(len(counts), 1 + len(self.costs))
        weights = rows[:, 0] * (1 + np.log(np.array(list(counts.values()), dtype=float)))
        length = float(np.linalg.norm(weights)) or 1.0
        odds = np.array(list(self.intercepts.values())) + weights @ rows[:, 1:] / length
        low, high = self.span
        return np.asarray(low + (high - low) / (1 + np.exp(-odds)))

    def looks_at(self, cell: str) -> bool:  # noqa: ARG002 - the role's signature
        """It asks once."""
        return False

    def lacks(self, grid: Grid) -> str | None:
        """It needs some prompts."""
        known = int(grid.clusters.max()) + 1
        return None if known >= 50 else f"{counted(known, 'different prompt')}, fewer than 50"

    def train(self, grid: Grid, seed: int) -> Trained:
        """Its free number is the quality that a USD is worth."""
        fitted = features(texts_of(grid), seed)
        span = (min(0.0, float(np.nanmin(grid.quality))), max(1.0, float(np.nanmax(grid.quality))))

        def fit(rows: Grid) -> Predict:
            weights = fit_logistic(fitted.of(texts_of(rows)), _shares(rows.quality, span), self.strength)
            return lambda asked: _probabilities(fitted.of(texts_of(asked)), weights, span)

        return routes(grid, fit, lambda usd_worth: self._learned(grid, fitted, span, usd_worth), seed)

    def _learned(self, grid: Grid, text: TextFeatures, span: tuple[float, float], usd_worth: float) -> Logistic:
        """Fold the directions into a weight a word, so that the policy can be read and used without scikit-learn."""
        weights = fit_logistic(text.of(texts_of(grid)), _shares(grid.quality, span), self.strength)
        terms: dict[str, Any] = {}
        if text.vectorizer is not None:
            table = np.column_stack([text.vectorizer.idf_, text.directions @ weights[1:]]).round(_ROUND)
            terms = dict(zip(text.vectorizer.get_feature_names_out().tolist(), table.tolist(), strict=True))
        return Logistic(
            strength=self.strength,
            usd_worth=usd_worth,
            costs=dict(zip(grid.cells, mean_cost(grid).tolist(), strict=True)),
            intercepts=dict(zip(grid.cells, weights[0].round(_ROUND).tolist(), strict=True)),
            terms=terms,
            span=list(span),
        )


def fit_logistic(x: np.ndarray, shares: np.ndarray, strength: float) -> np.ndarray:
    """Fit a logistic regression for each column at once, the intercept without penalty.

    Each step replaces the curvature by its bound, X'X / 4, which is the same for all columns and is inverted once
    (Boehning and Lindsay, Annals of the Institute of Statistical Mathematics 40, 1988). scikit-learn minimises the same
    loss, one column at a time, which took most of the time of all policies.

    Args:
        x: features; shape (n, d).
        shares: from 0 to 1, NaN is unknown and left out; shape (n, k).
        strength: inverse of the penalty, ``C``.

    Returns:
        Intercepts, then weights; shape (1 + d, k).
    """
    known = np.isfinite(shares)
    wanted, design = np.where(known, shares, 0.0).astype("float32"), np.column_stack([np.ones(len(x)), x])
    penalty = np.full(design.shape[1], 1 / strength)
    penalty[0] = _LEAST_PENALTY
    inverse = np.linalg.inv(design.T @ design / 4 + np.diag(penalty))
    weights, design = np.zeros((design.shape[1], shares.shape[1])), design.astype("float32")
    for _ in range(_STEPS):
        error = known * (wanted - 1 / (1 + np.exp(-(design @ weights.astype("float32")))))
        step = inverse @ (design.T @ error - penalty[:, None] * weights)
        weights += step
        if np.abs(step).max() < _CLOSE:
            break
    return weights


def _shares(quality: np.ndarray, span: tuple[float, float]) -> np.ndarray:
    return np.asarray((quality - span[0]) / (span[1] - span[0]))


def _probabilities(x: np.ndarray, weights: np.ndarray, span: tuple[float, float]) -> np.ndarray:
    return np.asarray(span[0] + (span[1] - span[0]) / (1 + np.exp(-(weights[0] + x @ weights[1:]))))
