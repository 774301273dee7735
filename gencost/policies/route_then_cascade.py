"""A router says where to begin, a gate says when to go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from gencost.analysis.recorded.grid import Grid
from gencost.policies.cascade import gate_of, next_step
from gencost.policies.curves import hull
from gencost.policies.logistic import Logistic
from gencost.policies.outcome import Gate, Outcome, cascaded
from gencost.policies.training import Learner, Trained, cuts, mean_cost, mean_quality
from gencost.protocols import Policy, Seen
from gencost.types import Sample

_STARTS, _THRESHOLDS = 10, 6


@dataclass(frozen=True, kw_only=True)
class RouteThenCascade:
    """Begins with the cell that a router chooses, and goes on along the cascade until an answer passes the gate.

    Attributes:
        router: a policy that asks once, learned on the cells of the cascade; logistic by default.
        cells: of the cascade, in the order asked; by default those on the hull.
        gate: the scorer whose score an answer must reach; empty takes the first recorded one that needs no reference.
        at_least: the score; learned.
    """

    router: Any = field(default_factory=Logistic)
    cells: list[str] = field(default_factory=list)
    gate: str = ""
    at_least: float | None = None

    name: ClassVar[str] = "route_then_cascade"
    refitted: ClassVar[str] = "trade-off and threshold, not the router"
    slow: ClassVar[bool] = True

    def choose(self, sample: Sample, seen: Sequence[Seen]) -> str | None:
        """Ask the router, then the cascade."""
        if not seen:
            router: Policy = self.router
            return router.choose(sample, seen)
        at_least = np.inf if self.at_least is None else self.at_least
        return next_step(self.cells, seen[-1], Gate(signal=self.gate, at_least=at_least))

    def looks_at(self, cell: str) -> bool:
        """Whether it looks at the scores of a cell: not of the last one, whose answer is taken anyway."""
        return cell != self.cells[-1]

    def lacks(self, grid: Grid) -> str | None:
        """It needs a gate, two cells and a router that can learn."""
        if not gate_of(self.gate, grid):
            return "no recorded scorer is a gate: one that needs no reference, e.g. quality=[...,json_valid] or judge"
        if len(self._chain(grid)) < 2:
            return "the best cell is the cheapest one, too"
        return self.router.lacks(grid) if isinstance(self.router, Learner) else "its router cannot learn"

    def train(self, grid: Grid, seed: int) -> Trained:
        """Its free numbers are the router's and the threshold."""
        gate, chain = gate_of(self.gate, grid), self._chain(grid)
        router: Trained = self.router.train(grid.columns(chain), seed)
        starts = [router.settings[i] for i in np.linspace(0, len(router.settings) - 1, _STARTS).astype(int)]
        levels = cuts(grid.signals[gate][:, chain[0]], _THRESHOLDS)

        def play(rows: Grid, begins: Outcome, at_least: float) -> Outcome:
            start = np.argmax(begins.calls, axis=1)
            return cascaded(rows, chain, Gate(signal=gate, at_least=at_least), start)

        def on(rows: Grid) -> Any:
            begin = router.on(rows.columns(chain))
            return lambda setting: play(rows, begin(setting[0]), setting[1])

        def policy(setting: tuple[Any, float]) -> RouteThenCascade:
            cells = [grid.cells[i] for i in chain]
            return RouteThenCascade(router=router.policy(setting[0]), cells=cells, gate=gate, at_least=setting[1])

        return Trained(
            settings=tuple((start, level) for start in starts for level in levels),
            training=lambda setting: play(grid, router.training(setting[0]), setting[1]),
            on=on,
            policy=policy,
        )

    def _chain(self, grid: Grid) -> list[int]:
        return [grid.place(cell) for cell in self.cells] or hull(mean_cost(grid), mean_quality(grid))
