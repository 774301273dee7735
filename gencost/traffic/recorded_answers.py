"""Answers given again as they were recorded: usage, cost and times are those of then, and nothing is paid."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gencost.cost_tracker import CostTracker
from gencost.errors import ProviderError
from gencost.metrics_db.recorded_requests import RecordedAnswer
from gencost.protocols import Provider
from gencost.types import Attempt, Cost, Record, Request, Response

NAME = "recorded"


class RecordedAnswers(Provider):
    """Gives the recorded answer of each sample that was drawn from traffic.

    Args:
        answers: by sample id.

    Attributes:
        answers: as given.
    """

    name = NAME
    gives_again = True

    def __init__(self, answers: Mapping[str, RecordedAnswer]) -> None:
        self.answers = answers

    def check(self, model: str) -> None:
        """Take any model: there is only one answer."""

    async def complete(self, request: Request) -> Response:
        """Return the answer, without waiting.

        Raises:
            ProviderError: it is asked for a second time, which was not recorded.
        """
        await asyncio.sleep(0)
        if request.repeat:
            message = f"repeat {request.repeat} of {request.sample.id} was not recorded"
            raise ProviderError(message, error_type="not_recorded", service_ms=0.0)
        return self.answers[request.sample.id].response

    async def aclose(self) -> None:
        """Do nothing: there are no connections."""


class RecordedCosts(CostTracker):
    """Bills each answer as it was billed when it was recorded.

    Args:
        answers: by sample id.
    """

    def __init__(self, answers: Mapping[str, RecordedAnswer]) -> None:
        super().__init__({})
        self._answers = answers

    def account(
        self, request: Request, attempts: Sequence[Attempt], response: Response | None
    ) -> tuple[tuple[Attempt, ...], Response | None, Cost | None]:
        """Return the recorded cost, which is not added to any total, as nothing is paid."""
        if response is None:
            return tuple(attempts), None, None
        cost = self._answers[request.sample.id].cost
        return tuple(replace(attempt, cost=cost) for attempt in attempts), response, cost

    def price_rows(self, record: Record) -> list[dict[str, Any]]:  # noqa: ARG002 - as of a CostTracker
        """Return nothing: the rates are in the metrics DB already."""
        return []

    def known(self, provider: str, model: str) -> bool:  # noqa: ARG002 - as of a CostTracker
        """Whether a call has a price: it costs nothing now."""
        return True
