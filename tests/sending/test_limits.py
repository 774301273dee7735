from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

import pytest

from gencost.errors import ConfigError
from gencost.runner.event_loop_lag import LagProbe, client_bound, percentile_ms
from gencost.sending.limits import Limits, LimitSettings, Pace, Places


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


@pytest.fixture
def clock(monkeypatch) -> SimpleNamespace:
    """A clock that stands still unless it is set."""
    stopped = SimpleNamespace(now_s=100.0)
    monkeypatch.setattr("gencost.sending.limits.time", SimpleNamespace(monotonic=lambda: stopped.now_s))
    return stopped


def test_without_limits_refusals_that_ask_for_nothing_close_the_account_ever_longer_until_an_answer(clock):
    limits, waits = Limits(LimitSettings()), []
    assert limits.open
    for _ in range(8):
        limits.refused(None, clock.now_s)
        waits.append(max(0.0, limits._closed_until_s - clock.now_s))
        clock.now_s += 40
    assert waits == [0, 1, 2, 4, 8, 16, 32, 32]  # the first only halves what is under way at once
    limits.answered()
    limits.refused(None, clock.now_s)
    assert limits._closed_until_s < clock.now_s


def test_without_limits_the_account_is_closed_as_long_as_it_asks(clock):
    limits = Limits(LimitSettings())
    limits.refused(5.0, clock.now_s)
    assert (limits.open, limits._wait_s()) == (False, 5.0)
    limits.refused(2.0, clock.now_s)  # asks for less: the longer wait stays
    clock.now_s += 4.0
    assert (limits.open, limits._wait_s()) == (False, 1.0)
    clock.now_s += 1.0
    assert limits.open


def test_what_was_under_way_when_another_was_refused_tells_nothing_new(clock):
    limits = Limits(LimitSettings())
    limits.refused(None, clock.now_s)
    limits.refused(None, clock.now_s - 1)
    assert (limits.refusals, limits._speed) == (1, 0.5)


def test_half_of_what_was_under_way_goes_on_after_a_refusal_and_answers_open_the_account(clock):
    limits = Limits(LimitSettings())
    assert [asyncio.run(limits.enter(lambda: 0, asyncio.Event())) for _ in range(8)] == [True] * 8
    limits.leave()
    limits.refused(None, clock.now_s)  # 7 others are under way: (7 + 1) / 2 = 4 may be
    for _ in range(4):
        assert limits._wait_s() > 0
        limits.leave()
    assert limits._wait_s() <= 0
    for _ in range(70):  # 4 * 1.02^70 = 16.0, twice the 8 of before
        assert not limits.open
        limits.answered()
    limits.answered()
    assert limits.open


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


async def rounds(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def taking(places: Places, begin=lambda told: told(None)) -> asyncio.Task[bool]:
    return asyncio.ensure_future(places.take(begin))


def test_a_place_goes_to_the_call_that_waits_longest():
    async def main():
        places = Places(1)
        first, second, third = (taking(places) for _ in range(3))
        await rounds()
        assert (first.done(), second.done(), places.waiting) == (True, False, 2)
        places.leave()
        await rounds()
        assert (second.done(), third.done(), places.waiting) == (True, False, 1)
        assert (first.result(), second.result()) == (False, True)  # the second took over

    asyncio.run(main())


def test_a_call_has_no_place_before_it_is_begun_and_none_if_that_failed():
    async def main():
        places, told = Places(1), []
        waiting, refused = taking(places, told.append), taking(places, told.append)
        await rounds()
        assert (waiting.done(), places.waiting) == (False, 0)
        told[1](ConfigError("refused"))
        told[0](None)
        await rounds()
        assert (waiting.result(), str(refused.exception()), places.waiting) == (False, "refused", 0)

    asyncio.run(main())


def test_a_call_that_is_given_up_leaves_its_place_to_the_next():
    async def main():
        places = Places(1)
        assert await places.take(lambda told: told(None)) is False
        given_up, beside, last = (taking(places) for _ in range(3))
        await rounds()
        beside.cancel()  # while it waits
        places.leave()  # to the first
        given_up.cancel()  # when it has the place and does not know it yet
        await rounds()
        assert (given_up.cancelled(), beside.cancelled(), last.result(), places.waiting) == (True, True, True, 0)

    asyncio.run(main())


def test_open_places_let_everybody_go_on():
    async def main():
        places = Places(1)
        calls = [taking(places) for _ in range(3)]
        await rounds()
        places.open()
        await rounds()
        assert [call.result() for call in (*calls, taking(places))[:3]] == [False, True, True]
        assert await places.take(lambda told: told(None)) is False  # one that comes later

    asyncio.run(main())
