"""A cell for each category of prompts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from gencost.analysis.recorded.grid import Grid
from gencost.policies.training import Predict, Trained, mean_cost, mean_quality, routes, trade
from gencost.protocols import Seen
from gencost.types import Sample


@dataclass(frozen=True, kw_only=True)
class Category:
    """Asks the cell of the sample's category.

    Attributes:
        routes: category -> cell; learned if empty.
        otherwise: the cell for a category that is not among them, and for none.
        prior: with how many prompts of overall quality each category's mean is mixed, so that small ones say little.
    """

    routes: dict[str, str] = field(default_factory=dict)
    otherwise: str = ""
    prior: float = 10.0

    name: ClassVar[str] = "category"
    refitted: ClassVar[str] = "the trade-off, not the means of the categories"
    slow: ClassVar[bool] = False

    def choose(self, sample: Sample, seen: Sequence[Seen]) -> str | None:
        """Look the category up."""
        return None if seen else self.routes.get(sample.category or "", self.otherwise)

    def looks_at(self, cell: str) -> bool:  # noqa: ARG002 - the role's signature
        """It asks once."""
        return False

    def lacks(self, grid: Grid) -> str | None:
        """It needs categories."""
        known = len({sample.category for sample in grid.samples})
        return None if known > 1 else "the prompts have no two categories: name a column, prompts.columns.category="

    def train(self, grid: Grid, seed: int) -> Trained:
        """Its free number is the quality that a USD is worth."""
        table, costs = self._table(grid), mean_cost(grid)

        def policy(usd_worth: float) -> Category:
            cells = {name: grid.cells[trade(row[None], costs, usd_worth)[0]] for name, row in table.items()}
            return Category(
                routes={name: cell for name, cell in cells.items() if name}, otherwise=cells[""], prior=self.prior
            )

        return routes(grid, self._fit, policy, seed)

    def _fit(self, grid: Grid) -> Predict:
        table = self._table(grid)
        return lambda rows: np.array([table.get(sample.category or "", table[""]) for sample in rows.samples])

    def _table(self, grid: Grid) -> dict[str, np.ndarray]:
        """Mean quality of each cell by category, and over all under the empty name; each of shape (k,)."""
        overall, names = mean_quality(grid), np.array([sample.category or "" for sample in grid.samples])
        table = {"": overall}
        for name in sorted(set(names) - {""}):
            quality = grid.quality[names == name]
            known = np.isfinite(quality)
            table[str(name)] = (np.where(known, quality, 0.0).sum(axis=0) + self.prior * overall) / (
                known.sum(axis=0) + self.prior
            )
        return table
