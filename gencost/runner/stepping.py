"""The calls of a cell that is a policy: each a recorded, priced, limited request; the last is the answer.

Invariant: a call is a ``step`` until the policy keeps it; then it becomes the ``sample``, in one commit with the ids
of what was done for it. So a resume after a crash pays no step again.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from gencost.errors import ConfigError, nearest
from gencost.llm import UnifiedLLM
from gencost.metrics_db import Writer
from gencost.metrics_db.begun_steps import NOTHING, Begun, BegunStep
from gencost.protocols import Policy, Scorer
from gencost.quality.score import RULES, Rules, score
from gencost.runner.cache import AnswerCache
from gencost.runner.judging import Asking, Judging, OverBudgetError
from gencost.sending.sender import Sender
from gencost.sending.steps import Hands, carried_out
from gencost.types import Record, Request, RequestRole, Sample, Score
from gencost.values.error_types import OVER_BUDGET


class CallWay(Protocol):
    """The way of a call: what accounts for it, what sends it, and the answers that are known already."""

    @property
    def llm(self) -> UnifiedLLM:
        """Accounts for it."""

    @property
    def sender(self) -> Sender:
        """Sends it."""

    @property
    def cache(self) -> AnswerCache | None:
        """Knows answers; None asks every time."""

    @property
    def policy_cell(self) -> str | None:
        """The name that a policy asks it by; None without a policy."""


@dataclass(frozen=True, kw_only=True)
class StepWay:
    """The way to one cell that a policy may ask.

    Attributes:
        llm: accounts for its calls.
        sender: sends them, within budget and limits.
        cache: answers that were recorded earlier; None asks every time.
        policy_cell: its name in the policy.
    """

    llm: UnifiedLLM
    sender: Sender
    cache: AnswerCache | None = None
    policy_cell: str


class MakeCall(Protocol):
    """Makes one call of a cell."""

    def __call__(
        self, draw: tuple[Sample, int], role: RequestRole, due_ns: int | None, way: StepWay
    ) -> Awaitable[Record]:
        """Record a request as pending, send it unless its answer is cached, account for it."""


@dataclass(frozen=True, kw_only=True)
class Stepping:
    """A policy and the ways to what it may ask.

    Attributes:
        policy: chooses.
        ways: cell -> the way to it.
        writer: records what it keeps.
        gates: scorers whose values it may see.
        judges: name of a gate that asks a model -> how, and the LLM that accounts for it.
        rules: of the scorers.
        begun: what an earlier command did for answers that it never came to.
    """

    policy: Policy
    ways: Mapping[str, StepWay]
    writer: Writer
    gates: Sequence[Scorer] = ()
    judges: Mapping[str, tuple[Judging, UnifiedLLM]] = field(default_factory=dict)
    rules: Rules = RULES
    begun: Mapping[tuple[str, int], Begun] = field(default_factory=dict)

    @property
    def senders(self) -> list[Sender]:
        """Everything that sends a call of it, those of judges included."""
        return [*(way.sender for way in self.ways.values()), *(judging.sender for judging, _ in self.judges.values())]

    @property
    def llms(self) -> list[UnifiedLLM]:
        """Everything whose connections are to be given back."""
        return [*(way.llm for way in self.ways.values()), *(llm for _, llm in self.judges.values())]

    async def answer(self, draw: tuple[Sample, int], role: RequestRole, due_ns: int | None, make: MakeCall) -> Record:
        """Make the calls that the policy chooses for one sample.

        Args:
            draw: sample and repeat.
            role: ``sample``, or that of a warm-up.
            due_ns: when its first call is due, on the clock of ``time.perf_counter_ns``; None means now.
            make: makes one call.

        Returns:
            The last call with the ones before it as its ``steps``; skipped if the command was stopped, or the budget
            forbids the next one.
        """
        decision = _Decision(stepping=self, draw=draw, role=role, due_ns=due_ns, make=make)
        return await decision.run()


@dataclass(kw_only=True)
class _Decision:
    """The calls for one sample.

    Attributes:
        stepping: what carries them out.
        draw: sample and repeat.
        role: of the answer.
        due_ns: when the next call is due; None means now.
        make: makes one call.
        judged: calls of judges.
        before: what an earlier command made, not taken yet.
        old: request ids of judgements that an earlier command made.
        held: the way to the last answer, with money held for judging it.
    """

    stepping: Stepping
    draw: tuple[Sample, int]
    role: RequestRole
    due_ns: int | None
    make: MakeCall
    judged: list[Record] = field(default_factory=list)
    before: deque[BegunStep] = field(init=False)
    old: tuple[str, ...] = field(init=False)
    held: StepWay | None = None

    def __post_init__(self) -> None:
        """Find what an earlier command did."""
        sample, repeat = self.draw
        begun = self.stepping.begun.get((sample.id, repeat), NOTHING) if self.role == "sample" else NOTHING
        self.before, self.old = deque(begun.steps), begun.judgements

    async def run(self) -> Record:
        hands = Hands(ask=self._ask, look=self._look, signals=frozenset(gate.name for gate in self.stepping.gates))
        try:
            *steps, last = await carried_out(self.stepping.policy, self.draw[0], hands)
        except OverBudgetError as refused:
            self._let_go()
            return Record(request=refused.args[0], status="skipped", error_type=OVER_BUDGET)
        if last.status == "skipped" or self.role != "sample":
            return replace(last, steps=(*steps, *self.judged))
        roles = {step.request.request_id: "step" for step in steps}
        roles |= dict.fromkeys([*self.old, *(call.request.request_id for call in self.judged)], "judge")
        await self.stepping.writer.choose(last.request.request_id, roles)
        return replace(last, request=self._kept(last.request), steps=(*steps, *self.judged))

    async def _ask(self, cell: str) -> Record:
        way = self.stepping.ways.get(cell)
        if way is None:
            here = ", ".join(self.stepping.ways)
            raise ConfigError(f"the policy asks {cell!r}{nearest(cell, list(self.stepping.ways))}: its file has {here}")
        self._let_go()
        if self.before and self.before[0].cell == cell:
            return self._again(way, self.before.popleft())
        self.before.clear()  # it chooses otherwise now
        return await self._new(way)

    async def _new(self, way: StepWay) -> Record:
        """Make a call, its worst case reserved before and settled after."""
        sample = self.draw[0]
        if not await way.sender.admit(sample):
            raise OverBudgetError(self._request(way))
        record: Record | None = None
        due_ns, self.due_ns = self.due_ns, None
        try:
            record = await self.make(self.draw, "step" if self.role == "sample" else self.role, due_ns, way)
        finally:
            way.sender.settle(sample, record if record is None else replace(record, request=self._kept(record.request)))
        if record.response is not None and self.role == "sample":
            self.held = way
        return record

    def _kept(self, request: Request) -> Request:
        """The request as if the policy kept its answer, which nobody knows yet: money for judging it stays held."""
        return replace(request, role=self.role)

    def _let_go(self) -> None:
        """Give back what was held for judging an answer that is not the last."""
        sender, self.held = None if self.held is None else self.held.sender, None
        if sender is not None and sender.budget.limit_pico_usd is not None:
            sender.budget.let_go(sender.held_pico_usd(self.draw[0]))

    def _again(self, way: StepWay, step: BegunStep) -> Record:
        """Take a call that an earlier command made."""
        request = replace(self._request(way), request_id=step.request_id)
        status = "error" if step.response is None else "ok"
        return Record(request=request, status=status, response=step.response, scores=step.scores)  # type: ignore[arg-type]

    def _request(self, way: StepWay) -> Request:
        request = way.llm.request(*self.draw, time.perf_counter_ns(), self.role)
        return replace(request, policy_cell=way.policy_cell)

    async def _look(self, record: Record) -> Record:
        """Give an answer the scores of gates that it lacks: of those that ask or take long, and after a resume."""
        have, rules = {(it.scorer, it.version) for it in record.scores}, self.stepping.rules
        lacking = [gate for gate in self.stepping.gates if (gate.name, rules.version_of(gate)) not in have]
        if not lacking:
            return record
        given = [await self._scored(gate, record) for gate in lacking]
        await self.stepping.writer.score(record.request.request_id, given)
        return replace(record, scores=(*record.scores, *given))

    async def _scored(self, gate: Scorer, record: Record) -> Score:
        assert record.response is not None
        rules, sample = self.stepping.rules, self.draw[0]
        if gate.name not in self.stepping.judges:
            return await score(gate, sample, record.response, rules)
        judging, llm = self.stepping.judges[gate.name]
        asking = Asking(judging, llm, self.draw[1])
        value = await score(judging.scorer.given(asking.complete), sample, record.response, rules)
        self.judged += asking.made
        if asking.refused:
            raise OverBudgetError(record.request)
        return value
