"""The cheap model first; a dearer one only where its answer does not pass a gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from gencost.analysis.recorded.grid import Grid
from gencost.policies.curves import hull
from gencost.policies.outcome import Gate, Outcome, cascaded
from gencost.policies.training import SETTINGS, Trained, chosen_cells, cuts, mean_cost, mean_quality
from gencost.protocols import Seen
from gencost.types import Sample

_LONGEST = 4
_FEWEST = 8

Step = tuple[tuple[int, ...], float]


@dataclass(frozen=True, kw_only=True)
class Cascade:
    """Asks cells in order of cost until an answer passes the gate.

    Attributes:
        cells: in the order asked; by default the cells on the hull, and their pairs are tried.
        gate: the scorer whose score an answer must reach; empty takes the first recorded one that needs no reference.
        at_least: the score; null is learned.
    """

    cells: list[str] = field(default_factory=list)
    gate: str = ""
    at_least: float | None = None

    name: ClassVar[str] = "cascade"
    refitted: ClassVar[str] = "cells and threshold"
    slow: ClassVar[bool] = False

    def choose(self, sample: Sample, seen: Sequence[Seen]) -> str | None:  # noqa: ARG002 - the role's signature
        """Ask the next cell unless the last answer passed."""
        if not seen:
            return self.cells[0]
        return next_step(self.cells, seen[-1], Gate(signal=self.gate, at_least=_score(self.at_least)))

    def looks_at(self, cell: str) -> bool:
        """Whether it looks at the scores of a cell: not of the last one, whose answer is taken anyway."""
        return cell != self.cells[-1]

    def lacks(self, grid: Grid) -> str | None:
        """It needs a gate and two cells."""
        if not gate_of(self.gate, grid):
            return "no recorded scorer is a gate: one that needs no reference, e.g. quality=[...,json_valid] or judge"
        corners = hull(mean_cost(grid), mean_quality(grid))
        return None if self.cells or len(corners) > 1 else "the best cell is the cheapest one, too"

    def train(self, grid: Grid, seed: int) -> Trained:  # noqa: ARG002 - the role's signature
        """Its free numbers are which cells it asks and the threshold."""
        gate = gate_of(self.gate, grid)
        by_cost = np.argsort(mean_cost(grid), kind="stable")
        corners = hull(mean_cost(grid), mean_quality(grid))
        chains = [tuple(chosen_cells(self.cells, grid, ()))] if self.cells else _chains(corners, by_cost)
        settings = _steps(grid, gate, chains, self.at_least)

        def play(rows: Grid, step: Step) -> Outcome:
            return cascaded(rows, step[0], Gate(signal=gate, at_least=step[1]))

        return Trained(
            settings=settings,
            training=lambda step: play(grid, step),
            on=lambda rows: lambda step: play(rows, step),
            policy=lambda step: Cascade(cells=[grid.cells[i] for i in step[0]], gate=gate, at_least=step[1]),
            ranking=(lambda rows: -rows.signals[gate][:, chains[0][0]]) if len(grid.cells) == 2 else None,
        )


def _score(at_least: float | None) -> float:
    return np.inf if at_least is None else at_least


def next_step(cells: Sequence[str], last: Seen, gate: Gate) -> str | None:
    """The cell after the last one; None if its answer is there and passes, or nothing comes after it."""
    step, score = cells.index(last.cell), last.scores.get(gate.signal)
    passes = last.response is not None and score is not None and score >= gate.at_least
    return None if passes or step == len(cells) - 1 else cells[step + 1]


def gate_of(named: str, grid: Grid) -> str:
    """The named gate if it is recorded, by default the first that is; empty without one."""
    if named:
        return named if named in grid.signals else ""
    return next(iter(grid.signals), "")


def _chains(corners: Sequence[int], by_cost: np.ndarray) -> list[tuple[int, ...]]:
    """Pairs of hull cells, the cheaper first, and all of them where they are few; never fewer than one."""
    cells = corners if len(corners) > 1 else [int(by_cost[0]), int(by_cost[-1])]
    cells = [*cells[:1], *cells[-(_LONGEST - 1) :]] if len(cells) > _LONGEST else list(cells)
    pairs: list[tuple[int, ...]] = [(a, b) for i, a in enumerate(cells) for b in cells[i + 1 :]]
    return pairs if len(cells) == 2 else [*pairs, tuple(cells)]


def _steps(grid: Grid, gate: str, chains: Sequence[tuple[int, ...]], given: float | None) -> tuple[Step, ...]:
    """Every chain with quantiles of the scores of its first cell's answers; infinite keeps no answer."""
    if given is not None:
        return tuple((chain, given) for chain in chains)
    count = max(_FEWEST, SETTINGS // len(chains))
    scores = grid.signals[gate]
    return tuple((chain, at_least) for chain in chains for at_least in cuts(scores[:, chain[0]], count))
