"""The outcome of a policy's calls: the quality of the answers it keeps, the cost and time of every call it makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gencost.analysis.recorded.grid import Grid


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A policy on n rows.

    Attributes:
        quality: of the answer it ends with; NaN where that has no score; shape (n,).
        cost: USD of every call and judgement made for it; NaN where one of them is unknown; shape (n,).
        latency: ms, the sum of its steps; NaN where one of them is unknown; shape (n,).
        calls: how often each cell is asked, an expectation for a mixture; shape (n, k).
    """

    quality: np.ndarray
    cost: np.ndarray
    latency: np.ndarray
    calls: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """The share of all calls that each cell gets; shape (k,)."""
        made = self.calls.sum(axis=0)
        return np.asarray(made / made.sum()) if made.sum() else made


@dataclass(frozen=True, kw_only=True)
class Gate:
    """The rule that keeps an answer instead of asking the next cell.

    Attributes:
        signal: the scorer whose recorded score says it.
        at_least: the lowest score that is kept; an unknown one is not.
    """

    signal: str
    at_least: float


def routed(grid: Grid, choice: np.ndarray) -> Outcome:
    """One call a row.

    Args:
        grid: the recorded calls.
        choice: the column that each row asks; shape (n,).
    """
    calls = np.zeros(grid.quality.shape)
    calls[np.arange(len(grid)), choice] = 1.0
    columns = (np.take_along_axis(part, choice[:, None], axis=1)[:, 0] for part in _parts(grid))
    quality, cost, latency = columns
    return Outcome(quality=quality, cost=cost, latency=latency, calls=calls)


def mixed(grid: Grid, weights: np.ndarray) -> Outcome:
    """The expected outcome of one call a row, to a cell chosen by lot.

    Args:
        grid: the recorded calls.
        weights: probability of each cell; shape (k,).
    """
    asked = weights > 0
    quality, cost, latency = (part[:, asked] @ weights[asked] for part in _parts(grid))
    return Outcome(quality=quality, cost=cost, latency=latency, calls=np.broadcast_to(weights, grid.quality.shape))


def cascaded(grid: Grid, chain: Sequence[int], gate: Gate, start: np.ndarray | None = None) -> Outcome:
    """Ask one cell after the other until an answer passes the gate; the last cell's answer is taken as it is.

    Every call is paid for and waited for, failed ones too, and so is every judgement of the gate; the last answer is
    not judged.

    Args:
        grid: the recorded calls.
        chain: columns in the order asked.
        gate: what an answer must pass.
        start: the place in the chain where each row begins; None begins all at the first; shape (n,).
    """
    n, k = grid.quality.shape
    quality, cost, latency, calls = np.full(n, np.nan), np.zeros(n), np.zeros(n), np.zeros((n, k))
    begins = np.zeros(n, dtype=int) if start is None else start
    running, kept = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    for step, column in enumerate(chain):
        running = (running | (begins == step)) & ~kept
        calls[running, column] = 1.0
        cost[running] += grid.cost[running, column]
        latency[running] += grid.latency[running, column]
        if step == len(chain) - 1:
            passed = running
        else:
            _judge(grid, gate.signal, column, running, (cost, latency))
            signal = grid.signals[gate.signal][:, column]
            passed = running & grid.answered[:, column] & (np.nan_to_num(signal, nan=-np.inf) >= gate.at_least)
        quality[passed] = grid.quality[passed, column]
        kept = kept | passed
    return Outcome(quality=quality, cost=cost, latency=latency, calls=calls)


def _judge(grid: Grid, signal: str, column: int, rows: np.ndarray, paid: tuple[np.ndarray, np.ndarray]) -> None:
    """Add the cost and time of a judge's verdicts on the answers of one cell; a failed call has no verdict."""
    judged = rows & grid.answered[:, column]
    for source, total in zip((grid.signal_cost, grid.signal_latency), paid, strict=True):
        if signal in source:
            total[judged] += source[signal][judged, column]


def _parts(grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return grid.quality, grid.cost, grid.latency
