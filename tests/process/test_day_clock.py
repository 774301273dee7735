"""A step of the system's clock moves no call; the sleep of the machine is made up for."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from gencost.accounting import wall_time
from gencost.process import day_clock
from gencost.process.day_clock import DAY_CLOCK, DayClock

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("step_s", [-3600, 86_400, -2 * 365 * 86_400])
def test_a_step_of_the_systems_clock_is_not_followed(monkeypatch, step_s):
    at_ns, stepped_ns, stepped = time.perf_counter_ns(), time.time_ns() + step_s * 10**9, time.time() + step_s
    before, called = DAY_CLOCK.now(), wall_time(at_ns)
    monkeypatch.setattr(time, "time_ns", lambda: stepped_ns)
    monkeypatch.setattr(time, "time", lambda: stepped)
    assert before <= DAY_CLOCK.now() < before + 60 * SECOND
    assert wall_time(at_ns) == called


def test_the_sleep_of_the_machine_is_added_once(monkeypatch):
    asleep_ns = day_clock._asleep_ns()
    clock = DayClock()
    begun_ns = clock.epoch_ns
    monkeypatch.setattr(day_clock, "_asleep_ns", lambda: asleep_ns + 3600 * 10**9)
    clock.put_right()
    clock.put_right()
    assert (clock.epoch_ns - begun_ns) / 1e9 == pytest.approx(3600, abs=1)
