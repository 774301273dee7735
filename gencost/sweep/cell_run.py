"""One cell under way, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gencost.analysis.failures import CellOutcome
from gencost.masking import masked_error
from gencost.runner.calls import CellCalls
from gencost.runner.late_scoring import Scoring
from gencost.runner.loop import Traffic
from gencost.runner.plan import Plan
from gencost.text.counted import counted
from gencost.types import RunStatus


@dataclass(frozen=True, kw_only=True)
class CellRun:
    """One cell under way.

    Attributes:
        plan: what is called.
        calls: how far that is.
        scoring: what scores its answers when all calls are over.
    """

    plan: Plan
    calls: CellCalls
    scoring: Sequence[Scoring]

    def status(self, traffic: Traffic | None, outcome: CellOutcome) -> RunStatus:
        """Return the status of its run.

        Args:
            traffic: how its calls went; None if something broke before they were over.
            outcome: what the metrics DB has of it, calls of earlier commands included.
        """
        if self.error is not None or (traffic is not None and traffic.lost is not None):
            return "failed"
        if traffic is None or not traffic.complete:
            return "interrupted"
        if outcome.why_nothing is not None:
            return "failed"
        return "over_budget" if self.skipped else "finished"

    @property
    def error(self) -> BaseException | None:
        """The error that stopped its calls or its scoring; None if nothing did."""
        return self.calls.error or next((scoring.error for scoring in self.scoring if scoring.error is not None), None)

    @property
    def skipped(self) -> int:
        """Calls that were not made and answers that were not judged, for want of money."""
        return self.calls.count.skipped + sum(scoring.count.skipped for scoring in self.scoring)

    def reason(self, status: RunStatus, traffic: Traffic | None, outcome: CellOutcome) -> str | None:
        """Return the reason why it is not finished; None if it is, or if Ctrl-C ended it.

        Args:
            status: of its run.
            traffic: how its calls went; None if something broke before they were over.
            outcome: what the metrics DB has of it.
        """
        if traffic is not None and traffic.lost is not None:
            return traffic.lost
        if status == "failed" and self.error is not None:
            return masked_error(str(self.error))
        if status == "failed":
            return f"{outcome.why_nothing}; put it right and add resume=true retry_errors=true"
        if status != "over_budget":
            return None
        unjudged = self.skipped - self.calls.count.skipped
        left_out = counted(self.calls.count.skipped, "call") + " skipped"
        left_out += f", {unjudged:,} not judged" if unjudged else ""
        also = " retry_errors=true" if self.calls.count.errors else ""
        return f"{self.plan.sender.budget.name} is reached: {left_out}; raise it and add resume=true{also} to go on"


@dataclass(frozen=True, kw_only=True)
class CellEnd:
    """The end of one cell, as plain values for another process.

    Attributes:
        run_id: None if it never began.
        status: of its run.
        reason: why it is not finished; None if it is.
        objective: the values that ``objective`` names, in its order; None if it names none or one is unknown.
    """

    run_id: str | None
    status: RunStatus
    reason: str | None = None
    objective: tuple[float, ...] | None = None
