"""A machine's time is shared by the calls in flight: four at once are not four machines."""

from __future__ import annotations

import heapq
import random

import pytest

from gencost.pricing import ModelPricing
from gencost.pricing.cost import machine_cost
from gencost.providers.attempt import Machine
from gencost.types import PICO_PER_USD

MS = 10**6
HOURLY = ModelPricing.from_block('{"gpu_hour": {"usd_per_hour": "2"}}')


@pytest.mark.parametrize("at_once", [1, 2, 4, 8])
def test_the_shares_of_calls_at_once_add_up_to_the_wall_clock(at_once):
    """So many calls of 100 ms side by side: the machine is busy for 100 ms, and each took its part."""
    machine = Machine()
    begins = [machine.enter(0) for _ in range(at_once)]
    shares = [machine.leave(begin, 100 * MS) for begin in begins]
    assert shares == pytest.approx([100 / at_once] * at_once, rel=1e-12)


def test_a_call_pays_alone_while_it_is_alone():
    """0-100 ms alone, 100-200 ms with another, which goes on alone to 300: 150 and 150 of 300 ms."""
    machine = Machine()
    first = machine.enter(0)
    second = machine.enter(100 * MS)
    assert machine.leave(first, 200 * MS) == pytest.approx(150)
    assert machine.leave(second, 300 * MS) == pytest.approx(150)
    idle = machine.enter(900 * MS)  # nobody pays for the time between
    assert machine.leave(idle, 1000 * MS) == pytest.approx(100)


def test_the_sum_of_all_shares_is_the_busy_time():
    drawn, machine = random.Random(4), Machine()
    starts = [drawn.randrange(5000) * MS for _ in range(300)]
    ends = [start + drawn.randrange(1, 400) * MS for start in starts]
    events = sorted([(now, 1, n) for n, now in enumerate(starts)] + [(now, 0, n) for n, now in enumerate(ends)])
    begins, total, busy_ns, since, in_flight = {}, 0.0, 0, 0, 0
    for now, begins_here, n in events:
        busy_ns += (now - since) if in_flight else 0
        since, in_flight = now, in_flight + (1 if begins_here else -1)
        if begins_here:
            begins[n] = machine.enter(now)
        else:
            total += machine.leave(begins[n], now)
    assert total == pytest.approx(busy_ns / MS, rel=1e-9)


@pytest.mark.parametrize("in_flight", [1, 2, 4, 8])
def test_declared_usd_an_hour_times_wall_hours_is_the_sum_of_the_calls(in_flight):
    """On a set clock: 400 calls of 50 to 500 ms, so many at once without a gap, each billed its share."""
    drawn, machine = random.Random(in_flight), Machine()
    under_way: list[tuple[int, int]] = []
    now_ns = pico = 0
    for left in range(400, -in_flight, -1):
        if left <= 400 - in_flight:  # a place is free when the earliest call ends
            now_ns, begin = heapq.heappop(under_way)
            pico += machine_cost(HOURLY, machine.leave(begin, now_ns)).pico_usd
        if left > 0:
            heapq.heappush(under_way, (now_ns + drawn.randrange(50, 500) * MS, machine.enter(now_ns)))
    declared = 2 * now_ns / 3.6e12 * PICO_PER_USD
    assert pico == pytest.approx(declared, rel=1e-6)
    assert machine.in_flight == 0
