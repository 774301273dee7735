"""UnifiedLLM: one call, fully accounted: its id, its attempts, its tokens, its cost, its scores, its rows.

Invariant: the request is committed as ``pending`` before its bytes are sent, and settled after.
"""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Self

from gencost.cost_tracker import CostTracker
from gencost.errors import ConfigError, ProviderError
from gencost.metrics_db import Writer, init_db
from gencost.quality.proxy import Proxy
from gencost.roles import Provider, Scorer
from gencost.types import Attempt, Cost, Message, Record, Request, Response, Sample, Score

Prompt = str | Sequence[Message] | Sample


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """What came of sending one request.

    Attributes:
        attempts: every try on the wire, in order.
        response: the final answer; None if every try failed.
        error: why the last try failed; None if it did not.
        backoff_ms: waits between attempts.
    """

    attempts: tuple[Attempt, ...]
    response: Response | None = None
    error: ProviderError | None = None
    backoff_ms: float = 0.0


Send = Callable[[Provider, Request], Awaitable[Exchange]]


async def send_once(provider: Provider, request: Request, attempt: int = 1) -> Exchange:
    """Make one try and turn whatever happens into facts.

    Args:
        provider: reaches the model.
        request: what is asked.
        attempt: the number of this try.

    Returns:
        An exchange of one attempt. An exception of the provider other than ``ProviderError`` is a fault of that
        provider's code: it is recorded under its class name, so that a user's own provider cannot stop a cell.
    """
    ts, started_ns = datetime.now(UTC), time.perf_counter_ns()
    try:
        response = await provider.complete(request)
    except ProviderError as error:
        failure = error
    except Exception as error:  # noqa: BLE001 - a door: recorded as this request's error
        failure = ProviderError(f"{type(error).__name__}: {error}", error_type=type(error).__name__)
    else:
        made = Attempt(
            attempt=attempt, ts=ts, service_ms=response.latency_ms, ttft_ms=response.ttft_ms, usage=response.usage
        )
        return Exchange(attempts=(made,), response=response)
    measured_ms = (time.perf_counter_ns() - started_ns) / 1e6
    failed = Attempt(
        attempt=attempt,
        ts=ts,
        service_ms=measured_ms if failure.service_ms is None else failure.service_ms,
        http_status=failure.http_status,
        error_type=failure.error_type,
        retry_after_s=failure.retry_after_s,
    )
    return Exchange(attempts=(failed,), error=failure)


