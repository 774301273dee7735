"""How the calls of a judge are made, and what they may cost."""

from __future__ import annotations

from dataclasses import dataclass

from gencost.llm import UnifiedLLM
from gencost.protocols import AskingScorer
from gencost.runner.sender import Sender, most_tokens_out
from gencost.types import Record, Response, Sample

_BYTES_A_TOKEN = 4


class OverBudgetError(Exception):
    """A judge's call was not made for want of money."""


@dataclass(frozen=True, kw_only=True)
class Judging:
    """How the calls of one judge are made.

    Attributes:
        scorer: the judge.
        sender: stands before its provider.
    """

    scorer: AskingScorer
    sender: Sender

    def llm(self, run_id: str | None, seed: int) -> UnifiedLLM:
        """What makes its calls; it still needs its writer.

        Args:
            run_id: the cell whose answers are judged.
            seed: of that cell.
        """
        return UnifiedLLM(
            provider=self.sender.provider,
            model=self.sender.model,
            params=self.sender.params,
            scorers=(),
            cost_tracker=self.sender.cost_tracker,
            send=self.sender.send,
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
        """What the judge would ask about an answer of so many tokens."""
        answer = Response(text="x" * _BYTES_A_TOKEN * (tokens_out or 0), usage=None, latency_ms=0.0)
        return list(self.scorer.questions(sample, answer))

    async def complete(self, llm: UnifiedLLM, repeat: int, question: Sample) -> Record:
        """Make one call within the budget.

        Args:
            llm: from ``llm``.
            repeat: of the answer that is judged.
            question: what is asked.

        Raises:
            OverBudgetError: the budget forbids it.
        """
        if not await self.sender.admit(question):
            raise OverBudgetError
        record: Record | None = None
        try:
            record = await llm.acomplete(question, repeat=repeat, role="judge")
        finally:
            self.sender.settle(question, record)
        return record


def with_judging(sender: Sender, judging: list[Judging]) -> Sender:
    """The way to a cell's model, for which the judging of its answers is paid, too.

    Args:
        sender: the way to the model.
        judging: of its answers.
    """
    tokens_out = most_tokens_out(sender.params)

    def worst(sample: Sample) -> int:
        return sum(one.worst_pico_usd(sample, tokens_out) for one in judging)

    return sender.holding(worst) if judging else sender
