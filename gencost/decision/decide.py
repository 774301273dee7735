"""The decision: keep the reference, switch to a cell that is shown to be as good and cheaper, or undecided."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from gencost.decision.assessment import assess
from gencost.decision.candidates import (
    Candidate,
    CellVerdict,
    Cheaper,
    Decided,
    Standing,
)
from gencost.decision.criteria import BEST, Criteria
from gencost.decision.least_prompts import LEAST_PROMPTS
from gencost.values.cell_names import find_cell

if TYPE_CHECKING:  # scipy, which the first call need not wait for
    from gencost.analysis.statistics.intervals import Estimate
    from gencost.decision.claims import Claims
    from gencost.decision.difference import Difference, Pair
    from gencost.decision.unseen import Unseen

__all__ = ["BEST", "Candidate", "CellVerdict", "Criteria", "Decided", "Decision", "Finding", "Standing", "decide"]

Outcome = Literal["switch", "keep", "undecided"]
_PROBABLE = 0.5


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A finding about one cell against the reference.

    Attributes:
        cell: its name.
        n_prompts: prompts that both have a score for.
        quality: mean score - the reference's; None without a prompt in common.
        cost: its mean cost per call against the reference's, over the prompts that both answered; None if unknown.
        probability: that it is worse by less than the margin; no verdict.
        n_needed: prompts that would show it with 80 %, were the two equal, and tell that it costs less; None if no
            number is known to.
        least_margin: the smallest margin at which it would pass now; None without an interval.
        saving_usd_per_month: at ``calls_per_month`` of the criteria; None without, or if a cost is unknown.
        unseen: the ratio of costs and what calls that were not seen can do to it; None unless less is paid on what was
            seen.
    """

    cell: str
    n_prompts: int
    quality: Estimate | None
    cost: Difference | None
    probability: float | None
    n_needed: int | None
    least_margin: float | None
    saving_usd_per_month: Estimate | None = None
    unseen: Unseen | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The decision about the cell to pay for from now on.

    Attributes:
        outcome: ``switch`` to the cell, ``keep`` the reference, or ``undecided``: keep it, for now.
        cell: what to pay for now; None if every cell is known to break a limit, or none has a score.
        reference: the cell that the others were compared with; None without one.
        probable: of the cells that may turn out to be as good, the cheapest that is more probable than not; only where
            undecided.
        finding: about the cell in question: the new one, or the cheapest whose case is open.
        perhaps_better: other cell -> its mean score - the chosen one's, of those that may be better by the margin.
        margin: of the criteria.
        n_prompts: that the decision rests on.
        candidates: every cell, in their order.
        sentence: the decision for people; empty until it is worded.
        details: what else must be known, a sentence each.
    """

    outcome: Outcome
    cell: str | None
    reference: str | None
    margin: float
    n_prompts: int
    candidates: tuple[Candidate, ...]
    probable: str | None = None
    finding: Finding | None = None
    perhaps_better: Mapping[str, Estimate | None] = field(default_factory=dict)
    sentence: str = ""
    details: tuple[str, ...] = ()

    def candidate(self, cell: str) -> Candidate:
        """Return the candidate that a cell is."""
        return next(candidate for candidate in self.candidates if candidate.cell == cell)

    @property
    def saving_usd_per_month(self) -> Estimate | None:
        """The saving of the cell that it is about against the reference; None if it is unknown."""
        return None if self.finding is None else self.finding.saving_usd_per_month

    @property
    def n_needed(self) -> int | None:
        """Prompts that would decide with 80 %, were the cells equal; None unless undecided, or if no number would."""
        return None if self.finding is None or self.outcome != "undecided" else self.finding.n_needed


def decide(
    standings: Sequence[Standing], against: Mapping[tuple[str, str], Pair], criteria: Criteria, claims: Claims
) -> Decision:
    """Choose a cell.

    Args:
        standings: of every cell, in their order.
        against: (reference, cell) -> their pair, for the reference and every other cell.
        criteria: what a cell must meet.
        claims: the tests of every two cells.

    Raises:
        ConfigError: the reference is not a cell.
    """
    reference = reference_of(standings, criteria)
    pairs = (
        {} if reference is None else {standing.cell: against.get((reference, standing.cell)) for standing in standings}
    )
    candidates = tuple(
        assess(standing, reference, pairs.get(standing.cell), criteria, claims) for standing in standings
    )
    costs = {standing.cell: _cost(standing) for standing in standings}
    outcome, cell, question = _choose(candidates, reference, costs)
    n_prompts = _prompts(question, reference, claims)
    if outcome == "keep" and len(standings) > 1 and n_prompts < LEAST_PROMPTS:
        outcome = "undecided"
    kept = cell or reference
    finding = _finding(question, reference, pairs, claims, criteria)
    about = next((candidate for candidate in candidates if candidate.cell == question), None)
    return Decision(
        outcome=outcome,
        cell=cell,
        reference=reference,
        margin=criteria.margin,
        n_prompts=n_prompts,
        candidates=candidates,
        probable=_probable(candidates, reference, costs, claims) if outcome == "undecided" else None,
        finding=None if finding is None else replace(finding, n_needed=_needed(about, finding)),
        perhaps_better=_perhaps_better(kept, claims),
    )


def reference_of(standings: Sequence[Standing], criteria: Criteria) -> str | None:
    """Name the cell that is kept unless another is shown to be as good; None without cells.

    It is known before any answer: the one that is named, or the one of highest list price, the first of equal ones.
    Where no cell has a list price it is the one of highest mean cost: that of recorded answers is a price, too.

    Raises:
        ConfigError: the criteria name one that is not a cell.
    """
    names = [standing.cell for standing in standings]
    if criteria.reference not in {None, BEST}:
        return find_cell(str(criteria.reference), names, "decision.reference")
    if by_observed_cost(standings, criteria):
        prices = list(map(_cost, standings))
    else:
        prices = [-math.inf if standing.list_usd is None else standing.list_usd for standing in standings]
    return names[prices.index(max(prices))] if names else None


def by_observed_cost(standings: Sequence[Standing], criteria: Criteria) -> bool:
    """Whether the reference is the cell of highest mean cost: nobody named one, and none has a list price."""
    unnamed = criteria.reference in {None, BEST} and all(standing.list_usd is None for standing in standings)
    return unnamed and all(standing.intervals.cost_usd_mean for standing in standings)


def cost_claims(standings: Sequence[Standing], criteria: Criteria) -> int:
    """Count the claims "costs less than the reference" that share the error rate of 2.5 % a comparison.

    One for each other cell; where the costs themselves choose the reference, one for each ordered pair of cells.
    """
    k = sum(standing.intervals.cost_usd_mean is not None for standing in standings)
    return max(1, (k - 1) * (k if by_observed_cost(standings, criteria) else 1))


def _cost(standing: Standing) -> float:
    return math.inf if standing.intervals.cost_usd_mean is None else standing.intervals.cost_usd_mean.value


def _choose(
    candidates: Sequence[Candidate], reference: str | None, costs: Mapping[str, float]
) -> tuple[Outcome, str | None, str | None]:
    """Return the outcome, the cell to pay for and the cell that the question is about."""
    kept = next((candidate for candidate in candidates if candidate.cell == reference), None)
    if kept is None:
        return "undecided", None, None
    others = sorted(
        (candidate for candidate in candidates if candidate is not kept), key=lambda candidate: costs[candidate.cell]
    )
    passing = [
        candidate
        for candidate in others
        if candidate.qualifies and (kept.status == "fails" or candidate.cheaper is Cheaper.YES)
    ]
    if passing:
        return "switch", passing[0].cell, passing[0].cell
    waiting = [candidate for candidate in others if candidate.waits]
    question = waiting[0].cell if waiting else None
    if kept.breaks_limit:
        return "undecided", None, question
    cheaper = [candidate.cell for candidate in others if costs[candidate.cell] < costs[kept.cell]]
    if waiting or kept.status != "passes":
        return "undecided", kept.cell, question
    return "keep", kept.cell, cheaper[0] if cheaper else None


def _finding(
    cell: str | None,
    reference: str | None,
    pairs: Mapping[str, Pair | None],
    claims: Claims,
    criteria: Criteria,
) -> Finding | None:
    if cell is None or reference is None or cell == reference:
        return None
    pair, calls = pairs.get(cell), criteria.calls_per_month
    cost = None if pair is None else pair.cost
    scored = {cell, reference} <= set(claims.cells)
    quality = claims.difference(cell, reference) if scored else None
    low = None if quality is None else quality.low
    return Finding(
        cell=cell,
        n_prompts=claims.prompts(cell, reference) if scored else 0,
        quality=quality,
        cost=cost,
        probability=claims.probability(cell, reference) if scored else None,
        n_needed=claims.needed(cell, reference) if scored else None,
        least_margin=None if low is None else max(0.0, -low),
        saving_usd_per_month=None if pair is None or not calls else pair.monthly_saving(calls),
        unseen=None
        if pair is None or pair.cost is None or pair.cost.seen != "less"
        else pair.cost.unseen(criteria.rare_cost),
    )


def _needed(question: Candidate | None, finding: Finding | None) -> int | None:
    """Count the prompts for what the cell that the question is about has not shown: its quality, its cost or both."""
    if question is None or finding is None:
        return None
    of_quality = 1 if question.status == "passes" else finding.n_needed
    of_cost = 1 if question.cheaper is Cheaper.YES else None if finding.unseen is None else finding.unseen.needed
    if of_quality is None or of_cost is None:
        return of_quality if question.status != "passes" else None
    return max(of_quality, of_cost)


def _prompts(cell: str | None, reference: str | None, claims: Claims) -> int:
    if {cell, reference} <= set(claims.cells):
        return claims.prompts(str(cell), str(reference))
    if reference not in claims.cells:
        return 0
    counts = [claims.prompts(reference, other) for other in claims.cells if other != reference]
    return max(counts, default=claims.prompts(reference, reference))


def _probable(
    candidates: Sequence[Candidate], reference: str | None, costs: Mapping[str, float], claims: Claims
) -> str | None:
    if reference not in claims.cells:
        return None
    waiting = [
        candidate.cell
        for candidate in candidates
        if candidate.waits and candidate.cell in claims.cells and candidate.cell != reference
    ]
    shared = [cell for cell in waiting if claims.prompts(cell, str(reference))]
    likely = [cell for cell in shared if claims.probability(cell, str(reference)) > _PROBABLE]
    cheaper = [cell for cell in likely if costs[cell] < costs[reference]]
    return min(cheaper, key=lambda cell: costs[cell], default=None)


def _perhaps_better(cell: str | None, claims: Claims) -> dict[str, Estimate | None]:
    if cell not in claims.cells:
        return {}
    return {other: claims.difference(other, cell) for other in claims.perhaps_better(cell)}