@dataclass(kw_only=True)
class UnifiedLLM:
    """One model reached by one provider, every call of it accounted.

    Example:
        ``UnifiedLLM(provider="mock", model="small-latest").complete("What is a pico-dollar?").cost.usd``

    Attributes:
        provider: a provider, or the name of one in ``conf/provider`` (with that file's defaults).
        model: the part of a price key after the colon.
        params: sampling parameters sent with each call.
        scorers: what judges each answer; the quality proxy by default.
        cost_tracker: prices the calls and keeps their running totals.
        writer: records the calls; None opens the metrics DB that ``LLMOPT_DB_URL`` names, at the first call.
        send: how one request is sent; one try by default.
        run_id: the cell the calls belong to; None outside any run.
        seed: passed to the provider.
    """

    provider: Provider | str
    model: str
    params: Mapping[str, Any] = field(default_factory=dict)
    scorers: Sequence[Scorer] = field(default_factory=lambda: (Proxy(),))
    cost_tracker: CostTracker = field(default_factory=CostTracker)
    writer: Writer | None = None
    send: Send = send_once
    run_id: str | None = None
    seed: int = 0
    _loop: asyncio.Runner | None = field(default=None, init=False, repr=False)
    _own_writer: Writer | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        """Find the provider that a name means."""
        if isinstance(self.provider, str):
            from gencost.config import load_provider  # noqa: PLC0415 - Hydra only where a name must be looked up

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

    async def aclose(self) -> None:
        """Give back the provider's connections."""
        await self._reach().aclose()

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

    async def acomplete(self, prompt: Prompt, *, repeat: int = 0, due_ns: int | None = None) -> Record:
        """Make one call.

        Args:
            prompt: a text, the messages of a conversation, or a sample.
            repeat: how many times this sample was asked before in its cell.
            due_ns: when the call was due, on the clock of ``time.perf_counter_ns``; None means now.

        Returns:
            Everything about the call, already committed to the metrics DB.

        Raises:
            ConfigError: the prompt is empty.
            MetricsDBError: the call could not be recorded; where that was known before sending, it was not made.
        """
        due_ns = time.perf_counter_ns() if due_ns is None else due_ns
        provider, writer = self._reach(), self._record_with()
        request = self._request(to_sample(prompt), repeat)
        await writer.pending(request)
        queue_ms = max(0.0, (time.perf_counter_ns() - due_ns) / 1e6)
        exchange = await self.send(provider, request)
        record = await self._account(request, exchange, queue_ms)
        price_id = record.cost.price_id if record.cost else None
        await writer.settle(record, self.cost_tracker.price_row(price_id) if price_id else None)
        return record

    def _reach(self) -> Provider:
        if isinstance(self.provider, str):
            raise ConfigError(f"provider {self.provider!r} was set after construction: give a provider object")
        return self.provider

    def _record_with(self) -> Writer:
        if self.writer is not None:
            return self.writer
        if self._own_writer is None:
            self._own_writer = Writer(init_db()).__enter__()
        return self._own_writer

    def _request(self, sample: Sample, repeat: int) -> Request:
        return Request(
            request_id=str(uuid.uuid4()),
            run_id=self.run_id,
            ts=datetime.now(UTC),
            provider=self._reach().name,
            model=self.model,
            sample=sample,
            repeat=repeat,
            params=self.params,
            seed=self.seed,
        )

    async def _account(self, request: Request, exchange: Exchange, queue_ms: float) -> Record:
        record = Record(
            request=request,
            status="ok" if exchange.response is not None else "error",
            attempts=exchange.attempts,
            queue_ms=queue_ms,
            backoff_ms=exchange.backoff_ms,
        )
        if exchange.response is None:
            error = exchange.error or ProviderError("no attempt was made", error_type="not_sent")
            return replace(record, error_type=error.error_type, error_message=str(error))
        cost = self._price(request, exchange.response)
        *earlier, last = exchange.attempts
        return replace(
            record,
            attempts=(*earlier, replace(last, cost_pico_usd=cost.pico_usd)),
            response=exchange.response,
            cost=cost,
            scores=tuple([await score(scorer, request.sample, exchange.response) for scorer in self.scorers]),
        )

    def _price(self, request: Request, response: Response) -> Cost:
        cost = self.cost_tracker.price(provider=request.provider, model=request.model, response=response, at=request.ts)
        self.cost_tracker.add(cost)
        return cost


async def score(scorer: Scorer, sample: Sample, response: Response) -> Score:
    """Score one answer; a scorer that fails gives a score without a value, which says why.

    Args:
        scorer: the judgement.
        sample: what was asked.
        response: what came back.
    """
    try:
        result = scorer.score(sample, response)
        return await result if inspect.isawaitable(result) else result
    except Exception as error:  # noqa: BLE001 - a door: a user's scorer must not lose a paid answer
        return Score(
            scorer=scorer.name, version=scorer.version, value=None, explanation=f"{type(error).__name__}: {error}"
        )


def to_sample(prompt: Prompt) -> Sample:
    """Make a sample of whatever a caller asks with.

    Args:
        prompt: a text (one user message), messages, or a sample, which is returned as it is.

    Returns:
        A sample; one made here is named after the first 12 digits of its text's SHA-256.

    Raises:
        ConfigError: there is nothing to ask.
    """
    if isinstance(prompt, Sample):
        return prompt
    messages = (Message(role="user", content=prompt),) if isinstance(prompt, str) else tuple(prompt)
    if not any(message.content.strip() for message in messages):
        raise ConfigError("the prompt is empty: give a text or at least one message with content")
    text = Sample(id="", messages=messages).text
    return Sample(id=hashlib.sha256(text.encode()).hexdigest()[:12], messages=messages)
