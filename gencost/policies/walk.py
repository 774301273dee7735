"""Any policy on recorded calls, asked sample by sample as it would be live."""

from __future__ import annotations

from typing import Any

import numpy as np

from gencost.analysis.recorded.grid import Grid
from gencost.errors import ConfigError
from gencost.policies.outcome import Outcome
from gencost.policies.training import Trained
from gencost.protocols import Policy, Seen
from gencost.text.counted import counted
from gencost.types import Response

MOST_STEPS = 20
_REMEDY = "let choose() give None"


def walk(policy: Policy, grid: Grid) -> Outcome:
    """Ask a policy about every row, show it the recorded answers, and add up what its calls cost.

    Args:
        policy: any; the answers it sees have the recorded scores, and no text. Each is judged by all that ask a model,
            unless its ``looks_at(cell)`` says that it does not look at the scores of that cell's answers.
        grid: the recorded calls.

    Raises:
        ConfigError: it asks a cell that was not recorded, or never stops.
    """
    n, k = grid.quality.shape
    outcome = Outcome(quality=np.full(n, np.nan), cost=np.zeros(n), latency=np.zeros(n), calls=np.zeros((n, k)))
    looks = getattr(policy, "looks_at", lambda _: True)
    columns = _ColumnsOf(grid)
    for row, sample in enumerate(grid.samples):
        seen: list[Seen] = []
        while (cell := policy.choose(sample, tuple(seen))) is not None:
            if len(seen) >= MOST_STEPS:
                raise ConfigError(
                    f"the policy made {counted(len(seen), 'call')} for one prompt and did not stop: {_REMEDY}"
                )
            column = columns[cell]
            outcome.calls[row, column] += 1
            outcome.quality[row] = grid.quality[row, column]
            outcome.cost[row] += grid.cost[row, column]
            outcome.latency[row] += grid.latency[row, column]
            seen.append(_seen(cell, grid, row, column))
            if looks(cell):
                _judged(grid, outcome, row, column)
    return outcome


class _ColumnsOf(dict[str, int]):
    """The columns of the cells that a policy asks, by the names that it has for them.

    Args:
        grid: the recorded calls.
    """

    def __init__(self, grid: Grid) -> None:
        super().__init__()
        self._grid = grid

    def __missing__(self, cell: str) -> int:
        self[cell] = self._grid.place(cell)
        return self[cell]


def _seen(cell: str, grid: Grid, row: int, column: int) -> Seen:
    """Return a call as a policy sees it: the cell by the name that the policy used, the scores, no text."""
    latency = grid.latency[row, column]
    answer = Response(text="", usage=None, latency_ms=0.0 if np.isnan(latency) else float(latency))
    scores = {name: float(values[row, column]) for name, values in grid.signals.items()}
    known = {name: None if np.isnan(score) else score for name, score in scores.items()}
    return Seen(cell=cell, response=answer if grid.answered[row, column] else None, scores=known)


def _judged(grid: Grid, outcome: Outcome, row: int, column: int) -> None:
    if grid.answered[row, column]:
        for source, total in ((grid.signal_cost, outcome.cost), (grid.signal_latency, outcome.latency)):
            total[row] += sum(float(values[row, column]) for values in source.values())


class PolicyWalk:
    """A policy that has nothing to learn, as a learner with one setting.

    Args:
        policy: any.
    """

    refitted = "nothing: it learns nothing"
    slow = False

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.name = str(getattr(policy, "name", type(policy).__name__))

    def lacks(self, grid: Grid) -> str | None:  # noqa: ARG002 - the role's signature
        """It needs nothing."""
        return None

    def train(self, grid: Grid, seed: int) -> Trained:  # noqa: ARG002 - the role's signature
        """Take it as it is."""
        policy: Any = self._policy
        return Trained(
            settings=(None,),
            training=lambda _: walk(policy, grid),
            on=lambda rows: lambda _: walk(policy, rows),
            policy=lambda _: policy,
        )
