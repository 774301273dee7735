"""The time that one try may take: a deadline that moves as its bytes pass and forgives a process that stood still."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, fields
from types import TracebackType
from typing import Any

from gencost.errors import ConfigError

# A timer that fires so late, seconds, tells of a process that was suspended, not of a server that was slow.
SUSPENDED_S = 1.0
_LOOK_S = 5.0  # a timer waits no longer, so that most ends can be moved forward without another one


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """The times that one try may take, seconds.

    Attributes:
        connect_s: to open a connection, TLS included.
        first_token_s: of a stream: sent -> first content.
        chunk_s: of a stream that has begun: one piece -> the next, a comment or ping included.
        total_s: sent -> the end of the answer.
    """

    connect_s: float
    first_token_s: float
    chunk_s: float
    total_s: float

    def __post_init__(self) -> None:
        """Refuse a time in which nothing can happen."""
        for name in (limit.name for limit in fields(self)):
            if not getattr(self, name) > 0:
                raise ConfigError(f"provider.{name}={getattr(self, name)}: give seconds > 0")


class Deadline:
    """A block that must end in time, as with ``asyncio.timeout``; its end is moved by setting it, which costs nothing.

    It is one timer of the loop and no task. What came while the process was suspended lies in the sockets: the time of
    that is given back before anything times out.

    Args:
        seconds: from now; infinite has no end.
    """

    def __init__(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self.end = self._loop.time() + seconds
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[Any] | None = None
        self._cancelled_before = 0
        self._over = False

    def now(self) -> float:
        """The clock of ``end``, seconds."""
        return self._loop.time()

    def __enter__(self) -> None:
        self._task = asyncio.current_task(self._loop)
        self._cancelled_before = 0 if self._task is None else self._task.cancelling()
        self._arm()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._over and self._task is not None:
            by_itself = self._task.uncancel() <= self._cancelled_before
            if by_itself and kind is asyncio.CancelledError:
                raise TimeoutError from error

    def _arm(self) -> None:
        if self.end != float("inf"):
            due = min(self.end, self._loop.time() + _LOOK_S)
            self._timer = self._loop.call_at(due, self._fall, due)

    def _fall(self, due: float) -> None:
        now = self.now()
        if now - due > SUSPENDED_S:
            self.end += now - due
        if now < self.end:
            self._arm()
        else:
            self._over = True
            if self._task is not None:
                self._task.cancel()


class Patience(Deadline):
    """The deadline of one try.

    Args:
        times: of the provider.
        stream: a stream was asked for.

    Attributes:
        came_ns: when the newest piece came that nobody read yet, on the clock of ``time.perf_counter_ns``.
    """

    came_ns = 0

    def __init__(self, times: Timeouts, stream: bool) -> None:
        self._times = times
        self._first_s = min(times.first_token_s, times.total_s) if stream else times.total_s
        super().__init__(times.connect_s + self._first_s)
        self._sent = self.now()

    def sent(self) -> None:
        """The request was handed to the socket: what a connection took is not the server's time."""
        self._sent = self.now()
        self._until(self._sent + self._first_s)

    def whole(self) -> None:
        """The answer is not a stream: it has all the time there is."""
        self.end = self._sent + self._times.total_s

    def piece(self) -> None:
        """A piece of a stream that has begun came."""
        self._until(min(self._sent + self._times.total_s, self.now() + self._times.chunk_s))

    def _fall(self, due: float) -> None:
        if self.came_ns:
            ago_s, self.came_ns = (time.perf_counter_ns() - self.came_ns) / 1e9, 0
            self.end = max(self.end, min(self._sent + self._times.total_s, self.now() - ago_s + self._times.chunk_s))
        super()._fall(due)

    def _until(self, end: float) -> None:
        """Move the end; an earlier one than the timer waits for needs another timer."""
        self.end = end
        if self._timer is not None and end < self._timer.when():
            self._timer.cancel()
            self._arm()
