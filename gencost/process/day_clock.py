"""The time of day as this process counts it: read once, then carried on by a clock that nobody sets.

So a step of the system's clock moves no call against its run, its tries or the calls before it. That other clock stands
still while the machine sleeps, which ``put_right`` makes up for.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime


def _asleep_ns() -> int:
    """Return the sleep of the machine since it was started; 0 where nobody knows."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return 0 if boot is None else time.clock_gettime_ns(boot) - time.monotonic_ns()


class DayClock:
    """The time of day.

    Attributes:
        epoch_ns: added to a moment of ``time.perf_counter_ns`` it is nanoseconds since 1970, UTC.
    """

    def __init__(self) -> None:
        self.epoch_ns = time.time_ns() - time.perf_counter_ns()
        self._asleep_ns = _asleep_ns()

    def now(self) -> datetime:
        """The time, UTC."""
        return datetime.fromtimestamp((self.epoch_ns + time.perf_counter_ns()) / 1e9, UTC)

    def put_right(self) -> None:
        """Add how long the machine has slept since the last time."""
        asleep_ns = _asleep_ns()
        if asleep_ns - self._asleep_ns > 1_000_000_000:  # less is the time between the two readings
            self.epoch_ns += asleep_ns - self._asleep_ns
            self._asleep_ns = asleep_ns


DAY_CLOCK = DayClock()
