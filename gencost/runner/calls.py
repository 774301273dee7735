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
from gencost.runner.open_loop import start_when_due
from gencost.runner.progress import CellCount
from gencost.runner.punctual_loop import Turns
from gencost.runner.standstill import Standstill
from gencost.runner.stepping import CallWay, Stepping
from gencost.runner.unsent import record_cached, record_skipped, record_unpriced
from gencost.sending.limits import Places
from gencost.sending.sender import Sender
from gencost.types import Record, Request, RequestRole, Response
from gencost.values.altered import altered
from gencost.values.error_types import DECIDED, NOT_SENT, OVER_BUDGET

_STEP_S = 0.005
_Asked = tuple[Request, Response | None]
_Sent = tuple[Request, Exchange, int]  # the last is when it was due, on the clock of time.perf_counter_ns


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
    _answer: Callable[[Draw, RequestRole, int | None], Awaitable[Record | None]] = field(init=False, repr=False)
    _left: Iterator[Draw] = field(init=False, repr=False)
    _skipped: list[Draw] = field(default_factory=list, init=False, repr=False)
    _places: Places = field(init=False, repr=False)
    _stop: asyncio.Event | None = field(default=None, init=False, repr=False)
    _turns: Turns = field(default_factory=Turns, init=False, repr=False)
    _standstill: Standstill | None = field(default=None, init=False, repr=False)
    _failed: list[str] | None = field(default_factory=list, init=False, repr=False)
    _ending: int = field(default=0, init=False, repr=False)  # answered calls that are not yet recorded
    _in_line: int = field(default=0, init=False, repr=False)  # of these, those that wait for a quiet moment

    def __post_init__(self) -> None:
        """Share one iterator among the cell's workers, so that no draw is asked twice."""
        self._answer = self._call if self.steps is None else partial(self.steps.answer, make=self._step)
        self._left = iter(self.draws)
        self._places = Places(self.load.concurrency)

    def all_say(self, fact: str) -> bool:
        """Whether every provider that it asks, a policy several, says a fact of itself, e.g. ``gives_times``."""
        senders = [self.sender] if self.steps is None else self.steps.senders
        return all(getattr(sender.provider, fact, False) for sender in senders)

    @property
    def supplied(self) -> bool:
        """Whether half of the calls that may wait for a place do so, so that none will be idle soon."""
        return 2 * self._places.waiting >= self._places.spare

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
        self._places.open()

    async def _make(self) -> None:
        warm_up = itertools.islice(itertools.cycle(self.draws), self.load.warmup if self.draws else 0)
        await self._closed(warm_up, "warmup")
        due_s = self.load.due_s(len(self.draws), self.seed) if self.draws else None
        if due_s is None:
            await self._closed(self._left, "sample")
        else:
            await self._open(due_s)
        while self._ending:  # noqa: ASYNC110 - no event for each call
            await asyncio.sleep(_STEP_S)
        if self.entrant is not None:
            self.entrant.over()
        await self._record_skipped()

    async def _closed(self, draws: Iterator[Draw], role: RequestRole) -> None:
        """Keep every place taken: while its call is recorded, the next one, recorded as pending, waits for it."""

        async def work() -> None:
            for draw in draws:
                await self._ask(draw, role=role)
                while self.entrant is not None and self.entrant.ahead() and not self._over():  # noqa: ASYNC110 - what others do sets no event
                    await asyncio.sleep(_STEP_S)
                if self._over():
                    return

        await asyncio.gather(*(work() for _ in range(min(self.load.concurrency + self._places.spare, len(self.draws)))))

    async def _open(self, due_s: Sequence[float]) -> None:
        """Start each call when it is due, whether or not the earlier ones are done."""
        start_ns = time.perf_counter_ns() if self.begin is None else await self.begin()
        due_ns = [start_ns + int(due * 1e9) for due in due_s]
        self._left = await start_when_due(self._left, due_ns, self._ask, self._over)

    def _over(self) -> bool:
        if self.error is not None or (self._stop is not None and self._stop.is_set()):
            return True
        return self.entrant is not None and self.entrant.enough()

    async def _ask(self, draw: Draw, due_ns: int | None = None, role: RequestRole = "sample") -> None:
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
        ends_later = False
        try:
            record = await self._answer(draw, role, due_ns)
            ends_later = record is None
        except Exception as error:  # noqa: BLE001 - a door: recorded as this cell's end, the others go on
            self.error = self.error or error
        finally:
            if not ends_later:
                self.sender.settle(draw[0], record)
        if record is not None and record.status != "skipped":
            self._settled(draw, role, record)
        elif record is not None and record.error_type == OVER_BUDGET:
            self._leave_out(draw, role)

    def _leave_out(self, draw: Draw, role: RequestRole) -> None:
        if role == "sample":
            self._skipped.append(draw)
            self.count.skipped += 1

    def _settled(self, draw: Draw, role: RequestRole, record: Record) -> None:
        self.count.add(record)
        self._look(record)
        if self.entrant is not None and role == "sample":
            self.entrant.settled(draw, record)

    async def _unsent(self, draw: Draw, role: RequestRole, error: Exception) -> None:
        try:
            self._settled(draw, role, await record_unpriced(self.llm, draw, role, error))
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

    async def _call(self, draw: Draw, role: RequestRole, due_ns: int | None) -> Record | None:
        """Make one call; None if it was answered: it ends by itself, and its place goes to the next one at once."""
        request, answer = self._request(self, draw, role, due_ns)
        if answer is not None:
            return await record_cached(self.llm, request, answer)
        sent = await self._sent(self, request, due_ns)
        if sent[1].error is not None or self.entrant is not None:
            return await self._finished(self, sent)
        waits = self._turns.timed and self._in_line < self._places.in_line
        self._failed, self._ending, self._in_line = None, self._ending + 1, self._in_line + waits
        end = partial(self._end, draw, sent, waits)
        self._turns.later(end) if waits else end()
        return None

    async def _step(self, draw: Draw, role: RequestRole, due_ns: int | None, way: CallWay) -> Record:
        """Make one call that a policy waits for."""
        request, answer = self._request(way, draw, role, due_ns)
        if answer is not None:
            return await record_cached(way.llm, request, answer)
        return await self._finished(way, await self._sent(way, request, due_ns))

    def _request(self, way: CallWay, draw: Draw, role: RequestRole, due_ns: int | None) -> _Asked:
        """Make the request of a call; with its answer, if that is known."""
        request = way.llm.request(*draw, time.perf_counter_ns() if due_ns is None else due_ns, role)
        if way.policy_cell is not None:
            request = altered(request, policy_cell=way.policy_cell)
        if way.cache is None:
            return request, None
        key, answer = way.cache.recall(request)
        return altered(request, cache_key=key), answer

    async def _sent(self, way: CallWay, request: Request, due_ns: int | None) -> _Sent:
        """Record a request as pending, send it when there is a place, at once if another call left that."""
        takes_over = await self._places.take(partial(way.llm.begin_soon, request))
        try:
            free_ns = time.perf_counter_ns()
            if not self._scheduled:  # a call of a closed loop is due when there is a place for it
                request, due_ns = altered(request, ts=wall_time(free_ns)), free_ns
            if self._over():
                stopped = ProviderError("stopped before it was sent", error_type=NOT_SENT)
                return request, Exchange(attempts=(), error=stopped), due_ns or free_ns
            if self._turns.timed and not takes_over:
                await self._turns.take()
            exchange = await way.sender.send(request, self._stop)
        finally:
            self._places.leave()
        if self._standstill is not None and free_ns < self._standstill.until_ns:
            exchange = self._standstill.timed(exchange)
        return request, exchange, due_ns or free_ns

    async def _finished(self, way: CallWay, sent: _Sent) -> Record:
        """Account for a call when nothing else is due."""
        if self._turns.timed:
            await self._turns.take(gives_way=True)
        record = way.llm.account(*sent)
        await way.llm.settle(record)
        return record

    def _end(self, draw: Draw, sent: _Sent, waited: bool) -> None:
        """Account for an answered call that nobody waits for; it counts when it is committed."""
        record, self._in_line = None, self._in_line - waited
        try:
            record = self.llm.account(*sent)
            self.llm.settle_soon(record, partial(self._committed, record))
        except BaseException as error:  # noqa: BLE001 - a door: the cell waits for its ends, whatever a scorer raises
            self._committed(record, error)
        finally:
            self.sender.settle(draw[0], record)

    def _committed(self, record: Record | None, error: BaseException | None) -> None:
        self._ending -= 1
        if error is None and record is not None:
            self.count.add(record)
        self.error = self.error or error

    @cached_property
    def _scheduled(self) -> bool:
        return self.load.due_s(1, self.seed) is not None

    async def _record_skipped(self) -> None:
        try:
            await record_skipped(self.llm, self._skipped, OVER_BUDGET)
            if self.entrant is not None and self.entrant.enough():
                await record_skipped(self.llm, list(self._left), DECIDED)
        except Exception as error:  # noqa: BLE001 - a door, as above
            self.error = self.error or error
