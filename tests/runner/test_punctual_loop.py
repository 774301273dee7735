"""What came is read before anybody works with it, and of those who work one goes on after each look."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
import time
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from gencost.runner import punctual_loop as module
from gencost.runner.calls import CellCalls
from gencost.runner.load import Concurrent
from gencost.runner.loop import punctual
from gencost.runner.progress import CellCount
from gencost.runner.punctual_loop import PUNCTUAL, UNHURRIED, ReadingPace, Turns, new_loop, reading_at
from gencost.runner.standstill import Standstill

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its loop is another")


def in_a_punctual_loop(coroutine):
    with asyncio.Runner(loop_factory=new_loop) as loop:
        return loop.run(coroutine)


async def round_of_a_turn(turns: Turns) -> int:
    await turns.take()
    return asyncio.get_running_loop().looks


async def crowd(waiting: int) -> list[int]:
    turns = Turns()
    return await asyncio.gather(*(round_of_a_turn(turns) for _ in range(waiting)))


class Noted(asyncio.Protocol):
    """Writes down when something came, among other events."""

    def __init__(self, events: list[str]) -> None:
        self.events = events

    def data_received(self, data: bytes) -> None:
        self.events.append(data.decode())


async def connected(events: list[str]) -> tuple[socket.socket, asyncio.BaseTransport]:
    here, there = socket.socketpair()
    transport, _ = await asyncio.get_running_loop().create_connection(lambda: Noted(events), sock=here)
    return there, transport


def cell_saying(known: str, group: str = "", places: int = 8) -> SimpleNamespace:
    return SimpleNamespace(group=group, load=Concurrent(concurrency=places), all_say=lambda fact: fact == known)


def gathering(seconds: float) -> ReadingPace:
    return replace(PUNCTUAL, gather_s=seconds)


def busy(seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def test_what_came_is_read_before_whoever_was_due_goes_on():
    async def due_and_come() -> list[str]:
        events: list[str] = []
        there, transport = await connected(events)
        there.send(b"came")
        asyncio.get_running_loop().call_soon(events.append, "due")
        await asyncio.sleep(0)
        transport.close()
        there.close()
        return events

    assert in_a_punctual_loop(due_and_come()) == ["came", "due"]


def test_what_comes_while_a_crowd_is_at_work_is_read_between_two_of_them():
    """Each of four works for 1 ms, five times the time after which the sockets are looked at; the first one sends."""

    async def crowded() -> list[str]:
        events: list[str] = []
        there, transport = await connected(events)

        def work(number: int) -> None:
            events.append(str(number))
            if number == 0:
                there.send(b"came")
            busy(0.001)

        for number in range(4):
            asyncio.get_running_loop().call_soon(work, number)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        transport.close()
        there.close()
        return events

    assert in_a_punctual_loop(crowded()) == ["0", "came", "1", "2", "3"]


def test_a_standstill_is_known_before_what_came_meanwhile_is_read():
    """Bytes come while a callback holds the loop up for more than a second, here by its notion of the last look."""

    async def held_up() -> list[bool]:
        loop, events = asyncio.get_running_loop(), []
        there, transport = await connected(events)
        standstill, known = Standstill(), []
        monitored = transport.get_protocol()
        monitored.data_received = lambda _data: known.append(standstill.until_ns >= sent_ns)
        sent_ns = time.perf_counter_ns()

        def stop() -> None:
            there.send(b"came")
            loop.looked_ns -= 1_001_000_000

        known.append(standstill.until_ns >= sent_ns)
        loop.call_soon(stop)
        loop.call_soon(events.append, "due")
        await asyncio.sleep(0.001)
        standstill.stop()
        transport.close()
        there.close()
        return known

    assert in_a_punctual_loop(held_up()) == [False, True]


def test_the_lag_is_the_time_until_what_came_is_read_not_that_of_a_timer():
    """Forty of 1 ms are due at once: a timer runs 40 ms late, but the sockets were read after each."""

    async def at_work() -> tuple[float, int]:
        loop, late = asyncio.get_running_loop(), []
        due_ns = time.perf_counter_ns() + 5_000_000
        loop.watch(due_ns)
        loop.call_later(0.005, lambda: late.append(time.perf_counter_ns() - due_ns))
        looks = loop.looks
        for _ in range(40):
            loop.call_soon(busy, 0.001)
        await asyncio.sleep(0.03)
        return late[0] - (loop.seen_ns(due_ns) - due_ns), loop.looks - looks

    earlier_ns, looks = in_a_punctual_loop(at_work())
    assert earlier_ns >= 25_000_000
    assert looks >= 40


def test_while_calls_are_made_the_collector_waits_for_many_objects_and_then_is_as_before():
    thresholds = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    try:
        with punctual([]):
            during = gc.get_threshold()
        assert (during, gc.get_threshold()) == ((50_000, 10, 10), (700, 10, 10))
    finally:
        gc.set_threshold(*thresholds)


def test_calls_in_flight_are_no_reason_to_look_for_garbage():
    # 250 objects for each place of the largest group: 50,000 + 250 * (300 + 40); the other group runs alone.
    cells = [cell_saying("noted", group=group, places=n) for group, n in (("a", 300), ("a", 40), ("b", 9))]
    with punctual(cells):
        assert gc.get_threshold()[0] == 135_000


@pytest.mark.parametrize("facts", [("noted", "gives_times"), ("noted", "nothing")])
def test_threads_change_hands_more_often_where_that_keeps_times_true(facts):
    before_s = sys.getswitchinterval()
    with punctual([cell_saying(fact) for fact in facts]):
        during_s = sys.getswitchinterval()
    assert (during_s < before_s, sys.getswitchinterval()) == ("nothing" in facts, before_s)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux shows the size of its table there")
def test_there_is_room_for_connections_before_the_first_call():
    resource = pytest.importorskip("resource")
    with punctual([]):
        pass
    size = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("FDSize"))
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert int(size.split()[1]) >= min(4096, soft if soft > 0 else 4096)


def test_of_tasks_that_come_at_once_one_goes_on_in_each_round_in_their_order():
    rounds = in_a_punctual_loop(crowd(20))
    assert rounds == sorted(set(rounds))


def test_of_those_who_give_way_so_many_go_on_after_a_look_as_may_do_so_at_once():
    """Ten of them, three at once: 3 + 3 + 3 + 1."""

    async def round_of_giving_way(turns: Turns) -> int:
        await turns.take(gives_way=True)
        return asyncio.get_running_loop().looks

    async def all_of_them() -> list[int]:
        turns = Turns(at_once=3)
        await turns.take(gives_way=True)  # who comes alone goes on at once
        return await asyncio.gather(*(round_of_giving_way(turns) for _ in range(10)))

    assert sorted(Counter(in_a_punctual_loop(all_of_them())).values()) == [1, 3, 3, 3]


def test_who_comes_in_a_round_of_the_waiting_waits_behind_them():
    async def late() -> list[int]:
        turns = Turns()
        first = [asyncio.create_task(round_of_a_turn(turns)) for _ in range(4)]
        later = []
        while not first[-1].done():
            await asyncio.sleep(0)
            later.append(asyncio.create_task(round_of_a_turn(turns)))
        return [*await asyncio.gather(*first), *await asyncio.gather(*later)]

    rounds = in_a_punctual_loop(late())
    assert rounds == sorted(set(rounds))


def test_who_comes_alone_does_not_wait():
    async def alone() -> None:
        with pytest.raises(StopIteration):
            Turns().take().send(None)

    in_a_punctual_loop(alone())


async def rounds_of_turns_beside_work(patience_s: float) -> list[int]:
    """Three tasks give way to callbacks that are due in each of ten rounds."""
    turns, loop, rounds = Turns(), asyncio.get_running_loop(), []
    turns._others._patience_ns = int(patience_s * 1e9)

    async def give_way() -> None:
        await turns.take(gives_way=True)
        rounds.append(len(worked))

    worked: list[int] = []

    def work() -> None:
        worked.append(1)
        if len(worked) < 10:
            loop.call_soon(work)

    loop.call_soon(work)
    await asyncio.gather(*(give_way() for _ in range(3)))
    return rounds


def test_what_has_time_gives_way_to_all_that_is_due():
    assert in_a_punctual_loop(rounds_of_turns_beside_work(60.0)) == [10, 10, 10]


def test_what_gives_way_does_not_wait_for_long():
    assert in_a_punctual_loop(rounds_of_turns_beside_work(0.0))[0] < 10


def test_who_is_cancelled_while_it_waits_keeps_nobody():
    async def cancelled() -> list[int]:
        turns = Turns()
        tasks = [asyncio.create_task(round_of_a_turn(turns)) for _ in range(4)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        ended = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)
        return [it for it in ended if isinstance(it, int)]

    rounds = in_a_punctual_loop(cancelled())
    assert len(rounds) == len(set(rounds)) == 3


def test_what_was_to_be_done_later_is_done_when_the_calls_are_over():
    async def main():
        turns, done = Turns(), []
        asyncio.get_running_loop().call_soon(done.append, "what was due")
        for n in range(9):
            turns.later(partial(done.append, n))
        assert done == []
        turns.finish()
        assert done == [*range(9)]

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())


def test_in_another_loop_nobody_waits():
    async def in_one_round() -> None:
        turns = Turns()
        for _ in range(5):
            with pytest.raises(StopIteration):
                turns.take().send(None)

    asyncio.run(in_one_round())


def test_where_no_bytes_are_timed_nobody_waits():
    async def in_one_round() -> None:
        turns = Turns(timed=False)
        for _ in range(5):
            with pytest.raises(StopIteration):
                turns.take().send(None)

    in_a_punctual_loop(in_one_round())


@pytest.mark.parametrize(("second", "all_given"), [(True, True), (False, False)])
def test_the_times_of_a_policy_are_given_only_if_those_of_all_its_models_are(second, all_given):
    senders = [SimpleNamespace(provider=SimpleNamespace(gives_times=given)) for given in (True, second)]
    made = CellCalls(
        llm=None,
        draws=[],
        load=Concurrent(concurrency=1),
        count=CellCount(cell="c", total=0),
        sender=senders[0],
        steps=SimpleNamespace(senders=senders, answer=print),
    )
    assert made.all_say("gives_times") is all_given


def test_what_comes_while_a_loop_gathers_is_read_with_what_was_there(monkeypatch):
    """The second piece comes in the pause; after it nothing is waited for."""

    async def come() -> list[str]:
        events: list[str] = []
        there, transport = await connected(events)
        with reading_at(gathering(0.01)):
            there.send(b"a")
            monkeypatch.setattr(module.time, "sleep", lambda _: there.send(b"b"))
            loop = asyncio.get_running_loop()
            loop._process_events(loop._selector.select(None))
        monkeypatch.undo()
        transport.close()
        there.close()
        return events

    assert in_a_punctual_loop(come()) == ["ab"]


def test_no_timer_is_late_since_the_loop_gathers(monkeypatch):
    monkeypatch.setattr(module.time, "sleep", lambda _: pytest.fail("somebody is due before that"))

    async def soon() -> None:
        with reading_at(gathering(60.0)):
            await asyncio.sleep(0.001)

    in_a_punctual_loop(soon())


def test_a_loop_gathers_no_longer_than_the_calls_last(monkeypatch):
    paused = []
    monkeypatch.setattr(module.time, "sleep", paused.append)

    async def after() -> None:
        with reading_at(gathering(0.001)):
            await asyncio.sleep(0.01)
        during = len(paused)
        await asyncio.sleep(0.01)
        assert (during > 0, len(paused)) == (True, during)

    in_a_punctual_loop(after())


def test_an_unhurried_loop_looks_after_so_many_callbacks():
    """Each callback works for 2 ms, longer than it waits to look; it asks itself before the first, 9th and 17th."""

    async def looks() -> int:
        loop = asyncio.get_running_loop()
        with reading_at(UNHURRIED):
            await asyncio.sleep(0)
            before = loop.looks
            for _ in range(16):
                loop.call_soon(busy, 0.002)
            await asyncio.sleep(0)
            return loop.looks - before

    assert in_a_punctual_loop(looks()) <= 4  # two of them, and those of the rounds of the loop
