"""The same mixture of cells for every prompt, by lot: what a policy must beat."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from gencost.analysis.recorded.grid import Grid
from gencost.policies.curves import hull
from gencost.policies.outcome import mixed
from gencost.policies.training import SETTINGS, Trained, mean_cost, mean_quality
from gencost.protocols import Seen
from gencost.types import Sample

_WHOLE = 2**64


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """Asks each cell for a fixed share of the prompts; which ones, a hash of prompt id and seed says.

    Attributes:
        shares: cell -> share; they sum to 1; learned if empty.
        seed: of the lot.
    """

    shares: dict[str, float] = field(default_factory=dict)
    seed: int = 0

    name: ClassVar[str] = "random"
    refitted: ClassVar[str] = "the shares"
    slow: ClassVar[bool] = False

    def choose(self, sample: Sample, seen: Sequence[Seen]) -> str | None:
        """Draw a cell; the same sample always gets the same."""
        if seen:
            return None
        digest = hashlib.sha256(f"{self.seed}:{sample.id}:{sample.prompt_sha256}".encode()).digest()
        lot, cells = int.from_bytes(digest[:8], "big") / _WHOLE, list(self.shares)
        place = int(np.searchsorted(np.cumsum(list(self.shares.values())), lot, side="right"))
        return cells[min(place, len(cells) - 1)]

    def looks_at(self, cell: str) -> bool:  # noqa: ARG002 - the role's signature
        """It asks once."""
        return False

    def lacks(self, grid: Grid) -> str | None:
        """It needs two cells on the hull."""
        corners = hull(mean_cost(grid), mean_quality(grid))
        return None if len(corners) > 1 else "the best cell is the cheapest one, too"

    def train(self, grid: Grid, seed: int) -> Trained:
        """Its free number is the place along the hull of single cells, from the cheapest to the best."""
        corners, k = hull(mean_cost(grid), mean_quality(grid)), len(grid.cells)
        places = np.unique(np.linspace(0, len(corners) - 1, SETTINGS))
        weights = {float(place): _weights(float(place), corners, k) for place in places}
        return Trained(
            settings=tuple(weights),
            training=lambda place: mixed(grid, weights[place]),
            on=lambda rows: lambda place: mixed(rows, weights[place]),
            policy=lambda place: Mixture(
                shares={grid.cells[i]: float(weights[place][i]) for i in np.flatnonzero(weights[place])}, seed=seed
            ),
            ranking=(lambda rows: np.zeros(len(rows))) if k == 2 else None,
        )


def _weights(place: float, corners: Sequence[int], k: int) -> np.ndarray:
    weights = np.zeros(k)
    if len(corners) == 1:
        weights[corners[0]] = 1.0
        return weights
    below = min(int(place), len(corners) - 2)
    weights[corners[below]], weights[corners[below + 1]] = 1 - (place - below), place - below
    return weights
