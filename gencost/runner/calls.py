"""The calls of one cell: in a closed or an open loop, within the budget, until none is left.

Invariant: what a call does to its cell, it does to no other: a failed request is recorded and its cell goes on, a
failed cell is reported and the others go on.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from gencost.accounting import wall_time
from gencost.errors import ProviderError
from gencost.llm import UnifiedLLM
from gencost.protocols import LoadShape
from gencost.providers.attempt import Exchange
from gencost.runner.cache import AnswerCache
from gencost.runner.entrant import Draw, Entrant
from gencost.runner.progress import CellCount
from gencost.runner.punctual_loop import Turns
from gencost.runner.standstill import Standstill
from gencost.runner.stepping import CallWay, Stepping
from gencost.sending.sender import Sender
from gencost.types import Record, Request, RequestRole
from gencost.values.altered import altered
from gencost.values.error_types import DECIDED, NOT_SENT, OVER_BUDGET

_STEP_S = 0.005


@dataclass(kw_only=True)
class CellCalls:
    """The calls of one cell.

    Attributes:
        llm: accounts for one call.
        draws: sample and repeat number of each, in the order they are asked.
        load: when they are sent.
        count: how far the cell is.
        sender: sends one request, within budget and limits.
        cache: answers that were recorded earlier; None asks every time.
        steps: carries out the policy that the cell is; None for a cell that asks one model.
        entrant: decides with the calls of other cells; None for a cell that makes all its calls.
        seed: of the schedule of an open loop.
        group: the cells of one group run at once, groups one after another.
        error: what stopped the cell; None if nothing did.
        begin: waits for the moment at which the schedule begins, and gives it; None begins at once.
    """

    llm: UnifiedLLM
    draws: Sequence[Draw]
    load: LoadShape
    count: CellCount
    sender: Sender
    cache: AnswerCache | None = None
    steps: Stepping | None = None
    entrant: Entrant | None = None
    seed: int = 0
    group: str = ""
    error: BaseException | None = None
    begin: Callable[[], Awaitable[int]] | None = None
    policy_cell: None = field(default=None, init=False)
    _answer: Callable[[Draw, RequestRole, int | None], Awaitable[Record]] = field(init=False, repr=False)
    _left: Iterator[Draw] = field(init=False, repr=False)
    _on_way: int = field(default=0, init=False, repr=False)
    _skipped: list[Draw] = field(default_factory=list, init=False, repr=False)
    _places: asyncio.Semaphore = field(init=False, repr=False)
    _stop: asyncio.Event | None = field(default=None, init=False, repr=False)
    _turns: Turns = field(default_factory=Turns, init=False, repr=False)
    _standstill: Standstill | None = field(default=None, init=False, repr=False)
    _failed: list[str] | None = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        """Share one iterator among the cell's workers, so that no draw is asked twice."""
        self._answer = self._call if self.steps is None else partial(self.steps.answer, make=self._call)
        self._left = iter(self.draws)
        self._places = asyncio.Semaphore(self.load.concurrency)

    def all_say(self, fact: str) -> bool:
        """Whether every provider that it asks, a policy several, says a fact of itself, e.g. ``gives_times``."""
        senders = [self.sender] if self.steps is None else self.steps.senders
        return all(getattr(sender.provider, fact, False) for sender in senders)

    @property
    def supplied(self) -> bool:
        """Whether half as many recorded calls as there are places wait for one, so that none will be idle soon."""
        return 2 * self._on_way >= 3 * self.load.concurrency

    async def run(self, stop: asyncio.Event, turns: Turns, standstill: Standstill | None = None) -> None:
        """Make the calls until none is left, ``stop`` is set or the cell fails; then settle those in flight.

        Args:
            stop: ends it early.
            turns: shared with the other cells of the loop.
            standstill: likewise; None does not look for it.
        """
        self._stop, self._turns, self._standstill = stop, turns, standstill
        released = asyncio.create_task(self._let_go(stop))
        try:
            await self._make()
        finally:
            released.cancel()

    async def _let_go(self, stop: asyncio.Event) -> None:
        """Release the calls that wait for a place: after a stop they must not wait for those in flight."""
        await stop.wait()
        for _ in range(len(self.draws)):
            self._places.release()

    async def _make(self) -> None:
        warm_up = itertools.islice(itertools.cycle(self.draws), self.load.warmup if self.draws else 0)
        await self._closed(warm_up, "warmup")
        due_s = self.load.due_s(len(self.draws), self.seed) if self.draws else None
        if due_s is None:
            await self._closed(self._left, "sample")
        else:
            await self._open(due_s)
        if self.entrant is not None:
            self.entrant.over()
        await self._record_skipped()

    async def _closed(self, draws: Iterator[Draw], role: RequestRole) -> None:
        """Keep every place taken: while its call is recorded, the next one, recorded as pending, waits for it."""

        async def work() -> None:
            for draw in draws:
                await self._ask(draw, role)
                while self.entrant is not None and self.entrant.ahead() and not self._over():  # noqa: ASYNC110 - what others do sets no event
                    await asyncio.sleep(_STEP_S)
                if self._over():
                    return

        await asyncio.gather(*(work() for _ in range(min(2 * self.load.concurrency, len(self.draws)))))

    async def _open(self, due_s: Sequence[float]) -> None:
        """Start each call when it is due, whether or not the earlier ones are done."""
        start_ns = time.perf_counter_ns() if self.begin is None else await self.begin()
        under_way: set[asyncio.Task[None]] = set()
        for draw, due in zip(self._left, due_s, strict=True):
            due_ns = start_ns + int(due * 1e9)
            if (wait_s := (due_ns - time.perf_counter_ns()) / 1e9) > 0:
                await asyncio.sleep(wait_s)
            if self._over():
                self._left = itertools.chain([draw], self._left)
                break
            task = asyncio.create_task(self._ask(draw, "sample", due_ns))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.gather(*under_way)

    def _over(self) -> bool:
        if self.error is not None or (self._stop is not None and self._stop.is_set()):
            return True
        return self.entrant is not None and self.entrant.enough()

    async def _ask(self, draw: Draw, role: RequestRole, due_ns: int | None = None) -> None:
        """Make one call, if the budget admits it, and count it."""
        try:
            admitted = await self.sender.admit(draw[0])
        except Exception as error:  # noqa: BLE001 - a door: nobody knows what it would cost, so it is not sent
            await self._unsent(draw, role, error)
            return
        if not admitted:
            self._leave_out(draw, role)
            return
        record: Record | None = None
        try:
            record = await self._answer(draw, role, due_ns)
        except Exception as error:  # noqa: BLE001 - a door: recorded as this cell's end, the others go on
            self.error = self.error or error
        finally:
            self.sender.settle(draw[0], record)
        if record is not None and record.status != "skipped":
            self._settled(draw, role, record)
        elif record is not None and record.error_type == OVER_BUDGET:
            self._leave_out(draw, role)

    def _leave_out(self, draw: Draw, role: RequestRole) -> None:
        """Take note of a call that the budget forbids."""
        if role == "sample":
            self._skipped.append(draw)
            self.count.skipped += 1

    def _settled(self, draw: Draw, role: RequestRole, record: Record) -> None:
        self.count.add(record)
        self._look(record)
        if self.entrant is not None and role == "sample":
            self.entrant.settled(draw, record)

    async def _unsent(self, draw: Draw, role: RequestRole, error: Exception) -> None:
        """Record a call as failed that was not sent since the budget could not tell its worst case."""
        text = f"its price could not be looked up: {type(error).__name__}: {error}"
        failed = Exchange(attempts=(), error=ProviderError(text, error_type=type(error).__name__))
        now_ns = time.perf_counter_ns()
        try:
            request = self.llm.request(*draw, now_ns, role)
            await self.llm.begin(request)
            self._settled(draw, role, await self.llm.finish(request, failed, now_ns))
        except Exception as refused:  # noqa: BLE001 - a door, as above
            self.error = self.error or refused

    def _look(self, record: Record) -> None:
        """End a cell whose first calls all failed in a way that every further one would."""
        if record.error_type is None:
            self._failed = None
            return
        why = None
        if self._failed is not None:
            self._failed.append(record.error_type)
            if self.sender.retry.hopeless(self._failed):
                why = f"the first {len(self._failed)} calls all failed, as the others would"
        if self.sender.shut(record.error_type):
            why = "the account has answered nothing for minutes"
        if why is not None and self.error is None:
            text = f"{why}: {record.error_type}: {record.error_message}; retry.give_up_after=null goes on all the same"
            self.error = ProviderError(text, error_type=record.error_type)

    async def _call(self, draw: Draw, role: RequestRole, due_ns: int | None, way: CallWay | None = None) -> Record:
        """Record a request as pending, send it unless its answer is cached, account for it."""
        way = way or self
        request = way.llm.request(*draw, time.perf_counter_ns() if due_ns is None else due_ns, role)
        if way.policy_cell is not None:
            request = altered(request, policy_cell=way.policy_cell)
        answer = None
        if way.cache is not None:
            key, answer = way.cache.recall(request)
            request = altered(request, cache_key=key)
        await way.llm.begin(request)
        if answer is not None:
            cached = Exchange(attempts=(), response=answer, from_cache=True)
            return await way.llm.finish(request, cached, time.perf_counter_ns())
        exchange, free_ns = await self._send(request, way.sender)
        if not self._scheduled:  # a call of a closed loop is due when there is a place for it
            request, due_ns = altered(request, ts=wall_time(free_ns)), free_ns
        return await way.llm.finish(request, exchange, due_ns or free_ns)

    async def _send(self, request: Request, sender: Sender) -> tuple[Exchange, int]:
        """Send when there is a place, at once if another call left it; say also when that was."""
        takes_over = self._places.locked()
        self._on_way += 1
        try:
            async with self._places:
                free_ns = time.perf_counter_ns()
                if self._over():
                    stopped = ProviderError("stopped before it was sent", error_type=NOT_SENT)
                    return Exchange(attempts=(), error=stopped), free_ns
                if self._turns.timed and not takes_over:
                    await self._turns.take()
                exchange = await sender.send(request, self._stop)
        finally:
            self._on_way -= 1
        if self._turns.timed:
            await self._turns.take(gives_way=True)
        if self._standstill is not None and free_ns < self._standstill.until_ns:
            return self._standstill.timed(exchange), free_ns
        return exchange, free_ns

    @cached_property
    def _scheduled(self) -> bool:
        return self.load.due_s(1, self.seed) is not None

    async def _record_skipped(self) -> None:
        await self._skip(self._skipped, OVER_BUDGET)
        if self.entrant is not None and self.entrant.enough():
            await self._skip(list(self._left), DECIDED)

    async def _skip(self, draws: Sequence[Draw], reason: str) -> None:
        if not draws:
            return
        now_ns = time.perf_counter_ns()
        try:
            await self.llm.skip([self.llm.request(*draw, now_ns) for draw in draws], reason)
        except Exception as error:  # noqa: BLE001 - a door, as above
            self.error = self.error or error
