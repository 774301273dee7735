"""Deadlines of a loop share one timer, and each block ends in its own time."""

from __future__ import annotations

import asyncio

import pytest

from gencost.providers.patience import Deadline, Patience, Timeouts


async def silent(seconds: float) -> None:
    with Deadline(seconds):
        await asyncio.Event().wait()


def timers(monkeypatch) -> list[float]:
    """The times of the timers that loops make from now on."""
    made, call_at = [], asyncio.BaseEventLoop.call_at
    monkeypatch.setattr(
        asyncio.BaseEventLoop,
        "call_at",
        lambda loop, when, *rest, **kw: made.append(when) or call_at(loop, when, *rest, **kw),
    )
    return made


def test_a_hundred_blocks_need_one_timer(monkeypatch):
    made = timers(monkeypatch)

    async def main() -> None:
        for _ in range(100):
            with Deadline(60):
                pass

    asyncio.run(main())
    assert len(made) == 1


def test_a_block_that_is_due_before_the_others_does_not_wait_for_them():
    async def main() -> list[bool]:
        others = [asyncio.create_task(silent(seconds)) for seconds in (60, float("inf"))]
        await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            await silent(0.01)
        still = [not task.done() for task in others]
        for task in others:
            task.cancel()
        return still

    assert asyncio.run(main()) == [True, True]


def test_blocks_that_are_due_one_after_another_all_end():
    async def main() -> list[BaseException | None]:
        return await asyncio.gather(*(silent(ms / 1e3) for ms in (30, 1, 20, 10)), return_exceptions=True)

    assert [type(error) for error in asyncio.run(main())] == [TimeoutError] * 4


def test_an_end_that_was_moved_ahead_is_kept():
    """The whole request may take 60 s to connect and 0.01 s from when it was sent."""
    times = Timeouts(connect_s=60, first_token_s=0.01, chunk_s=60, total_s=0.01)

    async def main() -> None:
        patience = Patience(times, stream=False)
        with patience:
            patience.sent()
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        asyncio.run(main())


def test_a_second_loop_of_the_thread_has_its_own():
    for _ in range(2):
        with pytest.raises(TimeoutError):
            asyncio.run(silent(0.01))


def test_a_block_that_is_cancelled_by_others_is_not_said_to_be_late():
    async def main() -> None:
        task = asyncio.create_task(silent(60))
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())
