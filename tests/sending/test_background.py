"""The loop behind an application: reached from any thread and any other loop."""

from __future__ import annotations

import asyncio
import threading

import pytest

from gencost.errors import ConfigError
from gencost.sending.background import BACKGROUND


async def thread() -> str:
    return threading.current_thread().name


def test_a_coroutine_runs_in_the_thread_of_the_loop_wherever_it_is_asked_for():
    assert BACKGROUND.run(thread()) == "gencost-calls"
    assert asyncio.run(BACKGROUND.reach(thread())) == "gencost-calls"


def test_inside_the_loop_it_is_awaited_in_the_same_task():
    async def task() -> int:
        return id(asyncio.current_task())

    async def both() -> tuple[int, int]:
        return await task(), await BACKGROUND.reach(task())

    first, second = BACKGROUND.run(both())
    assert first == second


def test_waiting_inside_a_running_loop_is_refused():
    async def wait() -> None:
        BACKGROUND.may_wait()

    BACKGROUND.may_wait()
    with pytest.raises(ConfigError, match="would block it"):
        asyncio.run(wait())
