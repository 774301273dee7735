"""The values of a decision about one cell: its facts, how it meets the criteria, and what a race decided of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # scipy, which the first call need not wait for
    from gencost.analysis.cell_intervals import Intervals
    from gencost.analysis.statistics.intervals import Estimate

CellVerdict = Literal["inferior", "not_inferior"]
Status = Literal["passes", "fails", "open"]


class Cheaper(Enum):
    """Whether a cell costs less than the reference: its paired cost ratio is below 1, at least 1, or not known."""

    YES = "yes"
    NO = "no"
    OPEN = "open"


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One cell before the criteria.

    Attributes:
        cell: its name.
        qualifies: whether it is shown to meet them all.
        why: what it fails or leaves open, or how it meets the margin; one clause.
        needed: what would let it qualify; None if it does or nothing can be said.
        status: ``passes``, ``fails`` or ``open``; cost is not part of it.
        cheaper: than the reference.
        breaks_limit: it is shown to break ``max_p95_ms``, ``max_ttft_p95_ms`` or ``min_quality``.
    """

    cell: str
    qualifies: bool
    why: str
    needed: str | None = None
    status: Status = "fails"
    cheaper: Cheaper = Cheaper.OPEN
    breaks_limit: bool = False

    @property
    def waits(self) -> bool:
        """Whether more answers might make it the choice."""
        return self.cheaper is not Cheaper.NO and (
            self.status == "open" or (self.status == "passes" and self.cheaper is Cheaper.OPEN)
        )


@dataclass(frozen=True, kw_only=True)
class Decided:
    """The decision of a race about a cell.

    Attributes:
        verdict: against the reference, or with ``best`` against every cell that may be the best.
        against: the reference; for an inferior cell the one it is inferior to.
        margin: by which.
        prompts: that had been answered in order by both when it was decided.
        errors: how failed calls counted, see ``Criteria``; None in races of earlier versions.
    """

    verdict: CellVerdict
    against: str
    margin: float
    prompts: int
    errors: str | None = None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The facts about one cell beside its scores, for the decision.

    Attributes:
        cell: its name.
        intervals: its figures.
        answered: calls with an answer.
        unanswered: calls that failed or have no known end.
        unpriced: answers whose cost is unknown.
        decided: how a race decided it; None if none did.
        list_usd: its list price; None if unknown.
    """

    cell: str
    intervals: Intervals
    answered: int
    unanswered: int
    unpriced: int
    decided: Decided | None = None
    list_usd: float | None = None

    @property
    def quality(self) -> Estimate | None:
        """Its mean score, failed calls counted as the criteria say; None without any score."""
        return self.intervals.quality_held or self.intervals.quality_mean
