"""Long prompts to a large model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from gencost.analysis.recorded.grid import Grid
from gencost.policies.outcome import Outcome, routed
from gencost.policies.training import SETTINGS, Trained, best_cell, chosen_cells, cuts, mean_cost
from gencost.protocols import Seen
from gencost.types import Sample


@dataclass(frozen=True, kw_only=True)
class PromptLength:
    """Asks the second of two cells from a length of the prompt on, else the first.

    Attributes:
        cells: the one for short prompts, the one for long ones; by default the cheapest and the best.
        at_least_chars: from which length on, in characters; null is learned.
    """

    cells: list[str] = field(default_factory=list)
    at_least_chars: float | None = None

    name: ClassVar[str] = "length"
    refitted: ClassVar[str] = "the threshold"
    slow: ClassVar[bool] = False

    def choose(self, sample: Sample, seen: Sequence[Seen]) -> str | None:
        """Compare the length."""
        if seen:
            return None
        at_least = np.inf if self.at_least_chars is None else self.at_least_chars
        return self.cells[int(len(sample.text) >= at_least)]

    def looks_at(self, cell: str) -> bool:  # noqa: ARG002 - the role's signature
        """It asks once."""
        return False

    def lacks(self, grid: Grid) -> str | None:
        """It needs two cells."""
        pair = self._pair(grid)
        return None if pair[0] != pair[1] else "the best cell is the cheapest one, too"

    def train(self, grid: Grid, seed: int) -> Trained:  # noqa: ARG002 - the role's signature
        """Its free number is the threshold."""
        pair = np.array(self._pair(grid))
        given = self.at_least_chars
        settings = cuts(_chars(grid), SETTINGS) if given is None else [given]

        def play(rows: Grid, at_least: float) -> Outcome:
            return routed(rows, pair[(_chars(rows) >= at_least).astype(int)])

        return Trained(
            settings=tuple(settings),
            training=lambda at_least: play(grid, at_least),
            on=lambda rows: lambda at_least: play(rows, at_least),
            policy=lambda at_least: PromptLength(cells=[grid.cells[i] for i in pair], at_least_chars=at_least),
            ranking=_chars,
        )

    def _pair(self, grid: Grid) -> list[int]:
        cheapest = int(np.argmin(mean_cost(grid)))
        return chosen_cells(self.cells, grid, (cheapest, best_cell(grid)))


def _chars(grid: Grid) -> np.ndarray:
    return np.array([len(sample.text) for sample in grid.samples], dtype=float)


Length = PromptLength  # the name in policy files of earlier versions
