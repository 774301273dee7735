"""Client minus server, and the times between the pieces of streams, from recorded calls."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gencost.analysis.server_times import NO_TIMES, server_times

COLUMNS = ("status", "from_cache", "latency_ms", "server_ms", "ttft_ms", "server_ttft_ms")


def frame(*rows) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=list(COLUMNS))
    return made.astype(dict.fromkeys(COLUMNS[2:], "float64"))


def test_client_minus_server_is_of_the_calls_that_have_both():
    calls = frame(
        ("ok", False, 105.0, 100.0, 30.0, 25.0),
        ("ok", False, 209.0, 200.0, 52.0, 45.0),
        ("ok", False, 300.0, np.nan, np.nan, np.nan),
        ("error", False, np.nan, np.nan, np.nan, np.nan),
        ("ok", True, np.nan, 7.0, np.nan, np.nan),
    )
    times = server_times(calls)
    assert times.server_calls == 2
    assert times.server_p50_ms == 150.0
    assert times.client_minus_server_p50_ms == 7.0  # of 5 and 9
    assert times.client_minus_server_p95_ms == pytest.approx(5 + 0.95 * 4)
    assert times.ttft_client_minus_server_p50_ms == 6.0  # of 5 and 7
    assert times.inter_token_p50_ms is None


def test_gaps_are_over_all_pieces_and_a_stall_counts_once_an_answer():
    gaps = [np.array([20.0, 20.0, 1500.0, 2000.0]), np.array([40.0]), np.array([])]
    times = server_times(frame(), gaps)
    assert times.chunk_calls == 3
    assert times.inter_token_p50_ms == 40.0  # of 20, 20, 40, 1500, 2000
    assert times.inter_token_max_ms == 2000.0
    assert times.stalled_calls == 1


def test_without_either_nothing_is_known():
    assert server_times(frame(("ok", False, 105.0, np.nan, np.nan, np.nan))) == NO_TIMES
