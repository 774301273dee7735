"""The client watches itself: how late its event loop runs is an error bar on every latency it records."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Sequence

PROBE_S = 0.005
# An event loop rounds its timers up to whole ms (epoll's unit); that delays this probe, but no socket.
_ROUNDING_NS = 1_000_000
TOLERATED = 0.05


class LagProbe:
    """Sleeps for a known time again and again and keeps by how much each sleep was too long."""

    def __init__(self) -> None:
        self._late_ns = array("q")

    async def run(self) -> None:
        """Probe until cancelled."""
        while True:
            before = time.perf_counter_ns()
            await asyncio.sleep(PROBE_S)
            self._late_ns.append(time.perf_counter_ns() - before - int(PROBE_S * 1e9) - _ROUNDING_NS)

    def p99_ms(self) -> float | None:
        """The 99th percentile of the lag (nearest rank); None if nothing was probed."""
        return percentile_ms(self._late_ns, 0.99)


def percentile_ms(durations_ns: Sequence[int], share: float) -> float | None:
    """Nearest-rank percentile of durations in ns, as ms; None if there are none."""
    if not durations_ns:
        return None
    ordered = sorted(durations_ns)
    return max(0, ordered[min(len(ordered) - 1, int(share * len(ordered)))]) / 1e6


def client_bound(lag_p99_ms: float | None, latency_p50_ms: float | None) -> bool | None:
    """Say whether the client was too slow for its latencies to be true.

    Args:
        lag_p99_ms: from ``LagProbe.p99_ms``.
        latency_p50_ms: of the cell's calls.

    Returns:
        Whether the lag exceeds 5 % of the median latency; None if either is unknown.
    """
    if lag_p99_ms is None or latency_p50_ms is None:
        return None
    return lag_p99_ms > TOLERATED * latency_p50_ms
