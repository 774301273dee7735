"""Always the same cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gencost.analysis.recorded.grid import Grid
from gencost.policies.outcome import routed
from gencost.policies.training import Trained
from gencost.protocols import Seen
from gencost.types import Sample


@dataclass(frozen=True, kw_only=True)
class SingleCell:
    """Asks one cell, whatever the sample.

    Attributes:
        cell: which; empty takes the cheapest one that is good enough on the training rows.
    """

    cell: str = ""

    name: ClassVar[str] = "constant"
    refitted: ClassVar[str] = "the choice of the cell"
    slow: ClassVar[bool] = False

    def choose(self, sample: Sample, seen: Sequence[Seen]) -> str | None:  # noqa: ARG002 - the role's signature
        """Ask the cell, once."""
        return None if seen else self.cell

    def looks_at(self, cell: str) -> bool:  # noqa: ARG002 - the role's signature
        """It asks once."""
        return False

    def lacks(self, grid: Grid) -> str | None:  # noqa: ARG002 - the role's signature
        """It needs nothing."""
        return None

    def train(self, grid: Grid, seed: int) -> Trained:  # noqa: ARG002 - the role's signature
        """Its free number is the column of the cell."""
        columns = (grid.place(self.cell),) if self.cell else tuple(range(len(grid.cells)))

        return Trained(
            settings=columns,
            training=lambda column: routed(grid, np.full(len(grid), column)),
            on=lambda rows: lambda column: routed(rows, np.full(len(rows), column)),
            policy=lambda column: SingleCell(cell=grid.cells[column]),
        )


Constant = SingleCell  # the name in policy files of earlier versions
