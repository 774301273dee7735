from __future__ import annotations

import pandas as pd
import pytest

from gencost.analysis.timing import timing

START = pd.Timestamp("2026-01-01", tz="UTC")


def call(due_ms=0.0, queue_ms=0.0, latency_ms=100.0, **changes) -> dict:
    row = {"ts": START + pd.Timedelta(due_ms, unit="ms"), "queue_ms": queue_ms, "latency_ms": latency_ms}
    fixed = {"backoff_ms": 0.0, "attempts": 1, "status": "ok", "from_cache": False, "ttft_ms": float("nan")}
    return {**row, **fixed, "usage_tokens_out": 11, **changes}


def of(*calls: dict):
    return timing(pd.DataFrame(calls))


def test_rates_are_gaps_over_the_time_between_the_first_and_the_last():
    """Due at 0, 500 and 1000 ms, but sent at 0, 1000 and 2000 ms."""
    values = of(call(0), call(500, queue_ms=500), call(1000, queue_ms=1000))
    assert (values.due_per_s, values.sent_per_s) == (2 / 1.0, 2 / 2.0)


def test_calls_in_flight_overlap():
    """0-100, 50-150 and 100-200 ms: two at once, 300 ms of calls in 200 ms; an end frees the place of a begin."""
    values = of(call(0), call(50), call(100))
    assert (values.in_flight_max, values.duration_s) == (2, 0.2)
    assert values.in_flight_mean == pytest.approx(0.3 / 0.2)


def test_time_per_token_leaves_out_the_first():
    assert of(call(latency_ms=120.0, ttft_ms=20.0)).tpot_p50_ms == (120 - 20) / (11 - 1)
    assert of(call(ttft_ms=20.0, usage_tokens_out=1)).tpot_p50_ms is None
    assert of(call()).tpot_p50_ms is None


def test_streamed_calls_have_percentiles_of_each_time():
    """Linear interpolation between two: p95 is 95 % of the way from the smaller to the larger."""
    values = of(call(latency_ms=120.0, ttft_ms=20.0), call(latency_ms=220.0, ttft_ms=40.0))
    assert (values.ttft_p50_ms, values.ttft_p95_ms) == (30.0, pytest.approx(20 + 0.95 * 20))
    assert (values.tpot_p50_ms, values.tpot_p95_ms) == (14.0, pytest.approx(10 + 0.95 * 8))
    fast, slow = 1000 * 11 / 120, 1000 * 11 / 220
    assert values.tokens_per_s_p50 == pytest.approx((fast + slow) / 2)
    assert values.tokens_per_s_p95 == pytest.approx(slow + 0.95 * (fast - slow))
    assert of(call()).tokens_per_s_p50 is None


def test_tokens_a_second_are_of_the_whole_cell():
    assert of(call(0), call(900)).tokens_per_s == 22 / 1.0


def test_cached_and_failed_calls_have_no_latency():
    cached, failed = call(from_cache=True, attempts=0, latency_ms=0.0), call(status="error", latency_ms=float("nan"))
    values = of(call(latency_ms=70.0), cached, failed)
    assert (values.latency_p50_ms, values.latency_p99_ms) == (70.0, 70.0)


@pytest.mark.parametrize("calls", [[], [call(status="skipped", attempts=0, latency_ms=float("nan"))]])
def test_nothing_sent_is_nothing_known(calls):
    columns = list(call())
    times = timing(pd.DataFrame(calls, columns=columns).astype({"from_cache": bool, "ts": "datetime64[ns, UTC]"}))
    assert set(vars(times).values()) == {None}
