"""A scorer has limited time, wherever it runs."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from typing import ClassVar

import pytest
from asked import sample

from gencost.errors import ConfigError
from gencost.quality import deadline
from gencost.quality.deadline import OutOfTimeError, in_thread, within
from gencost.quality.score import Rules, score, score_now
from gencost.quality.scorer_function import as_scorer
from gencost.types import Response, Score

ANSWER = Response(text="a" * 40 + "!", usage=None, latency_ms=1.0)
RULES = Rules(timeout_s=0.1)


@dataclass(frozen=True)
class Hanging:
    """A pattern of nested repeats, in Python's own ``re``: 2^40 steps."""

    name: str = "hanging"
    version: str = "1"

    def score(self, sample, response):
        re.search("(a+)+$", response.text)
        return Score(scorer="hanging", version="1", value=1.0)


@dataclass(frozen=True)
class HangingLate(Hanging):
    costly: ClassVar[bool] = True

    def score(self, sample, response):
        while True:
            time.sleep(0.001)


@dataclass(frozen=True)
class Waiting(Hanging):
    async def score(self, sample, response):
        await asyncio.sleep(60)


@dataclass(frozen=True)
class Stubborn(Hanging):
    """Catches whatever it can."""

    def score(self, sample, response):
        while True:
            with contextlib.suppress(Exception):
                time.sleep(0.001)


@pytest.mark.parametrize("scorer", [Hanging(), Stubborn(), HangingLate(), Waiting()])
def test_a_scorer_that_hangs_has_no_value_and_says_so(scorer):
    result = asyncio.run(score(scorer, sample(), ANSWER, RULES))
    assert result.value is None
    assert result.explanation == "OutOfTimeError: it took longer than 0.1 s"


def test_an_awaited_scorer_that_takes_no_cancellation_is_not_waited_for():
    heard = asyncio.Event()

    async def deaf(sample, response):
        while not heard.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await heard.wait()
        raise ValueError("late")  # which nobody is told

    async def scored():
        given_up = await score(as_scorer(deaf), sample(), ANSWER, RULES)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        heard.set()
        await asyncio.wait(left)
        return given_up, len(left)

    given_up, left = asyncio.run(scored())
    assert (given_up.explanation, left) == ("OutOfTimeError: it took longer than 0.1 s", 1)


@dataclass(frozen=True)
class Looping(Hanging):
    def score(self, sample, response):
        while True:
            pass


@dataclass(frozen=True)
class Asleep(Hanging):
    """Waits for the system, as for a server that does not answer."""

    def score(self, sample, response):
        time.sleep(20)


@dataclass(frozen=True)
class CatchingOnce(Hanging):
    def score(self, sample, response):
        with contextlib.suppress(BaseException):
            time.sleep(20)
        time.sleep(20)


@pytest.mark.parametrize("scorer", [Looping(), Asleep(), Stubborn(), CatchingOnce()])
def test_a_scorer_that_never_returns_is_given_up_in_any_thread(scorer):
    here = score_now(scorer, sample(), ANSWER, RULES)
    with ThreadPoolExecutor(1) as threads:
        elsewhere = threads.submit(score_now, scorer, sample(), ANSWER, RULES).result()
        assert threads.submit(within, 60, lambda: 5).result() == 5  # the next one is not behind it
    assert here.value is elsewhere.value is None
    assert here.explanation == elsewhere.explanation == "OutOfTimeError: it took longer than 0.1 s"


def test_a_thread_beside_is_the_same_again_and_has_the_context_of_who_asks():
    said = ContextVar("said", default="nothing")

    def asked() -> list:
        said.set("here")
        return [within(60, lambda: (threading.get_ident(), said.get())) for _ in range(3)]

    with ThreadPoolExecutor(1) as threads:
        ((first, word),) = set(threads.submit(asked).result())
    assert word == "here"
    assert first != threading.get_ident()


def test_what_work_in_a_thread_beside_raises_is_its_own():
    def fail():
        raise TimeoutError("of its own")

    with ThreadPoolExecutor(1) as threads, pytest.raises(TimeoutError, match="of its own"):
        threads.submit(within, 60, fail).result()


def test_a_limit_leaves_nothing_behind():
    assert score_now(Hanging(), sample(), ANSWER, RULES).value is None
    threading.Event().wait(0.2)  # no later alarm ends this
    assert within(60, lambda: 5) == 5
    assert asyncio.run(in_thread(60, lambda: 5)) == 5
    assert asyncio.run(in_thread(None, lambda: 5)) == 5


def test_what_the_work_raises_is_its_own():
    def fail():
        raise TimeoutError("of its own")

    with pytest.raises(TimeoutError, match="of its own"):
        within(60, fail)
    with pytest.raises(TimeoutError, match="of its own"):
        asyncio.run(in_thread(60, fail))
    with pytest.raises(OutOfTimeError):
        within(0.05, lambda: threading.Event().wait(5))


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan")])
def test_a_limit_that_leaves_no_time_is_refused(limit):
    with pytest.raises(ConfigError, match="scoring.timeout_s=.*: give a number > 0"):
        Rules(timeout_s=limit)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="a system without timers")
def test_an_alarm_that_rings_when_the_work_is_done_stops_nothing(monkeypatch):
    put_away = deadline._Alarm.put_away

    def late(alarm: deadline._Alarm) -> None:
        signal.raise_signal(signal.SIGALRM)  # as the timer may between the work and this
        put_away(alarm)

    monkeypatch.setattr(deadline._Alarm, "put_away", late)
    before = signal.getsignal(signal.SIGALRM)
    assert deadline.within(60, lambda: 3) == 3
    assert signal.getsignal(signal.SIGALRM) == before
