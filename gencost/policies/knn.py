"""The outcomes of the prompts that are most alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from gencost.analysis.recorded.grid import Grid
from gencost.policies.text_features import TextFeatures, features
from gencost.policies.training import Predict, Trained, mean_cost, mean_known, routes, trade
from gencost.protocols import Seen
from gencost.text.counted import counted
from gencost.types import Sample

_ROWS_AT_ONCE = 1000


@dataclass(frozen=True, kw_only=True)
class Knn:
    """Predicts each cell's quality as its mean over the most similar prompts, by the cosine of their TF-IDF directions.

    Attributes:
        neighbours: how many similar prompts.
        prior: with how many prompts of overall quality their mean is mixed.
        usd_worth: quality that a USD is worth; learned.
        costs: cell -> its mean cost, USD; learned.
        prompts: ``text`` and ``quality`` (cell -> value, null unknown) of each prompt it knows; learned.
        seed: of the decomposition.
    """

    neighbours: int = 40
    prior: float = 5.0
    usd_worth: float = 0.0
    costs: dict[str, float] = field(default_factory=dict)
    prompts: list[Any] = field(default_factory=list)
    seed: int = 0

    name: ClassVar[str] = "knn"
    refitted: ClassVar[str] = "the trade-off, not the neighbours"
    slow: ClassVar[bool] = True

    def choose(self, sample: Sample, seen: Sequence[Seen]) -> str | None:
        """Ask the cell whose predicted quality is worth its cost."""
        if seen:
            return None
        costs = np.array(list(self.costs.values()))
        return list(self.costs)[int(trade(self._memory.predict((sample.text,)), costs, self.usd_worth)[0])]

    @cached_property
    def _memory(self) -> _Memory:
        quality = [[np.nan if q is None else q for q in map(p["quality"].get, self.costs)] for p in self.prompts]
        texts = tuple(str(p["text"]) for p in self.prompts)
        return _Memory(texts, np.array(quality, dtype=float), self, features(texts, self.seed))

    def looks_at(self, cell: str) -> bool:  # noqa: ARG002 - the role's signature
        """It asks once."""
        return False

    def lacks(self, grid: Grid) -> str | None:
        """It needs more prompts than neighbours."""
        known = int(grid.clusters.max()) + 1
        return (
            None
            if known >= 2 * self.neighbours
            else f"{counted(known, 'different prompt')}, fewer than twice the neighbours"
        )

    def train(self, grid: Grid, seed: int) -> Trained:
        """Its free number is the quality that a USD is worth."""
        fitted = features(texts_of(grid), seed)

        def fit(rows: Grid) -> Predict:
            memory = _Memory(texts_of(rows), rows.quality, self, fitted)
            return lambda asked: memory.predict(texts_of(asked))

        def policy(usd_worth: float) -> Knn:
            return Knn(
                neighbours=self.neighbours,
                prior=self.prior,
                usd_worth=usd_worth,
                costs=dict(zip(grid.cells, mean_cost(grid).tolist(), strict=True)),
                prompts=[_prompt(grid, i) for i in range(len(grid))],
                seed=seed,
            )

        return routes(grid, fit, policy, seed)


def texts_of(grid: Grid) -> tuple[str, ...]:
    """The prompts of a grid."""
    return tuple(sample.text for sample in grid.samples)


def _prompt(grid: Grid, row: int) -> Mapping[str, Any]:
    quality = {c: None if np.isnan(q) else float(q) for c, q in zip(grid.cells, grid.quality[row], strict=True)}
    return {"text": grid.samples[row].text, "quality": quality}


class _Memory:
    """Prompts with the quality that each cell had."""

    def __init__(self, texts: tuple[str, ...], quality: np.ndarray, knn: Knn, fitted: TextFeatures) -> None:
        self._features, self._knn = fitted, knn
        self._own = _unit(fitted.of(texts))
        self._known = np.isfinite(quality).astype("float32")
        self._quality = np.where(self._known > 0, quality, 0.0).astype("float32")
        self._overall = mean_known(quality)

    def predict(self, texts: tuple[str, ...]) -> np.ndarray:
        asked = _unit(self._features.of(texts))
        count = min(self._knn.neighbours, len(self._own))
        parts = []
        for start in range(0, len(asked), _ROWS_AT_ONCE):
            alike = asked[start : start + _ROWS_AT_ONCE] @ self._own.T
            nearest = np.argpartition(-alike, count - 1, axis=1)[:, :count]
            total = self._quality[nearest].sum(axis=1) + self._knn.prior * self._overall
            parts.append(total / (self._known[nearest].sum(axis=1) + self._knn.prior))
        return np.concatenate(parts)


def _unit(rows: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1.0), dtype="float32")
