from __future__ import annotations

import io

import pytest
from rich.console import Console

from gencost.selfcheck.arrivals import check_arrivals
from gencost.selfcheck.check import selfcheck
from gencost.selfcheck.streams import GAP_MS, check_streams


def test_no_recorded_latency_is_shorter_than_what_the_server_waits_and_connections_are_kept():
    out = io.StringIO()
    plain, streamed = selfcheck([20.0], [4], 40, Console(file=out, width=200))
    for check in (plain, streamed):
        assert check.n == 40
        assert min(check.true_ms[0], check.recorded_ms[0]) >= 20  # a busy server stops its own clock late
        assert check.connections <= 4 + 1  # and the one that asks for the true times
    assert plain.ttft_error_ms is None
    assert streamed.ttft_error_ms is not None
    assert "recorded p50/p95/p99" in out.getvalue()


@pytest.mark.cli
def test_streams_may_be_asked_for_by_two_processes():
    (check,) = check_streams([6], Console(file=io.StringIO()), rounds=2, processes=(2,))
    assert (check.n, check.in_flight, check.processes) == (12, 6, 2)
    assert check.ttft_ms[0] >= GAP_MS
    assert 0 < check.reached <= 6.5


@pytest.mark.cli
def test_streams_are_timed_by_their_tokens_and_no_first_one_is_early(monkeypatch):
    monkeypatch.setattr("gencost.selfcheck.streams.TOKENS", 20)
    out = io.StringIO()
    (check,) = check_streams([4], Console(file=out, width=200), rounds=1)
    assert (check.n, check.in_flight) == (4, 4)
    assert min(check.true_ttft_ms[0], check.ttft_ms[0]) >= GAP_MS  # a busy server stops its own clock late
    assert check.tpot_ms[0] >= GAP_MS / 2  # (latency - ttft) / 19 of 20 tokens in 400 ms, the first read late
    assert 0 < check.reached <= 4.5
    assert "user us a chunk" in out.getvalue()


@pytest.mark.cli
def test_the_price_of_recording_arrivals_is_one_line(monkeypatch):
    monkeypatch.setattr("gencost.selfcheck.arrivals.TOKENS", 10)
    out = io.StringIO()
    check = check_arrivals(Console(file=out, width=200), streams=2, rounds=1)
    assert check.chunks == 2 * 2 * 10
    assert min(check.without_us, check.with_us) > 0
    assert check.more_us == pytest.approx(check.with_us - check.without_us)  # of one pair
    (line,) = out.getvalue().splitlines()
    assert line.startswith("provider.record_chunks at 2 streams x 50 tokens/s: ")
