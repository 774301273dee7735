"""The names and the times of requests."""

from __future__ import annotations

import multiprocessing
import time
import uuid
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from gencost.accounting import request_id, wall_time


def test_a_request_id_is_a_random_uuid():
    drawn = [uuid.UUID(request_id()) for _ in range(1000)]
    assert {(it.version, it.variant) for it in drawn} == {(4, uuid.RFC_4122)}
    assert len(set(drawn)) == 1000


def test_ids_drawn_one_after_another_lie_side_by_side_and_begin_differently():
    drawn = [request_id() for _ in range(10_000)]
    beside = sum(first < second for first, second in pairwise(drawn))
    assert beside >= 10_000 - 1 - 3  # the begin is drawn anew after each 4,096 of them
    assert len({it[:8] for it in drawn}) == 10_000


def test_a_forked_process_does_not_draw_its_parents_ids():
    request_id()  # more are drawn by now
    with multiprocessing.get_context("fork").Pool(1) as pool:
        theirs = set(pool.starmap(request_id, [()] * 300))
    assert theirs.isdisjoint(request_id() for _ in range(300))


def test_a_moment_on_the_clock_of_a_call_is_told_in_utc():
    at_ns = time.perf_counter_ns() - 60 * 10**9
    before, told, after = datetime.now(UTC), wall_time(at_ns), datetime.now(UTC)
    minute, clocks = timedelta(minutes=1), timedelta(seconds=1)
    assert before - minute - clocks <= told <= after - minute + clocks
    assert told.tzinfo is UTC
