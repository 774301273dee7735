"""The calls of one cell: in a closed or an open loop, within the budget, until none is left.

Invariant: what a call does to its cell, it does to no other: a failed request is recorded and its cell goes on, a
failed cell is reported and the others go on.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from gencost.error_types import DECIDED, NOT_SENT, OVER_BUDGET
from gencost.errors import ProviderError
from gencost.llm import UnifiedLLM
from gencost.protocols import LoadShape, Provider
from gencost.providers.attempt import Exchange, send_once
from gencost.runner.progress import CellCount
from gencost.runner.sender import Sender
from gencost.runner.turns import Turns
from gencost.types import Record, Request, RequestRole, Sample

Draw = tuple[Sample, int]
_STEP_S = 0.005


@dataclass(kw_only=True)
class CellCalls:
    """The calls of one cell.

    Attributes:
        llm: makes one call.
        draws: sample and repeat number of each, in the order they are asked.
        load: when they are sent.
        count: how far the cell is.
        sender: stands before the provider; None asks it directly, without limits.
        seed: of the schedule of an open loop.
        settled: is told of every settled call that is a result; None tells nobody.
        enough: whether no further call is worth its money; the rest is then recorded as skipped, ``decided``.
        ahead: whether to wait for the other cells before the next call.
        error: what stopped the cell; None if nothing did.
        over: no further call will be made.
    """

    llm: UnifiedLLM
    draws: Sequence[Draw]
    load: LoadShape
    count: CellCount
    sender: Sender | None = None
    seed: int = 0
    settled: Callable[[Draw, Record], None] | None = None
    enough: Callable[[], bool] = lambda: False
    ahead: Callable[[], bool] = lambda: False
    error: BaseException | None = None
    over: bool = False
    _left: Iterator[Draw] = field(init=False, repr=False)
    _skipped: list[Draw] = field(default_factory=list, init=False, repr=False)
    _places: asyncio.Semaphore = field(init=False, repr=False)
    _stop: asyncio.Event | None = field(default=None, init=False, repr=False)
    _turns: Turns = field(default_factory=Turns, init=False, repr=False)

    def __post_init__(self) -> None:
        """Share one iterator among the cell's workers, so that no draw is asked twice."""
        self._left = iter(self.draws)
        self._places = asyncio.Semaphore(self.load.concurrency)
        self.llm.send = self._send

    async def run(self, stop: asyncio.Event, turns: Turns) -> None:
        """Make the calls until none is left, ``stop`` is set or the cell fails; then settle those in flight.

        Args:
            stop: ends it early.
            turns: shared with the other cells of the loop.
        """
        self._stop, self._turns = stop, turns
        warm_up = itertools.islice(itertools.cycle(self.draws), self.load.warmup if self.draws else 0)
        await self._closed(warm_up, "warmup")
        due_s = self.load.due_s(len(self.draws), self.seed) if self.draws else None
        if due_s is None:
            await self._closed(self._left, "sample")
        else:
            await self._open(due_s)
        self.over = True
        await self._record_skipped()

    async def _closed(self, draws: Iterator[Draw], role: RequestRole) -> None:
        """Keep every place taken: while its call is recorded, the next one, recorded as pending, waits for it."""

        async def work() -> None:
            for draw in draws:
                await self._ask(draw, role)
                while self.ahead() and not self._over():  # noqa: ASYNC110 - what others do sets no event
                    await asyncio.sleep(_STEP_S)
                if self._over():
                    return

        await asyncio.gather(*(work() for _ in range(min(2 * self.load.concurrency, len(self.draws)))))

    async def _open(self, due_s: Sequence[float]) -> None:
        """Start each call when it is due, whether or not the earlier ones are done."""
        start_ns = time.perf_counter_ns()
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
        return self.error is not None or self.enough() or (self._stop is not None and self._stop.is_set())

    async def _send(self, provider: Provider, request: Request) -> Exchange:
        """Send when there is a place; a call of a closed loop is due at that moment."""
        async with self._places:
            free_ns = time.perf_counter_ns()
            if self._over():
                error = ProviderError("stopped before it was sent", error_type=NOT_SENT)
                return Exchange(attempts=(), error=error)
            await self._turns.take()
            send = send_once if self.sender is None else self.sender.send
            exchange = await send(provider, request)
        await self._turns.take()
        return exchange if self._scheduled else replace(exchange, due_ns=free_ns)

    @cached_property
    def _scheduled(self) -> bool:
        return self.load.due_s(1, self.seed) is not None

    async def _ask(self, draw: Draw, role: RequestRole, due_ns: int | None = None) -> None:
        sample, repeat = draw
        if self.sender is not None and not await self.sender.admit(sample):
            if role == "sample":
                self._skipped.append(draw)
                self.count.skipped += 1
            return
        record: Record | None = None
        try:
            record = await self.llm.acomplete(sample, repeat=repeat, due_ns=due_ns, role=role)
        except Exception as error:  # noqa: BLE001 - a door: recorded as this cell's end, the others go on
            self.error = self.error or error
        finally:
            if self.sender is not None:
                self.sender.settle(sample, record)
        if record is not None and record.status != "skipped":
            self.count.add(record)
            if self.settled is not None and role == "sample":
                self.settled(draw, record)

    async def _record_skipped(self) -> None:
        await self._skip(self._skipped, OVER_BUDGET)
        if self.enough():
            await self._skip(list(self._left), DECIDED)

    async def _skip(self, draws: Sequence[Draw], reason: str) -> None:
        writer = self.llm.writer
        if writer is None or not draws:
            return
        now = time.perf_counter_ns()
        try:
            await writer.skipped([self.llm.request(sample, repeat, now) for sample, repeat in draws], reason)
        except Exception as error:  # noqa: BLE001 - a door, as above
            self.error = self.error or error
