from __future__ import annotations

import io

from rich.console import Console

from gencost.selfcheck.check import selfcheck


def test_no_recorded_latency_is_shorter_than_the_true_one_and_connections_are_kept():
    out = io.StringIO()
    plain, streamed = selfcheck([20.0], [4], 40, Console(file=out, width=200))
    for check in (plain, streamed):
        assert check.n == 40
        assert 20 <= check.true_ms[0] <= check.recorded_ms[0]
        assert check.connections <= 4 + 1  # and the one that asks for the true times
    assert plain.ttft_error_ms is None
    assert streamed.ttft_error_ms is not None
    assert "recorded p50/p95/p99" in out.getvalue()
