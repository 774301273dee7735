"""UnifiedLLM: one call of an application, fully accounted, from any thread and any event loop."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, partial
from typing import Any, Self

from gencost.accounting import AccountedModel
from gencost.errors import CallError, ConfigError
from gencost.metrics_db import Writer
from gencost.metrics_db.recording import Recording
from gencost.prompts.ask import Prompt, to_sample
from gencost.protocols import AskingScorer, Provider, Scorer
from gencost.quality.base import is_late
from gencost.quality.score import score, scorer_node
from gencost.quality.scorer_function import as_scorers
from gencost.sending.answer_stream import AnswerStream, OverheardProvider
from gencost.sending.application import Application, Calls, closing, given_up
from gencost.sending.arguments import check_arguments, check_call, provider_of
from gencost.sending.background import BACKGROUND
from gencost.sending.keys import limits_of, retry_of
from gencost.sending.limits import LimitSettings
from gencost.sending.retry import Retry
from gencost.sending.sender import Sender
from gencost.sending.steps import Hands, carried_out
from gencost.types import Record, Request, RequestRole, Sample

_OPENING = threading.Lock()


@dataclass(kw_only=True)
class UnifiedLLM(AccountedModel):
    """One model reached by one provider, every call of it accounted.

    Example:
        ``UnifiedLLM(provider="mock", model="small-latest").complete("What is a pico-dollar?").cost.usd``

    Attributes:
        policy: a policy file, in place of provider and model; an answer has the calls before it as its ``steps``.
        provider: a provider, or the name of one in ``conf/provider`` (with that file's defaults).
        model: the part of a price key after the colon.
        params: sent with each call: portable keys of ``gencost.values.portable``, and the provider's own words.
        scorers: scorers or functions that judge each answer; the quality proxy by default. Late ones (``is_late``)
            score when it is recorded, and a judge's calls are made by an LLM of its own with the same ``writer``.
        rules: how answers are read before they are scored, and how long a score may take.
        cost_tracker: prices the calls and keeps their running totals.
        writer: records the calls; None opens the metrics DB that ``LLMOPT_DB_URL`` names, at the first call.
        run_id: the run the calls belong to, begun with the first if the metrics DB has none of this id; None for none.
        seed: passed to the provider.
        run: name of the application, e.g. ``checkout``: its calls belong to a run that begins with the first.
        tags: said of every call; ``site``, ``session``, ``user`` have columns; of the user only a digest is stored.
        retry: keys of ``gencost.sending.retry.Retry``, e.g. ``{"tries": 4}``; None tries once.
        limits: keys of ``gencost.sending.limits.LimitSettings``, shared by all LLMs of one account that give the same.
        raises: a failed call is a ``CallError``, not a record with ``status="error"``; it is recorded all the same.
    """

    policy: str | None = None
    provider: Provider | str = ""
    model: str = ""
    run: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    retry: Retry | Mapping[str, Any] | None = None
    limits: LimitSettings | Mapping[str, Any] | None = None
    raises: bool = False
    _recording: Recording | None = field(default=None, init=False, repr=False)
    _under_way: Calls = field(default_factory=set, init=False, repr=False)
    _closing: Callable[[], object] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        """Find the provider that a name means; refuse keys and parameters that cannot be."""
        check_arguments(self)
        self.scorers = as_scorers(self.scorers)
        if self.policy is not None:
            from gencost.sending.application_policy import policy_provider  # noqa: PLC0415 - Hydra only where a policy is read

            self.provider, self.model = policy_provider(self.policy, self.scorers, self)
        self.provider = provider = provider_of(self.provider, self.params)
        self._application = Application(run=self.run, tags=self.tags)
        self._retry = retry_of(self.retry)
        self._limits = limits_of(self.limits, provider.account)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def close(self) -> None:
        """Give back connections, wait for the writer and end the run, where they are this object's own."""
        self._recording = None
        if self._closing is not None:
            self._closing()

    async def aclose(self) -> None:
        """Do as ``close``, and give back the provider's connections of the running loop."""
        await self.reach().aclose()
        await asyncio.to_thread(self.close)

    def complete(self, prompt: Prompt, *, tags: Mapping[str, str] | None = None) -> Record:
        """Make one call and wait for it; any number of threads may at once.

        Args:
            prompt: a text, the messages of a conversation, a whole request with its ``messages``, or a sample.
            tags: said of this call alone, beside the ``tags`` of all.

        Returns:
            Everything about the call, already committed to the metrics DB.

        Raises:
            ConfigError: the prompt is empty, or this is called inside a running event loop.
            MetricsDBError: the call could not be recorded.
            CallError: it failed, and ``raises`` is true.
        """
        BACKGROUND.may_wait()
        due_ns = time.perf_counter_ns()
        return BACKGROUND.run(self._call(self._asked(prompt, tags, due_ns), due_ns))

    async def acomplete(
        self,
        prompt: Prompt,
        *,
        repeat: int = 0,
        due_ns: int | None = None,
        role: RequestRole = "sample",
        tags: Mapping[str, str] | None = None,
    ) -> Record:
        """Make one call; any number of event loops may at once.

        Args:
            prompt: as of ``complete``.
            repeat: how many times this sample was asked before in its cell.
            due_ns: when the call was due, on the clock of ``time.perf_counter_ns``; None means now.
            role: what the call is for.
            tags: said of this call alone, beside the ``tags`` of all.

        Returns:
            Everything about the call, already committed to the metrics DB.

        Raises:
            ConfigError: the prompt is empty, or an argument of a wrong type.
            MetricsDBError: the call could not be recorded; where that was known before sending, it was not made.
            CallError: it failed, and ``raises`` is true.
        """
        check_call(repeat, due_ns, role)
        due_ns = time.perf_counter_ns() if due_ns is None else due_ns
        request = replace(self._asked(prompt, tags, due_ns), repeat=repeat, role=role)
        return await BACKGROUND.reach(self._call(request, due_ns))

    def stream(self, prompt: Prompt, *, tags: Mapping[str, str] | None = None) -> AnswerStream:
        """Make one call and give its text while it comes: ``for piece in ...`` or ``async for piece in ...``.

        Args:
            prompt: as of ``complete``.
            tags: said of this call alone, beside the ``tags`` of all.

        Returns:
            The pieces, and after the last of them ``record``. Once there was a piece nothing is tried again.

        Raises:
            ConfigError: the prompt is empty, or a policy chooses, whose gates need whole answers.
        """
        if self.policy is not None:
            raise ConfigError("a policy looks at whole answers, so it has no stream: use complete()")
        sample = to_sample(prompt)

        def begin(overheard: OverheardProvider) -> Coroutine[Any, Any, Record]:
            due_ns = time.perf_counter_ns()
            return self._call(self._asked(sample, tags, due_ns), due_ns, overheard)

        return AnswerStream(self.reach(), begin, self._open)

    def _asked(self, prompt: Prompt, tags: Mapping[str, str] | None, due_ns: int) -> Request:
        """Make a request of an application, whose metrics DB is open then."""
        sample = to_sample(prompt)
        self._open()
        return replace(self.request(sample, 0, due_ns), call_site=self._application.site(tags))

    def _open(self) -> Recording:
        """Open the metrics DB and begin the run, once in a process."""
        with _OPENING:
            recording = self._recording
            if recording is None or recording.pid != os.getpid():
                recording = self._recording = Recording.open(self.writer, self._run_row())
                self._closing = closing(self, recording, self.reach(), self._under_way)
            return recording

    def _run_row(self) -> dict[str, Any] | None:
        if self.run_id is None and not self._application.named:
            return None
        score = next((scorer.name for scorer in self.scorers), None)
        config: dict[str, Any] = {
            "provider": {"name": self.reach().name},
            "model": {"name": self.model, "params": dict(self.params)},
            "seed": self.seed,
            "pricing": self.cost_tracker.pricing,
            "quality": dict(map(scorer_node, self.scorers)),
            "reading": asdict(self.rules.reading),
        }
        if self.policy is not None:
            config["policy"] = getattr(self.provider, "node")  # noqa: B009 - of a ``PolicyProvider``
        row = self._application.row(self.run_id, config, score)
        self.run_id = str(row["run_id"])
        return row

    @cached_property
    def _sender(self) -> Sender:
        return replace(Sender.plain(self), retry=self._retry, limits=self._limits)

    async def _call(self, request: Request, due_ns: int, overheard: OverheardProvider | None = None) -> Record:
        """Make one call; one that its caller gives up is recorded, too."""
        if self.policy is not None:
            return self._checked(await self._decided(request))
        sender, begun = self._sender, None
        if overheard is not None:
            sender, begun = replace(sender, provider=overheard), overheard.begun
        call = asyncio.current_task()
        assert call is not None
        self._under_way.add(call)
        call.add_done_callback(self._under_way.discard)
        try:
            await self.begin(request)
            exchange = await sender.send(request, begun)
        except asyncio.CancelledError:
            await asyncio.shield(self.finish(request, given_up(request, due_ns), due_ns))
            raise
        return self._checked(await self._scored_late(await self.finish(request, exchange, due_ns)))

    async def _decided(self, request: Request) -> Record:
        """Make the calls that the policy chooses for a sample."""
        policy: Any = self.provider  # a ``PolicyProvider``
        writer = self._record_with()
        alone = partial(replace, self, policy=None, writer=writer, raises=False)

        async def ask(cell: str) -> Record:
            llm, due_ns = alone(**policy.cell(cell), scorers=policy.at_once(self.scorers)), time.perf_counter_ns()
            step = llm.request(request.sample, request.repeat, due_ns, "step")
            return await llm._call(replace(step, policy_cell=cell, call_site=request.call_site), due_ns)

        hands = Hands(ask=ask, look=alone(scorers=policy.late)._scored_late, signals=policy.signals)
        answer, roles = policy.kept(await carried_out(policy.file, request.sample, hands))
        await writer.choose(answer.request.request_id, roles)
        return await alone(scorers=policy.lacking(self._late, answer))._scored_late(answer)

    def _checked(self, record: Record) -> Record:
        if self.raises and record.status != "ok":
            raise CallError(record)
        return record

    def _open_writer(self) -> Writer:
        return self._open().writer

    @cached_property
    def _late(self) -> list[Scorer]:
        return [scorer for scorer in self.scorers if is_late(scorer)]

    async def _scored_late(self, record: Record) -> Record:
        if record.response is None or not self._late:
            return record
        writer = self._record_with()
        asked, scores = record.request, []
        for scorer in self._late:
            if isinstance(scorer, AskingScorer):
                judge = self._judge(scorer, writer)
                able = scorer.given(partial(judge._judged, asked))
                scores.append(await score(able, asked.sample, record.response, self.rules, asked))
                await judge.aclose()
            else:
                scores.append(await score(scorer, asked.sample, record.response, self.rules, asked))
        await writer.score(asked.request_id, scores)
        return replace(record, scores=(*record.scores, *scores))

    async def _judged(self, answered: Request, question: Sample) -> Record:
        """Make a judge's call about the answer to a request."""
        due_ns = time.perf_counter_ns()
        asked = self.request(question, answered.repeat, due_ns, "judge")
        return await self._call(replace(asked, call_site=answered.call_site), due_ns)

    def _judge(self, scorer: AskingScorer, writer: Writer) -> UnifiedLLM:
        return replace(
            self,
            provider=scorer.provider,
            model=scorer.model_name,
            params=scorer.params,
            policy=None,
            scorers=(),
            writer=writer,
            raises=False,
        )
