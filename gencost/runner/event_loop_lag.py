"""The client watches itself: how late its event loop runs is an error bar on every latency it records."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Mapping, Sequence

from gencost.runner.punctual_loop import PunctualLoop

PROBE_S = 0.005
# An event loop rounds its timers up to whole ms (epoll's unit); that delays this probe, but no socket.
_ROUNDING_NS = 1_000_000
TOLERATED = 0.05
FLOOR_MS = 2.0
"""A lag that no percentile of a latency shows: a busy system wakes any process as late as that."""


class LagProbe:
    """Asks every few ms when the loop has read what had come by then, and keeps how long that took.

    Another loop than a ``PunctualLoop`` reads sockets no earlier than it runs timers: there the lag is that of a timer.
    """

    def __init__(self) -> None:
        self._late_ns = array("q")

    async def run(self) -> None:
        """Probe until cancelled."""
        loop: object = asyncio.get_running_loop()
        while True:
            due_ns = time.perf_counter_ns() + int(PROBE_S * 1e9)
            if isinstance(loop, PunctualLoop):
                loop.watch(due_ns)
                await asyncio.sleep(PROBE_S)
                read_ns = loop.seen_ns(due_ns)
            else:
                await asyncio.sleep(PROBE_S)
                read_ns = time.perf_counter_ns()
            self._late_ns.append(read_ns - due_ns - _ROUNDING_NS)

    def p99_ms(self) -> float | None:
        """The 99th percentile of the lag (nearest rank); None if nothing was probed."""
        return percentile_ms(self._late_ns, 0.99)


def percentile_ms(durations_ns: Sequence[int], share: float) -> float | None:
    """Nearest-rank percentile of durations in ns, as ms; None if there are none."""
    if not durations_ns:
        return None
    ordered = sorted(durations_ns)
    return max(0, ordered[min(len(ordered) - 1, int(share * len(ordered)))]) / 1e6


def client_bound(lag_p99_ms: float | None, reported_ms: Mapping[str, float | None]) -> bool | None:
    """Say whether the client was too slow for its times to be true.

    Args:
        lag_p99_ms: from ``LagProbe.p99_ms``.
        reported_ms: name -> median of each time of the cell's calls that is reported; the lag may be in each of
            them: where no kernel notes when bytes came, or several pieces were read at once.

    Returns:
        Whether the lag exceeds 2 ms and 5 % of one of them; None if the lag or all of them are unknown.
    """
    known_ms = [value for value in reported_ms.values() if value is not None]
    if lag_p99_ms is None or not known_ms:
        return None
    return lag_p99_ms > FLOOR_MS and lag_p99_ms > TOLERATED * min(known_ms)
