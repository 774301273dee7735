from __future__ import annotations

import asyncio
import gc
import io
import time
import weakref
from dataclasses import replace

import pytest
from rich.console import Console
from sqlalchemy import func, select

from gencost.accounting import wall_time
from gencost.llm import UnifiedLLM
from gencost.metrics_db import Writer
from gencost.metrics_db.tables import requests
from gencost.prompts.prompt_set import draw
from gencost.protocols import Provider
from gencost.providers.mock import MockProvider
from gencost.runner.calls import CellCalls
from gencost.runner.load import Concurrent
from gencost.runner.loop import run_calls
from gencost.runner.progress import CellCount, ProgressDisplay
from gencost.runner.punctual_loop import Turns
from gencost.sending.sender import Sender
from gencost.types import Message, Response, Sample

SAMPLES = [Sample(id=name, messages=(Message(role="user", content=name),)) for name in "abcde"]


class Counting(Provider):
    """Counts how many calls are in flight at once, and in which order samples come.

    The first ``together`` calls wait for each other: they end only if that many may be in flight.
    """

    name = "mock"

    def __init__(self, fails_on: str = "", together: int = 1) -> None:
        self.now = self.most = 0
        self.order: list[str] = []
        self.fails_on = fails_on
        self.met = asyncio.Barrier(together)

    async def complete(self, request):
        self.order.append(request.sample.id)
        self.now += 1
        self.most = max(self.most, self.now)
        if len(self.order) <= self.met.parties:
            await self.met.wait()
        self.now -= 1
        if request.sample.id == self.fails_on:
            raise RuntimeError("broken")
        return Response(text="x", usage=None, latency_ms=1.0)


def quiet() -> Console:
    return Console(file=io.StringIO())


def cell(writer, provider, n=20, concurrency=4) -> CellCalls:
    llm = UnifiedLLM(provider=provider, model="small-latest", writer=writer)
    draws = draw(SAMPLES, n, 1, seed=0)
    count = CellCount(cell="c", total=n)
    return CellCalls(
        llm=llm, draws=draws, load=Concurrent(concurrency=concurrency), count=count, sender=Sender.plain(llm)
    )


def rows(engine, **where) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(requests).filter_by(**where))


def test_every_draw_is_asked_once_with_no_more_in_flight_than_allowed(engine):
    provider = Counting(together=3)
    with Writer(engine) as writer:
        made = cell(writer, provider, n=50, concurrency=3)
        assert run_calls([made], quiet()).complete
    assert (made.count.done, rows(engine, status="ok")) == (50, 50)
    assert provider.most == 3


def test_a_cell_is_supplied_while_half_as_many_calls_as_places_wait(engine):
    """Two places, three calls: the first one is answered when the third waits for its place; that one is alone."""
    begun, supplied = [], []

    class Looking(Counting):
        async def complete(self, request):
            begun.append(request.sample.id)
            while len(begun) <= 2 and not (made.supplied or supplied):  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0)
            supplied.append(made.supplied)
            return await super().complete(request)

    with Writer(engine) as writer:
        made = cell(writer, Looking(), n=3, concurrency=2)
        run_calls([made], quiet())
    assert (supplied[0], supplied[-1], made.supplied) == (True, False, False)


def test_a_writer_does_not_hold_cells_that_are_over(engine):
    with Writer(engine) as writer:
        made = cell(writer, Counting(), n=3, concurrency=2)
        run_calls([made], quiet())
        over = weakref.ref(made)
        del made
        gc.collect()
        assert over() is None


def test_a_failed_request_is_recorded_and_its_cell_goes_on(engine):
    with Writer(engine) as writer:
        made = cell(writer, Counting(fails_on="b"))
        assert run_calls([made], quiet()).complete
    assert (made.count.done, made.count.errors, made.error) == (20, 4, None)
    assert rows(engine, status="error", error_type="RuntimeError") == 4


