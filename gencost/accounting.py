"""The accounting of one call, whoever sends it: its attempts, its tokens, its cost, its scores, its rows.

Invariant: the request is committed as ``pending`` before its bytes are sent and settled after, before any scorer that
takes long or costs money.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from gencost.cost_tracker import CostTracker
from gencost.errors import ConfigError, ProviderError
from gencost.masking import masked_error
from gencost.metrics_db import Writer
from gencost.metrics_db.told import Told
from gencost.process.day_clock import DAY_CLOCK
from gencost.protocols import Provider, Scorer
from gencost.providers.attempt import Exchange
from gencost.quality.base import is_late
from gencost.quality.proxy import Proxy
from gencost.quality.score import RULES, Rules, score_now
from gencost.types import Record, Request, RequestRole, Sample
from gencost.values.error_types import NOT_SENT
from gencost.values.portable import merged


@dataclass(kw_only=True)
class AccountedModel:
    """One model reached by one provider: makes the requests and accounts for what came of them.

    Attributes:
        provider: a provider; see ``UnifiedLLM`` for a name.
        model: the part of a price key after the colon.
        params: sent with each call: portable keys of ``gencost.values.portable``, and the provider's own words.
        scorers: what judges each answer; the quality proxy by default.
        rules: how answers are read before they are scored, and how long a score may take.
        cost_tracker: prices the calls and keeps their running totals.
        writer: records the calls; None only where a subclass opens one.
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

    async def begin(self, request: Request) -> None:
        """Record a request as ``pending``, before its first byte is sent.

        Raises:
            MetricsDBError: it could not be recorded; the call must not be made.
        """
        await self._record_with().pending(request)

    def begin_soon(self, request: Request, told: Told) -> None:
        """Do as ``begin``, but do not wait; arguments as of ``Writer.pending_soon``."""
        self._record_with().pending_soon(request, told)

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
        record = self.account(request, exchange, due_ns)
        await self.settle(record)
        return record

    async def settle(self, record: Record) -> None:
        """Commit what ``account`` made of a request.

        Raises:
            MetricsDBError: it could not be recorded; the request stays ``pending``.
        """
        await self._record_with().settle(record, self.cost_tracker.price_rows(record))

    def settle_soon(self, record: Record, told: Told) -> None:
        """Do as ``settle``, but do not wait; ``told`` as of ``Writer.pending_soon``."""
        self._record_with().settle_soon(record, self.cost_tracker.price_rows(record), told)

    def _record_with(self) -> Writer:
        return self._open_writer() if self.writer is None else self.writer

    def _open_writer(self) -> Writer:
        """Open a metrics DB.

        Raises:
            ConfigError: only an application has one of its own.
        """
        raise ConfigError("writer=None: give a Writer of the metrics DB")

    @cached_property
    def _immediate(self) -> list[Scorer]:
        return [scorer for scorer in self.scorers if not is_late(scorer)]

    def reach(self) -> Provider:
        """Give the provider.

        Raises:
            ConfigError: its name was set after construction.
        """
        if isinstance(self.provider, str):
            raise ConfigError(f"provider {self.provider!r} was set after construction: give a provider object")
        return self.provider

    def request(self, sample: Sample, repeat: int, due_ns: int, role: RequestRole = "sample") -> Request:
        """Make the request of one call.

        Args:
            sample: what is asked.
            repeat: see ``acomplete``.
            due_ns: see ``acomplete``; the request's time is when it was due.
            role: what the call is for.
        """
        return Request(
            request_id=request_id(),
            run_id=self.run_id,
            ts=wall_time(due_ns),
            provider=self.reach().name,
            model=self.model,
            sample=sample,
            repeat=repeat,
            params=merged(self.params, sample.params) if sample.params else self.params,
            seed=self.seed,
            role=role,
            call_site=sample.call_site,
        )

    def account(self, request: Request, exchange: Exchange, due_ns: int) -> Record:
        """Price and score what came of a request; arguments as of ``finish``, which records it, too."""
        queue_ms = 0.0 if exchange.sent_ns is None else max(0.0, (exchange.sent_ns - due_ns) / 1e6)
        attempts, response, cost = self.cost_tracker.account(request, exchange.attempts, exchange.response)
        if response is None or cost is None:
            error = exchange.error or ProviderError("no attempt was made", error_type=NOT_SENT)
            return Record(
                request=request,
                status="skipped" if error.error_type == NOT_SENT else "error",
                attempts=attempts,
                queue_ms=queue_ms,
                backoff_ms=exchange.backoff_ms,
                error_type=error.error_type,
                error_message=masked_error(str(error)),
            )
        scores = tuple([score_now(scorer, request.sample, response, self.rules, request) for scorer in self._immediate])
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
            queue_ms=queue_ms,
            backoff_ms=exchange.backoff_ms,
            from_cache=exchange.from_cache,
            saved_pico_usd=saved_pico_usd,
        )


def wall_time(at_ns: int) -> datetime:
    """Tell when a moment on the clock of ``time.perf_counter_ns`` was, UTC."""
    return datetime.fromtimestamp((DAY_CLOCK.epoch_ns + at_ns) / 1e9, UTC)


_DRAWN: list[str] = []  # ids, the next one last
_BEGINS: list[str] = []  # the first six digits of as many ids as are drawn at once, the next ones last
_DRAWN_AT_ONCE = 256
if hasattr(os, "register_at_fork"):  # or a child would draw its parent's
    os.register_at_fork(after_in_child=_DRAWN.clear)
    os.register_at_fork(after_in_child=_BEGINS.clear)


def request_id() -> str:
    """Draw a UUID, written without hyphens; its version is that of random ones (4, RFC 9562).

    Ids that are drawn one after another lie side by side: five digits are drawn once for up to 4,096 of them, the next
    three count, all others are random. So a commit writes one page of each index and not one for each of its rows, and
    eight characters still tell one call from another.
    """
    try:
        return _DRAWN.pop()
    except IndexError:
        first, *others = _drawn()
        _DRAWN.extend(reversed(others))
        return first


def _drawn() -> list[str]:
    """Draw ids in their order; the system is asked for many at once, as asking it gives up the GIL."""
    try:
        begin = _BEGINS.pop()
    except IndexError:
        five = os.urandom(3).hex()[:5]
        _BEGINS.extend(f"{five}{digit:x}" for digit in reversed(range(1, 16)))
        begin = f"{five}0"
    digits = os.urandom(12 * _DRAWN_AT_ONCE).hex()
    return [_as_uuid(f"{begin}{at:02x}{digits[24 * at : 24 * at + 24]}") for at in range(_DRAWN_AT_ONCE)]


def _as_uuid(digits: str) -> str:
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:12]}4{digits[13:16]}{variant}{digits[17:]}"
