"""UnifiedLLM: one call, fully accounted: its id, its attempts, its tokens, its cost, its scores, its rows.

Invariant: the request is committed as ``pending`` before its bytes are sent and settled after, before any scorer that
takes long or costs money.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import Any, Self

from gencost.cost_tracker import CostTracker
from gencost.error_types import NOT_SENT
from gencost.errors import ConfigError, ProviderError
from gencost.masking import masked_error
from gencost.metrics_db import Engine, Writer, init_db
from gencost.prompts.ask import Prompt, to_sample
from gencost.protocols import AskingScorer, Provider, Scorer
from gencost.providers.attempt import Exchange, send_once
from gencost.quality.base import is_late
from gencost.quality.proxy import Proxy
from gencost.quality.score import RULES, Rules, score, score_now
from gencost.types import Record, Request, RequestRole, RequestStatus, Sample


@dataclass(kw_only=True)
class UnifiedLLM:
    """One model reached by one provider, every call of it accounted.

    Example:
        ``UnifiedLLM(provider="mock", model="small-latest").complete("What is a pico-dollar?").cost.usd``

    Attributes:
        provider: a provider, or the name of one in ``conf/provider`` (with that file's defaults).
        model: the part of a price key after the colon.
        params: sampling parameters sent with each call.
        scorers: what judges each answer; the quality proxy by default. Late ones (see ``is_late``) score when the
            answer is recorded, and a judge's calls are made by an LLM of its own with the same ``writer``.
        rules: how answers are read before they are scored, and how long a score may take.
        cost_tracker: prices the calls and keeps their running totals.
        writer: records the calls; None opens the metrics DB that ``LLMOPT_DB_URL`` names, at the first call.
        run_id: the cell the calls belong to; None outside any run.
        seed: passed to the provider.
    """

    provider: Provider | str
    model: str
    params: Mapping[str, Any] = field(default_factory=dict)
    scorers: Sequence[Scorer] = field(default_factory=lambda: (Proxy(),))
    rules: Rules = RULES
    cost_tracker: CostTracker = field(default_factory=CostTracker)
    writer: Writer | None = None
    run_id: str | None = None
    seed: int = 0
    _loop: asyncio.Runner | None = field(default=None, init=False, repr=False)
    _own_engine: Engine | None = field(default=None, init=False, repr=False)
    _own_writer: Writer | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        """Find the provider that a name means."""
        if isinstance(self.provider, str):
            from gencost.config.cell import load_provider  # noqa: PLC0415 - Hydra only where a name must be looked up

            self.provider = load_provider(self.provider)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back connections and wait for the writer, where they are this object's own."""
        if self._loop is not None:
            self._loop.run(self.aclose())
            self._loop.close()
            self._loop = None
        if self._own_writer is not None:
            self._own_writer.__exit__(None, None, None)
            self._own_writer = None
        if self._own_engine is not None:
            self._own_engine.dispose()
            self._own_engine = None

    async def aclose(self) -> None:
        """Give back the provider's connections."""
        await self.reach().aclose()

    def complete(self, prompt: Prompt) -> Record:
        """Make one call and wait for it.

        Args:
            prompt: a text, the messages of a conversation, or a sample.

        Returns:
            Everything about the call, already committed to the metrics DB.

        Raises:
            ConfigError: the prompt is empty, or this is called inside a running event loop.
            MetricsDBError: the call could not be recorded.
        """
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            self._loop = self._loop or asyncio.Runner()
            return self._loop.run(self.acomplete(prompt))
        raise ConfigError("complete() inside a running event loop would block it: use `await llm.acomplete(...)`")

    async def acomplete(
        self, prompt: Prompt, *, repeat: int = 0, due_ns: int | None = None, role: RequestRole = "sample"
    ) -> Record:
        """Make one call.

        Args:
            prompt: a text, the messages of a conversation, or a sample.
            repeat: how many times this sample was asked before in its cell.
            due_ns: when the call was due, on the clock of ``time.perf_counter_ns``; None means now.
            role: what the call is for.

        Returns:
            Everything about the call, already committed to the metrics DB.

        Raises:
            ConfigError: the prompt is empty.
            MetricsDBError: the call could not be recorded; where that was known before sending, it was not made.
        """
        due_ns = time.perf_counter_ns() if due_ns is None else due_ns
        request = self.request(to_sample(prompt), repeat, due_ns, role)
        await self.begin(request)
        exchange = await send_once(self.reach(), request)
        return await self._scored_late(await self.finish(request, exchange, due_ns))

    async def begin(self, request: Request) -> None:
        """Record a request as ``pending``, before its first byte is sent.

        Raises:
            MetricsDBError: it could not be recorded; the call must not be made.
        """
        await self._record_with().pending(request)

    async def skip(self, requests: Sequence[Request], reason: str) -> None:
        """Record requests that are not going to be made; ``reason`` is their ``error_type``.

        Raises:
            MetricsDBError: they could not be recorded.
        """
        await self._record_with().skipped(requests, reason)

    async def finish(self, request: Request, exchange: Exchange, due_ns: int) -> Record:
        """Account for what came of a request: priced, scored, committed.

        Args:
            request: which ``begin`` recorded.
            exchange: every try of it and its answer.
            due_ns: when the call was due, see ``acomplete``.

        Returns:
            Everything about the call but the scores of late scorers, already committed to the metrics DB.

        Raises:
            MetricsDBError: it could not be recorded; the request stays ``pending``.
        """
        queue_ms = 0.0 if exchange.sent_ns is None else max(0.0, (exchange.sent_ns - due_ns) / 1e6)
        record = self._account(request, exchange, queue_ms)
        await self._record_with().settle(record, self.cost_tracker.price_rows(record))
        return record

    async def _scored_late(self, record: Record) -> Record:
        if record.response is None or not self._late:
            return record
        writer = self._record_with()
        sample, repeat = record.request.sample, record.request.repeat
        scores = []
        for scorer in self._late:
            if isinstance(scorer, AskingScorer):
                judge = self._judge(scorer, writer)
                able = scorer.given(partial(judge.acomplete, repeat=repeat, role="judge"))
                scores.append(await score(able, sample, record.response, self.rules))
                await judge.aclose()
            else:
                scores.append(await score(scorer, sample, record.response, self.rules))
        await writer.score(record.request.request_id, scores)
        return replace(record, scores=(*record.scores, *scores))

    @cached_property
    def _immediate(self) -> list[Scorer]:
        return [scorer for scorer in self.scorers if not is_late(scorer)]

    @cached_property
    def _late(self) -> list[Scorer]:
        return [scorer for scorer in self.scorers if is_late(scorer)]

    def _judge(self, scorer: AskingScorer, writer: Writer) -> UnifiedLLM:
        return UnifiedLLM(
            provider=scorer.provider,
            model=scorer.model_name,
            params=scorer.params,
            scorers=(),
            cost_tracker=self.cost_tracker,
            writer=writer,
            run_id=self.run_id,
            seed=self.seed,
        )

    def reach(self) -> Provider:
        """Give the provider.

        Raises:
            ConfigError: its name was set after construction.
        """
        if isinstance(self.provider, str):
            raise ConfigError(f"provider {self.provider!r} was set after construction: give a provider object")
        return self.provider

    def _record_with(self) -> Writer:
        if self.writer is not None:
            return self.writer
        if self._own_writer is None:
            self._own_engine = init_db()
            self._own_writer = Writer(self._own_engine).__enter__()
        return self._own_writer

    def request(self, sample: Sample, repeat: int, due_ns: int, role: RequestRole = "sample") -> Request:
        """Make the request of one call.

        Args:
            sample: what is asked.
            repeat: see ``acomplete``.
            due_ns: see ``acomplete``; the request's time is when it was due.
            role: what the call is for.
        """
        return Request(
            request_id=str(uuid.uuid4()),
            run_id=self.run_id,
            ts=wall_time(due_ns),
            provider=self.reach().name,
            model=self.model,
            sample=sample,
            repeat=repeat,
            params={**self.params, **sample.params} if sample.params else self.params,
            seed=self.seed,
            role=role,
        )

    def _account(self, request: Request, exchange: Exchange, queue_ms: float) -> Record:
        attempts, response, cost = self.cost_tracker.account(request, exchange.attempts, exchange.response)
        waits: dict[str, Any] = {"queue_ms": queue_ms, "backoff_ms": exchange.backoff_ms}
        if response is None or cost is None:
            error = exchange.error or ProviderError("no attempt was made", error_type=NOT_SENT)
            status: RequestStatus = "skipped" if error.error_type == NOT_SENT else "error"
            message = masked_error(str(error))
            failed = Record(request=request, status=status, attempts=attempts, error_type=error.error_type, **waits)
            return replace(failed, error_message=message)
        scores = tuple(score_now(scorer, request.sample, response, self.rules) for scorer in self._immediate)
        saved_pico_usd = cost.pico_usd if exchange.from_cache else None
        if exchange.from_cache:
            cost = replace(cost, pico_usd=0, status="cached", reason=None)
        self.cost_tracker.add(cost)
        return Record(
            request=request,
            status="ok",
            attempts=attempts,
            response=response,
            cost=cost,
            scores=scores,
            from_cache=exchange.from_cache,
            saved_pico_usd=saved_pico_usd,
            **waits,
        )


def wall_time(at_ns: int) -> datetime:
    """Tell when a moment on the clock of ``time.perf_counter_ns`` was, UTC."""
    return datetime.now(UTC) - timedelta(microseconds=(time.perf_counter_ns() - at_ns) / 1e3)