@pytest.mark.parametrize("timed", [True, False])
def test_a_scorer_that_raises_what_is_not_an_exception_ends_its_cell_and_no_other(engine, timed):
    class Cancels:
        name, version = "cancels", "1"

        def score(self, sample, response):
            raise asyncio.CancelledError

    class Answering(Counting):
        gives_times = not timed

    with Writer(engine) as writer:
        broken, sound = cell(writer, Answering()), cell(writer, Answering())
        broken.llm.scorers = (Cancels(),)
        assert run_calls([broken, sound], quiet()).complete
    assert "CancelledError" in repr(broken.error)
    assert broken.count.done == 0
    assert (sound.error, sound.count.done) == (None, 20)


def test_few_answered_calls_wait_for_a_quiet_moment_and_the_others_are_recorded_at_once(engine):
    """16 places: 2 of them, an eighth."""
    waiting, provider = [], Counting()

    class Busy(Turns):
        def later(self, work):
            waiting.append(work)

    async def run() -> int:
        running = asyncio.create_task(made.run(asyncio.Event(), Busy()))
        while rows(engine, status="ok") < 48:  # noqa: ASYNC110 - the database sets no event
            await asyncio.sleep(0.001)
        most = len(waiting)
        for work in waiting:
            work()
        await running
        return most

    with Writer(engine) as writer:
        made = cell(writer, provider, n=50, concurrency=16)
        assert asyncio.run(run()) == 2
    assert (made.count.done, rows(engine, status="ok")) == (50, 50)


def test_a_call_that_waits_for_its_place_while_its_cell_ends_is_not_sent(engine):
    """One place: the second call waits for it, recorded as pending, while the first one is answered."""

    class Ending(Counting):
        async def complete(self, request):
            made.error = RuntimeError("ended by another call")
            return await super().complete(request)

    provider = Ending()
    with Writer(engine) as writer:
        made = cell(writer, provider, n=5, concurrency=1)
        run_calls([made], quiet())
    assert len(provider.order) == 1
    assert (rows(engine, status="ok"), rows(engine, error_type="not_sent")) == (1, 1)


def test_a_call_of_a_closed_loop_is_due_when_there_is_a_place_for_it(engine):
    """The second call is asked for while the only place is taken."""
    ends = []

    class Slow(Counting):
        async def complete(self, request):
            for _ in range(50):
                await asyncio.sleep(0)
            ends.append(wall_time(time.perf_counter_ns()))
            return await super().complete(request)

    with Writer(engine) as writer:
        run_calls([cell(writer, Slow(), n=2, concurrency=1)], quiet())
    with engine.connect() as connection:
        first, second = connection.scalars(select(requests.c.ts).order_by(requests.c.ts))
    assert first < ends[0] <= second


def test_a_call_that_takes_over_a_place_is_sent_without_a_turn(engine):
    """One place: the second call waits for it. Turns: before the first is sent; after each answer, which has time."""
    taken = []

    class Noted(Turns):
        async def take(self, *, gives_way=False):
            taken.append((len(provider.order), gives_way))

        def later(self, work):
            taken.append((len(provider.order), True))
            work()

    class Crowded(Counting):
        async def complete(self, request):
            while not self.order and rows(engine, status="pending") < 2:  # noqa: ASYNC110 - the database sets no event
                await asyncio.sleep(0)
            for _ in range(50):
                await asyncio.sleep(0)
            return await super().complete(request)

    provider = Crowded()
    with Writer(engine) as writer:
        asyncio.run(cell(writer, provider, n=2, concurrency=1).run(asyncio.Event(), Noted()))
    assert taken == [(0, False), (1, True), (2, True)]


def test_the_end_of_an_answered_call_and_the_begin_of_the_next_are_one_commit(engine, monkeypatch):
    batches = []

    def noting(batch):
        batches.append({kind for rows_of_entry, *_ in batch for kind, _ in rows_of_entry})
        write(batch)

    with Writer(engine) as writer:
        write = writer._write
        monkeypatch.setattr(writer, "_write", noting)
        made = cell(writer, Counting(), n=20, concurrency=4)
        run_calls([made], quiet())
    assert any({"settle", "requests"} <= kinds for kinds in batches)
    assert len(batches) < 40  # 20 begins and 20 ends
    assert (made.count.done, rows(engine, status="ok")) == (20, 20)


