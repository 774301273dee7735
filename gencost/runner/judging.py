"""The calls of a judge: how they are made, and what they may cost."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from gencost.llm import UnifiedLLM
from gencost.metrics_db import Writer
from gencost.protocols import AskingScorer
from gencost.sending.sender import Sender
from gencost.sending.token_bounds import most_tokens_out
from gencost.types import Record, Response, Sample

_BYTES_A_TOKEN = 4


class OverBudgetError(Exception):
    """A judge's call was not made for want of money."""


@dataclass(frozen=True, kw_only=True)
class Judging:
    """A judge and the way to its model.

    Attributes:
        scorer: the judge.
        sender: stands before its provider.
    """

    scorer: AskingScorer
    sender: Sender

    def at(self, place: str) -> Judging:
        """The same, its model configured somewhere else."""
        return replace(self, sender=self.sender.at(place))

    def llm(self, writer: Writer, run_id: str | None, seed: int) -> UnifiedLLM:
        """Make the LLM that accounts for its calls.

        Args:
            writer: records them.
            run_id: the cell whose answers are judged.
            seed: of that cell.
        """
        return UnifiedLLM(
            provider=self.sender.provider,
            model=self.sender.model,
            params=self.sender.params,
            scorers=(),
            cost_tracker=self.sender.cost_tracker,
            writer=writer,
            run_id=run_id,
            seed=seed,
        )

    def worst_pico_usd(self, sample: Sample, tokens_out: int | None) -> int:
        """Bound what judging an answer costs if each call is tried once, 1e-12 USD; 0 without a budget.

        Args:
            sample: what is asked.
            tokens_out: the most tokens of its answer, taken as four bytes each.
        """
        questions = self.questions(sample, tokens_out)
        return sum(self.sender.worst_pico_usd(question) for question in questions)

    def questions(self, sample: Sample, tokens_out: int | None) -> list[Sample]:
        """List what the judge would ask about an answer of so many tokens."""
        answer = Response(text="x" * _BYTES_A_TOKEN * (tokens_out or 0), usage=None, latency_ms=0.0)
        return list(self.scorer.questions(sample, answer))


class Asking:
    """The calls that judge one answer, within the budget.

    Args:
        judging: how they are made.
        llm: accounts for them, from ``judging.llm``.
        repeat: of the answer that is judged.

    Attributes:
        refused: whether one was not made for want of money.
        made: the others.
    """

    def __init__(self, judging: Judging, llm: UnifiedLLM, repeat: int) -> None:
        self._judging, self._llm, self._repeat = judging, llm, repeat
        self.refused = False
        self.made: list[Record] = []

    async def complete(self, question: Sample) -> Record:
        """Make one call.

        Args:
            question: what is asked.

        Raises:
            OverBudgetError: the budget forbids it.
        """
        sender = self._judging.sender
        if not await sender.admit(question):
            self.refused = True
            raise OverBudgetError
        record: Record | None = None
        try:
            due_ns = time.perf_counter_ns()
            request = self._llm.request(question, self._repeat, due_ns, "judge")
            await self._llm.begin(request)
            record = await self._llm.finish(request, await sender.send(request), due_ns)
        finally:
            sender.settle(question, record)
        self.made.append(record)
        return record


def with_judging(sender: Sender, judging: list[Judging]) -> Sender:
    """The way to a cell's model, for which the judging of its answers is paid, too.

    Args:
        sender: the way to the model.
        judging: of its answers.
    """
    tokens_out = most_tokens_out(sender.params)

    def worst(sample: Sample) -> int:
        return sum(judge.worst_pico_usd(sample, tokens_out) for judge in judging)

    return sender.holding(worst) if judging else sender
