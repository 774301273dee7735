"""Claims about the quality of cells against each other: every two of them, at a level that holds for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from gencost.analysis.cell_intervals import is_binary, span_of
from gencost.analysis.measures import Errors, Measured
from gencost.analysis.statistics.intervals import LEAST_PROMPTS as LEAST_SHOWN
from gencost.analysis.statistics.intervals import Estimate
from gencost.analysis.statistics.special import ndtri
from gencost.analysis.statistics.tilted import above_tilted, tilted_end
from gencost.decision.least_prompts import LEAST_PROMPTS, LEVEL, level
from gencost.decision.noninferiority import (
    Paired,
    above,
    lower_ends,
    needed,
    paired,
    probability,
    shown_above,
)


@dataclass(frozen=True, kw_only=True)
class Claims:
    """The tests of all pairs of cells that have a score.

    Attributes:
        cells: their names, in order.
        means: mean score of each prompt in each cell, NaN where it has none; shape (prompts, cells).
        pairs: the results of every two cells.
        margin: by how much a cell may be worse.
        worst: the means if every missing score were the lowest there can be, and the highest; None if none is missing.
        missing: cell -> share of its calls without an end or without a score.
    """

    cells: tuple[str, ...]
    means: np.ndarray
    pairs: Paired
    margin: float
    worst: tuple[np.ndarray, np.ndarray] | None = None
    missing: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, cells: Sequence[Measured], margin: float, errors: Errors = "fail") -> Claims:
        """Count every two cells against each other.

        Args:
            cells: those without any score are left out.
            margin: by how much a cell may be worse.
            errors: how failed calls count, see ``Criteria``.
        """
        scored = [cell for cell in cells if len(cell.values("quality"))]
        values = np.concatenate([cell.values("quality") for cell in scored]) if scored else np.array([])
        low, high = span_of(values)
        failed = low if errors == "fail" else None
        binary, span = is_binary(values), high - low
        means = _matrix([cell.score_means(failed) for cell in scored])
        worst = None
        if any(cell.missing for cell in scored):
            series = [cell.score_means(failed, bound) for bound in (low, high) for cell in scored]
            both = _matrix(series)
            worst = both[:, : len(scored)], both[:, len(scored) :]
        missing = {cell.cell: cell.missing for cell in scored}
        pairs = paired(means, binary=binary, span=span)
        return cls(cells=tuple(missing), means=means, pairs=pairs, margin=margin, worst=worst, missing=missing)

    @property
    def alpha(self) -> float:
        """The one-sided level of each test and interval, so that all claims together err with 2.5 %."""
        return level(len(self.cells), self.margin)

    @cached_property
    def _ends(self) -> np.ndarray:
        return lower_ends(self.pairs, self.alpha)

    @cached_property
    def _above(self) -> Mapping[bool, np.ndarray]:
        """Whether i - j is shown to be above -margin (False) and above the margin (True), from 30 prompts on."""
        enough = self.pairs.n >= LEAST_PROMPTS
        return {up: enough & above(self.pairs, self.margin if up else -self.margin, self.alpha) for up in (False, True)}

    @property
    def _alpha_of_all(self) -> float:
        """The level at which any two cells may be compared: Bonferroni's, over all pairs."""
        return min(self.alpha, LEVEL / max(1, len(self.cells) * (len(self.cells) - 1) // 2))

    @cached_property
    def _beats(self) -> np.ndarray:
        """Whether i is shown to be better than j by more than the margin, at the level of all pairs."""
        return np.asarray(self._above[True] & above(self.pairs, self.margin, self._alpha_of_all))

    @cached_property
    def _tilted(self) -> dict[tuple[int, int, float, float], bool]:
        return {}

    def _shown(self, both: tuple[str, str], delta: float, alpha: float, passing: np.ndarray) -> bool:
        i, j = self._places(*both)
        if not passing[i, j] or self.pairs.binary:
            return bool(passing[i, j])
        key = (i, j, delta, alpha)
        if key not in self._tilted:
            limit = float(ndtri(1 - alpha))
            self._tilted[key] = above_tilted(self._differences(i, j), delta, limit, self.pairs.span)
        return self._tilted[key]

    def _differences(self, i: int, j: int) -> np.ndarray:
        differences = self.means[:, i] - self.means[:, j]
        return np.asarray(differences[~np.isnan(differences)])

    def _places(self, first: str, second: str) -> tuple[int, int]:
        return self._place[first], self._place[second]

    @cached_property
    def _place(self) -> Mapping[str, int]:
        return {cell: i for i, cell in enumerate(self.cells)}

    def prompts(self, first: str, second: str) -> int:
        """The number of prompts that both have a score for."""
        return int(self.pairs.n[self._places(first, second)])

    def not_worse(self, first: str, second: str) -> bool:
        """Whether the first is shown to be worse than the second by less than the margin, from 30 prompts on."""
        return self._shown((first, second), -self.margin, self.alpha, self._above[False])

    def better(self, first: str, second: str) -> bool:
        """Whether the first is shown to be better than the second by more than the margin, from 30 prompts on."""
        return self._shown((first, second), self.margin, self.alpha, self._above[True])

    def not_worse_at_worst(self, first: str, second: str) -> bool:
        """``not_worse`` if every missing score spoke against the first and for the second."""
        if self.worst is None:
            return self.not_worse(first, second)
        i, j = self._places(first, second)
        mine, theirs = self.worst[0][:, [i]], self.worst[1][:, [j]]
        pair = paired(mine, theirs, binary=self.pairs.binary, span=self.pairs.span)
        return shown_above(pair, (mine - theirs)[:, 0], -self.margin, self.alpha)

    def better_ones(self, cell: str) -> list[str]:
        """The cells that are shown to be better than one by more than the margin, at the level of all pairs."""
        test = self.margin, self._alpha_of_all, self._beats
        return [other for other in self.cells if other != cell and self._shown((other, cell), *test)]

    def perhaps_better(self, cell: str) -> list[str]:
        """The cells of which it is not shown that one is not inferior to them."""
        return [other for other in self.cells if other != cell and not self.not_worse(cell, other)]

    def difference(self, first: str, second: str) -> Estimate | None:
        """Mean score of the first - the second with its interval; None without a prompt in common."""
        i, j = self._places(first, second)
        if not self.pairs.n[i, j]:
            return None
        value = float(self.pairs.mean[i, j]) + 0.0
        if self.pairs.n[i, j] < LEAST_SHOWN:
            return Estimate(value=value, reason=f"fewer than {LEAST_SHOWN} prompts")
        return Estimate(value=value, low=self._end(i, j) + 0.0, high=-self._end(j, i) + 0.0)

    def _end(self, i: int, j: int) -> float:
        end = float(self._ends[i, j])
        return end if self.pairs.binary else min(end, self._tilted_end(i, j))

    def _tilted_end(self, i: int, j: int) -> float:
        ends = self._tilted_ends
        if (i, j) not in ends:
            ends[i, j] = tilted_end(self._differences(i, j), float(ndtri(1 - self.alpha)), self.pairs.span)
        return ends[i, j]

    @cached_property
    def _tilted_ends(self) -> dict[tuple[int, int], float]:
        return {}

    def needed(self, first: str, second: str) -> int | None:
        """Count the prompts that would show with 80 % that the first is not worse, were both equal; None if none."""
        prompts = needed(self.pairs, *self._places(first, second), self.margin, self.alpha)
        return None if prompts is None else max(prompts, LEAST_PROMPTS)

    def probability(self, first: str, second: str) -> float:
        """The probability that the first is worse by less than the margin; no verdict."""
        return probability(self.pairs, *self._places(first, second), -self.margin)


def _matrix(columns: Sequence[pd.Series]) -> np.ndarray:
    """Prompts as rows, cells as columns; NaN where a cell has no score."""
    if not columns:
        return np.empty((0, 0))
    first = columns[0].index
    if all(column.index.equals(first) for column in columns[1:]):
        return np.asarray(np.stack([column.to_numpy(dtype=float) for column in columns], axis=1))
    return np.asarray(pd.concat(columns, axis=1, join="outer").to_numpy(dtype=float))
