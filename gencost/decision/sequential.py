"""An anytime-valid paired test: it may be looked at after every prompt, and stops paying for cells that are decided.

Each hypothesis about a mean is met by a test martingale, the capital of a gambler who bets against it at fair odds. If
the hypothesis holds, that capital ever reaches 1 / alpha with probability at most alpha (Ville, 1939), however often
one looks and whenever one stops.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from gencost.decision.decide import BEST, CellVerdict, Decided
from gencost.errors import ConfigError
from gencost.values.cell_names import find_cell

ALPHA = 0.05
# Shares of the largest bet that cannot lose everything; small ones find small effects.
_STAKES = np.geomspace(0.01, 0.95, 24)


def log_capital(differences: np.ndarray, least: float) -> np.ndarray:
    """The gambler's capital against "the mean difference is at most ``least``", after each difference.

    With x = (d + 1) / 2 in [0, 1] and m = (least + 1) / 2 it is the mean over 24 stakes s of
    ``prod_i (1 + s / m * (x_i - m))``: a mixture of test martingales, so one itself. Source: Waudby-Smith and Ramdas,
    "Estimating means of bounded random variables by betting", JRSS B 86(1), 2024, with a fixed mixture of bets.

    Args:
        differences: one a prompt, in [-1, 1], in the order asked; shape (..., n).
        least: in (-1, 1).

    Returns:
        Natural logarithms; shape (..., n).
    """
    bets = _log_gains(np.asarray(differences, dtype=float), least).cumsum(axis=-2)
    return _log_mean(bets)


def _log_gains(differences: np.ndarray, least: float) -> np.ndarray:
    m = (least + 1) / 2
    return np.log1p(_STAKES / m * (((differences + 1) / 2)[..., None] - m))


def _log_mean(logs: np.ndarray) -> np.ndarray:
    most = logs.max(axis=-1, keepdims=True)
    return np.asarray(most[..., 0] + np.log(np.exp(logs - most).mean(axis=-1)))


@dataclass(kw_only=True)
class _Duel:
    """Is the first inferior to the second by more than the margin, or not?"""

    margin: float
    inferior: np.ndarray = field(default_factory=lambda: np.zeros(len(_STAKES)))
    not_inferior: np.ndarray = field(default_factory=lambda: np.zeros(len(_STAKES)))

    def add(self, difference: float) -> None:
        """Bet on one more prompt; ``difference`` is first - second."""
        self.not_inferior = self.not_inferior + _log_gains(np.array(difference), -self.margin)
        self.inferior = self.inferior + _log_gains(np.array(-difference), self.margin)

    def verdict(self, alpha: float) -> CellVerdict | None:
        """Say which hypothesis has lost; one of the two is true, so both together err with probability alpha."""
        if _log_mean(self.inferior) >= -math.log(alpha):
            return "inferior"
        return "not_inferior" if _log_mean(self.not_inferior) >= -math.log(alpha) else None


class Race:
    """Cells that answer the same draws in the same order, until each is decided.

    The family of all verdicts errs with probability at most 5 %, each test with 2.5 % / (k - 1), the level of the test
    after a fixed number of prompts. With a named reference there are k - 1 duels of two hypotheses each. With ``best``
    only the duels with the true best cell matter, 2 (k - 1) of them: no cell is falsely found not inferior to all
    rivals unless it is to that one, or that one was falsely found inferior to another.

    Args:
        cells: their names.
        margin: see ``Criteria``, as is ``reference``.
        reference: a cell, or ``best``.
        draws: prompt and repeat of each call, in the order asked, the same for all cells.

    Attributes:
        decided: cell -> how.
        broken: why nothing is decided any more; None if nothing is wrong.

    Raises:
        ConfigError: there is nothing to compare, or the reference is not a cell.
    """

    def __init__(self, cells: Sequence[str], margin: float, reference: str, draws: Sequence[tuple[str, int]]) -> None:
        if len(cells) < 2:
            raise ConfigError("decision.sequential=true compares cells: give a -m grid of at least two in one process")
        if any(repeat for _, repeat in draws):
            raise ConfigError("decision.sequential=true asks each prompt once: repeats=1, and n at most the prompt set")
        reference = reference if reference == BEST else find_cell(reference, cells, "decision.reference")
        self.decided: dict[str, Decided] = {}
        self.broken: str | None = None
        self._cells, self._margin, self._reference = list(cells), margin, reference
        self._places = {draw: i for i, draw in enumerate(draws)}
        self._values: dict[str, list[float | None]] = {cell: [math.nan] * len(draws) for cell in cells}
        others = itertools.permutations(cells, 2)
        duels = [(a, b) for a, b in others if reference in {BEST, b}]
        self._duels = {both: _Duel(margin=margin) for both in duels}
        self._reached = dict.fromkeys(duels, 0)
        self._alpha = ALPHA / (2 * (len(cells) - 1))

    def add(self, cell: str, draw: tuple[str, int], quality: float | None) -> None:
        """Take one settled call.

        Args:
            cell: whose.
            draw: prompt id and repeat.
            quality: its score; None without one: its prompt then counts for no pair.
        """
        if quality is not None and not 0 <= quality <= 1:
            self.broken = f"decision.sequential: a score of {quality:g} is outside [0, 1], so every call is made"
        if self.broken is None:
            self._values[cell][self._places[draw]] = quality
            for first, second in self._duels:
                if cell in {first, second}:
                    self._advance(first, second)
            self._judge()

    def _advance(self, first: str, second: str) -> None:
        """Bet on every further prompt that both settled, in the order asked, whatever the order of the answers."""
        a, b, i = self._values[first], self._values[second], self._reached[first, second]
        duel = self._duels[first, second]
        while i < len(a) and not (_open(a[i]) or _open(b[i])) and duel.verdict(self._alpha) is None:
            x, y = a[i], b[i]
            if x is not None and y is not None:
                duel.add(x - y)
            i += 1
        self._reached[first, second] = i

    def _judge(self) -> None:
        verdicts = {both: duel.verdict(self._alpha) for both, duel in self._duels.items()}
        for (first, second), verdict in verdicts.items():
            if verdict == "inferior":
                self._decide(first, verdict, second)
        rivals = {cell for cell in self._cells if not self._inferior(cell)}
        for cell in self._cells:
            against = {second for first, second in self._duels if first == cell} & (rivals | {self._reference})
            alone = self._reference == BEST and rivals == {cell}
            if alone or (against and all(verdicts[cell, other] == "not_inferior" for other in against)):
                self._decide(cell, "not_inferior", self._reference)

    def _decide(self, cell: str, verdict: CellVerdict, against: str) -> None:
        if cell not in self.decided:
            prompts = max(reached for (first, _), reached in self._reached.items() if first == cell)
            self.decided[cell] = Decided(verdict=verdict, against=against, margin=self._margin, prompts=prompts)

    def _inferior(self, cell: str) -> bool:
        return cell in self.decided and self.decided[cell].verdict == "inferior"

    def enough(self, cell: str) -> bool:
        """Whether no further call of a cell can change a verdict."""
        waiting = [cell for cell in self._cells if cell not in self.decided and cell != self._reference]
        if not waiting:
            return True
        needed_by_others = cell == self._reference or (self._reference == BEST and not self._inferior(cell))
        return cell in self.decided and not needed_by_others


def _open(value: float | None) -> bool:
    """Whether a call is not settled yet."""
    return value is not None and math.isnan(value)
