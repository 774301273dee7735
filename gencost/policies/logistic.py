"""The probability that a cell's answer is good, from the words of the prompt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from gencost.analysis.grid import Grid
from gencost.policies.knn import texts_of
from gencost.policies.text_features import TextFeatures, features
from gencost.policies.training import Predict, Trained, mean_cost, routes, trade
from gencost.protocols import Seen
from gencost.types import Sample

_WORD = re.compile(r"\b\w\w+\b")
_ROUND = 6


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

    def lacks(self, grid: Grid) -> str | None:
        """It needs some prompts."""
        known = int(grid.clusters.max()) + 1
        return None if known >= 50 else f"{known} different prompts, fewer than 50"

    def train(self, grid: Grid, seed: int) -> Trained:
        """Its free number is the quality that a USD is worth."""
        fitted, everything = features(texts_of(grid), seed)
        by_text = dict(zip(texts_of(grid), everything, strict=True))
        span = (min(0.0, float(np.nanmin(grid.quality))), max(1.0, float(np.nanmax(grid.quality))))

        def fit(rows: Grid) -> Predict:
            weights = self._weights(np.array([by_text[t] for t in texts_of(rows)]), rows.quality, span)
            return lambda asked: _probabilities(fitted.of(texts_of(asked)), weights, span)

        def policy(usd_worth: float) -> Logistic:
            return self._learned(grid, (fitted, everything), span, usd_worth)

        return routes(grid, fit, policy, seed)

    def _weights(self, x: np.ndarray, quality: np.ndarray, span: tuple[float, float]) -> np.ndarray:
        """Intercept and weights of each cell; shape (1 + d, k)."""
        return np.column_stack([self._of_cell(x, column, span) for column in quality.T])

    def _of_cell(self, x: np.ndarray, quality: np.ndarray, span: tuple[float, float]) -> np.ndarray:
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - seconds, for learned policies alone

        known = np.isfinite(quality)
        share = (quality[known] - span[0]) / (span[1] - span[0])
        both, labels = np.concatenate([x[known], x[known]]), np.repeat([1, 0], known.sum())
        weight = np.concatenate([share, 1 - share])
        used = weight > 0
        mean = float(np.clip(share.mean() if len(share) else 0.5, 1e-3, 1 - 1e-3))
        if len(set(labels[used])) < 2:
            return np.concatenate([[np.log(mean / (1 - mean))], np.zeros(x.shape[1])])
        model = LogisticRegression(C=self.strength, solver="newton-cholesky", max_iter=30)
        model.fit(both[used], labels[used], sample_weight=weight[used])
        return np.concatenate([model.intercept_, model.coef_[0]])

    def _learned(
        self, grid: Grid, fitted: tuple[TextFeatures, np.ndarray], span: tuple[float, float], usd_worth: float
    ) -> Logistic:
        """Fold the directions into a weight a word, so that the policy can be read and used without scikit-learn."""
        text, everything = fitted
        weights = self._weights(everything, grid.quality, span)
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


def _probabilities(x: np.ndarray, weights: np.ndarray, span: tuple[float, float]) -> np.ndarray:
    return np.asarray(span[0] + (span[1] - span[0]) / (1 + np.exp(-(weights[0] + x @ weights[1:]))))
