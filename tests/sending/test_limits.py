from __future__ import annotations

import asyncio
import time

import pytest

from gencost.errors import ConfigError
from gencost.runner.event_loop_lag import LagProbe, client_bound, percentile_ms
from gencost.sending.limits import Limits, LimitSettings, Pace


def test_after_a_second_of_burst_amounts_are_spaced_evenly():
    pace = Pace(per_min=120)  # 2 a second
    assert [pace.wait_s(1, 100.0) for _ in range(6)] == [0, 0, 0, 0.5, 1.0, 1.5]


def test_over_a_minute_no_more_than_the_limit_and_its_burst_pass():
    pace, now, sent = Pace(per_min=600), 0.0, 0
    while now < 60:
        now += pace.wait_s(1, now)
        sent += now < 60
    assert 600 <= sent <= 600 + 11  # one second's worth of burst


def test_no_limit_never_waits():
    assert [Pace(None).wait_s(1e9, 0) for _ in range(3)] == [0, 0, 0]


def test_a_refusal_halves_the_pace_and_answers_bring_it_back():
    limits = Limits(LimitSettings(requests_per_min=60))
    limits.refused(None, 0.0)
    assert limits._speed == 0.5
    for _ in range(35):  # 0.5 * 1.02^35 = 1.0
        limits.answered()
    assert limits._speed == pytest.approx(1.0, abs=1e-3)


def test_nobody_sends_before_the_account_opens_again():
    async def wait() -> float:
        limits = Limits(LimitSettings())
        limits.refused(0.04, 0.0)
        started = time.monotonic()
        assert await limits.enter(lambda: 0, asyncio.Event())
        return time.monotonic() - started

    assert asyncio.run(wait()) >= 0.039


def test_at_most_so_many_are_in_flight():
    async def most() -> int:
        limits, inside, seen = Limits(LimitSettings(in_flight=3)), 0, 0

        async def call() -> None:
            nonlocal inside, seen
            await limits.enter(lambda: 0, asyncio.Event())
            inside += 1
            seen = max(seen, inside)
            await asyncio.sleep(0)
            inside -= 1
            limits.leave()

        await asyncio.gather(*(call() for _ in range(20)))
        return seen

    assert asyncio.run(most()) == 3


def test_an_impossible_limit_is_refused():
    with pytest.raises(ConfigError, match="limits.in_flight=0"):
        LimitSettings(in_flight=0)


def test_a_blocked_loop_shows_in_the_probe():
    async def block() -> float | None:
        probe = LagProbe()
        task = asyncio.create_task(probe.run())
        await asyncio.sleep(0)
        time.sleep(0.03)  # noqa: ASYNC251 - the fault under test
        await asyncio.sleep(0.01)
        task.cancel()
        return probe.p99_ms()

    assert asyncio.run(block()) >= 20  # 30 ms blocked less 5 ms asked


def test_the_client_is_bound_above_five_percent_of_the_median():
    assert client_bound(2.6, {"latency": 50.0}) is True  # 5.2 %
    assert client_bound(2.4, {"latency": 50.0}) is False
    assert client_bound(None, {"latency": 50.0}) is None


def test_every_time_that_is_reported_must_be_true_and_two_milliseconds_are_no_lag():
    assert client_bound(4.0, {"latency": 1000.0, "ttft": 60.0, "tokens": 940.0}) is True  # 6.7 % of the first token's
    assert client_bound(2.9, {"latency": 1000.0, "ttft": 60.0, "tokens": 940.0}) is False
    assert client_bound(4.0, {"latency": 1000.0, "ttft": None}) is False
    assert client_bound(1.9, {"latency": 1.0}) is False
    assert client_bound(5.0, {"latency": None}) is None


def test_nearest_rank_percentile_of_nothing_is_unknown():
    assert percentile_ms([], 0.99) is None
    assert percentile_ms([1_000_000] * 99 + [9_000_000], 0.99) == 9.0
