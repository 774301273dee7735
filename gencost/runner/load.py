"""Load shapes: when calls are sent, and how many at once.

In an open loop calls are due on one schedule, made before the first call, whether or not the server keeps up. A call's
``queue_ms`` starts when it is due, so a server that stalls cannot hide the wait of those behind it (coordinated
omission), and a call that could not be sent in time is sent late, never dropped.
"""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import dataclass

from gencost.errors import ConfigError


def _at_least(name: str, value: float, least: float) -> None:
    if not (math.isfinite(value) and value >= least):
        raise ConfigError(f"load.{name}={value}: give a number >= {least:g}")


def _positive(name: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise ConfigError(f"load.{name}={value}: give a number > 0")


@dataclass(frozen=True, kw_only=True)
class Concurrent:
    """A closed loop: the next call of a cell is sent as soon as one of ``concurrency`` places is free.

    Attributes:
        concurrency: the most calls of one cell in flight; 1 is one after another.
        warmup: calls made before, recorded as ``warmup`` and left out of every result.
        processes: of this machine, which make the calls of a cell together.
    """

    concurrency: int = 8
    warmup: int = 0
    processes: int = 1

    def __post_init__(self) -> None:
        """Refuse a load that would send nothing."""
        _at_least("concurrency", self.concurrency, 1)
        _at_least("warmup", self.warmup, 0)
        _at_least("processes", self.processes, 1)

    def due_s(self, n: int, seed: int) -> list[float] | None:  # noqa: ARG002 - the role's signature
        """A closed loop has no schedule."""
        return None


@dataclass(frozen=True, kw_only=True)
class Constant:
    """An open loop with equal gaps.

    Attributes:
        rate_per_s: calls due a second.
        concurrency: the most calls of one cell in flight; more are sent late, and their ``queue_ms`` says how late.
        warmup: see ``Concurrent``, as is ``processes``.
    """

    rate_per_s: float
    concurrency: int = 1000
    warmup: int = 0
    processes: int = 1

    def __post_init__(self) -> None:
        """Refuse a load that would send nothing."""
        _positive("rate_per_s", self.rate_per_s)
        _at_least("concurrency", self.concurrency, 1)
        _at_least("warmup", self.warmup, 0)
        _at_least("processes", self.processes, 1)

    def due_s(self, n: int, seed: int) -> list[float] | None:  # noqa: ARG002 - the role's signature
        """Call i is due at i / rate."""
        return [i / self.rate_per_s for i in range(n)]


@dataclass(frozen=True, kw_only=True)
class Poisson(Constant):
    """An open loop of independent users: exponential gaps of mean 1 / ``rate_per_s``, drawn once from the seed."""

    def due_s(self, n: int, seed: int) -> list[float] | None:
        """Running sums of exponential gaps."""
        draw = random.Random(f"poisson {seed}").expovariate
        return list(itertools.accumulate(draw(self.rate_per_s) for _ in range(n)))


@dataclass(frozen=True, kw_only=True)
class Ramp:
    """An open loop whose rate grows evenly from one rate to another over the calls' schedule.

    Attributes:
        from_per_s: calls due a second at the start.
        to_per_s: calls due a second at the end.
        concurrency: see ``Constant``.
        warmup: see ``Concurrent``, as is ``processes``.
    """

    from_per_s: float
    to_per_s: float
    concurrency: int = 1000
    warmup: int = 0
    processes: int = 1

    def __post_init__(self) -> None:
        """Refuse a load that would send nothing."""
        _positive("from_per_s", self.from_per_s)
        _positive("to_per_s", self.to_per_s)
        _at_least("concurrency", self.concurrency, 1)
        _at_least("warmup", self.warmup, 0)
        _at_least("processes", self.processes, 1)

    def due_s(self, n: int, seed: int) -> list[float] | None:  # noqa: ARG002 - the role's signature
        """Invert the count of calls due by t.

        With a rate of ``a + (b - a) t / T`` the calls due by t are ``a t + (b - a) t^2 / 2T``; all ``n`` are due by
        ``T = 2 n / (a + b)``. Call i is due at the positive root of that parabola, written so that it also holds for
        ``a = b``.
        """
        a, b = self.from_per_s, self.to_per_s
        slope = (b - a) * (a + b) / (2 * n)
        return [2 * i / (a + math.sqrt(a * a + 2 * slope * i)) for i in range(n)]
