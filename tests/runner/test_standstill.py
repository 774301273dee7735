"""A call that spans a standstill of the process has no latency; the others keep theirs."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from made import record, store

from gencost.analysis.results import read_results
from gencost.providers.attempt import Exchange
from gencost.report.warnings import warnings
from gencost.runner.standstill import Standstill
from gencost.types import Response


def exchange(sent_ns: int) -> Exchange:
    answer = Response(text="a", usage=None, latency_ms=3000.0, ttft_ms=10.0)
    return Exchange(attempts=(), response=answer, sent_ns=sent_ns)


async def latencies(clock: SimpleNamespace, late_s: float) -> list[float | None]:
    """Of a call that was sent before a round of the loop that came late by some seconds, and of one sent after it."""
    standstill = Standstill()
    before_ns = clock.now_ns
    clock.now_ns = standstill._due_ns + int(late_s * 1e9)
    standstill._look()
    standstill.stop()
    return [standstill.timed(exchange(sent_ns)).response.latency_ms for sent_ns in (before_ns, clock.now_ns)]


@pytest.mark.parametrize(("late_s", "times"), [(1.001, [None, 3000.0]), (8.0, [None, 3000.0]), (1.0, [3000.0, 3000.0])])
def test_what_was_on_its_way_in_a_gap_of_more_than_a_second_is_not_timed(monkeypatch, late_s, times):
    clock = SimpleNamespace(now_ns=10**12)
    monkeypatch.setattr("gencost.runner.standstill.time", SimpleNamespace(perf_counter_ns=lambda: clock.now_ns))
    assert asyncio.run(latencies(clock, late_s)) == times


def test_an_answer_without_a_latency_is_counted_and_said(engine):
    """Latencies 10, none, 20: the median is of two, 15 ms."""
    store(engine, {"m": [record("a", i, latency_ms=ms) for i, ms in enumerate((10.0, None, 20.0))]})
    (summary,) = read_results(engine, ["a"]).summaries
    assert (summary.ok, summary.untimed, summary.timing.latency_p50_ms) == (3, 1, 15.0)
    assert any(line.startswith("m: 1 answer has no latency") for line in warnings([summary]))