def test_a_call_whose_end_cannot_be_recorded_ends_its_cell_and_is_not_counted(engine, monkeypatch):
    class Odd(Counting):
        async def complete(self, request):
            answer = await super().complete(request)
            return replace(answer, latency_ms=3.0) if len(self.order) == 3 else answer

    def refusing(connection, batch):
        if any(kind == "settle" and 3.0 in row for rows_of_entry, *_ in batch for kind, row in rows_of_entry):
            raise OverflowError("too large")
        execute(connection, batch)

    with Writer(engine) as writer:
        execute = writer._execute
        monkeypatch.setattr(writer, "_execute", refusing)
        made = cell(writer, Odd(), concurrency=1)
        assert run_calls([made], quiet()).complete
    assert "refused a row: too large" in str(made.error)
    assert rows(engine, status="ok") == made.count.done < 20
    assert rows(engine, status="pending") == 1  # the third, which was answered


def test_a_failed_cell_is_reported_and_the_others_go_on(engine):
    with Writer(engine) as writer:
        broken, sound = cell(writer, Counting()), cell(writer, Counting())
        broken.llm.run_id = "no such run"  # the foreign key refuses its first row
        assert run_calls([broken, sound], quiet()).complete
    assert "FOREIGN KEY" in str(broken.error)
    assert (sound.count.done, sound.error) == (20, None)


class Meeting(Counting):
    """Each call of one cell ends only when a call of the other cell is in flight, too."""

    def __init__(self, meet: asyncio.Barrier, order: list[str]) -> None:
        super().__init__()
        self.meet, self.order = meet, order

    async def complete(self, request):
        self.order.append(request.sample.id)
        async with asyncio.timeout(20):
            await self.meet.wait()
        return Response(text="x", usage=None, latency_ms=1.0)


def test_cells_are_interleaved(engine):
    meet, order = asyncio.Barrier(2), []
    with Writer(engine) as writer:
        run_calls([cell(writer, Meeting(meet, order), concurrency=1) for _ in range(2)], quiet())
    assert rows(engine, status="ok") == 40
    assert order[::2] == order[1::2]  # the same samples, turn by turn


def test_cells_of_another_load_wait_until_the_first_group_is_done(engine):
    """On one server each measures its own load: 1, then 4, never the sum; the cells of one load stay interleaved."""
    provider, meet, order = Counting(), asyncio.Barrier(2), []
    seen: list[int] = []

    class Shared(Meeting):
        async def complete(self, request):
            seen.append(provider.now)
            return await super().complete(request)

    with Writer(engine) as writer:
        alone, *pair = (
            cell(writer, provider if i == 0 else Shared(meet, order), concurrency=1 if i == 0 else 4) for i in range(3)
        )
        alone.group, pair[0].group, pair[1].group = "1", "4", "4"
        traffic = run_calls([pair[0], alone, pair[1]], quiet())
    assert (len(provider.order), provider.most, len(order)) == (20, 1, 40)
    assert set(seen) == {0}
    assert set(traffic.lag_p99_ms) <= {"1", "4"}


def test_progress_says_money_errors_and_what_is_unpriced():
    count = CellCount(cell="c", total=10, done=4, errors=1, unpriced=2, pico_usd=3_600_000)
    assert count.line(2.0) == "2 calls/s  $0.000004 + 2 unpriced  1 errors"


def test_off_a_terminal_progress_is_a_plain_line_now_and_then(monkeypatch):
    out, clock = io.StringIO(), [0.0]
    monkeypatch.setattr("gencost.runner.progress.time.monotonic", lambda: clock[0])
    count = CellCount(cell="small", total=100)
    with ProgressDisplay([count], Console(file=out, width=200)) as display:
        clock[0], count.done = 5.0, 20
        display.refresh()
        clock[0], count.done = 10.0, 50
        display.refresh()
    assert out.getvalue() == "small: 50/100  5 calls/s  $0.000000  0 errors  10 s left\n"


@pytest.mark.parametrize("n", [1, 7])
def test_a_cell_smaller_than_its_concurrency_runs(engine, n):
    provider = MockProvider(profiles={"small-latest": {}}, sleep=False)
    with Writer(engine) as writer:
        made = cell(writer, provider, n=n, concurrency=64)
        run_calls([made], quiet())
    assert made.count.done == n
