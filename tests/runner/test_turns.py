from __future__ import annotations

import asyncio
import sys
from types import SimpleNamespace

import pytest

from gencost.runner.calls import CellCalls
from gencost.runner.load import Concurrent
from gencost.runner.progress import CellCount
from gencost.runner.turns import Turns, new_loop

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its loop counts nothing")


def in_a_counting_loop(coroutine):
    with asyncio.Runner(loop_factory=new_loop) as loop:
        return loop.run(coroutine)


async def round_of_a_turn(turns: Turns) -> int:
    await turns.take()
    return asyncio.get_running_loop().round


async def crowd(waiting: int) -> list[int]:
    turns = Turns()
    return await asyncio.gather(*(round_of_a_turn(turns) for _ in range(waiting)))


def test_of_tasks_that_come_at_once_one_goes_on_in_each_round_in_their_order():
    rounds = in_a_counting_loop(crowd(20))
    assert rounds == sorted(set(rounds))


def test_who_comes_in_a_round_of_the_waiting_waits_behind_them():
    async def late() -> list[int]:
        turns = Turns()
        first = [asyncio.create_task(round_of_a_turn(turns)) for _ in range(4)]
        later = []
        while not first[-1].done():
            await asyncio.sleep(0)
            later.append(asyncio.create_task(round_of_a_turn(turns)))
        return [*await asyncio.gather(*first), *await asyncio.gather(*later)]

    rounds = in_a_counting_loop(late())
    assert rounds == sorted(set(rounds))


def test_who_comes_alone_does_not_wait():
    async def alone() -> None:
        with pytest.raises(StopIteration):
            Turns().take().send(None)

    in_a_counting_loop(alone())


def test_who_is_cancelled_while_it_waits_keeps_nobody():
    async def cancelled() -> list[int]:
        turns = Turns()
        tasks = [asyncio.create_task(round_of_a_turn(turns)) for _ in range(4)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        ended = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)
        return [it for it in ended if isinstance(it, int)]

    rounds = in_a_counting_loop(cancelled())
    assert len(rounds) == len(set(rounds)) == 3


def test_in_a_loop_that_counts_nothing_nobody_waits():
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

    in_a_counting_loop(in_one_round())


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
