"""The time that one try may take: a deadline that moves as its bytes pass and forgives a process that stood still."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from dataclasses import dataclass, fields
from types import TracebackType
from typing import Any

from gencost.errors import ConfigError

# A timer that fires so late, seconds, tells of a process that was suspended, not of a server that was slow.
SUSPENDED_S = 1.0
_NEVER = math.inf
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


class _Watch:
    """One timer of a loop that looks after all deadlines there: most end long before they are due.

    Args:
        loop: that runs.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.running: set[Deadline] = set()
        self._due = _NEVER
        self._timer: asyncio.TimerHandle | None = None

    def expect(self, end: float) -> None:
        """Look at the deadlines then, or earlier."""
        if end < self._due:
            if self._timer is not None:
                self._timer.cancel()
            self._due = min(end, self.loop.time() + _LOOK_S)
            self._timer = self.loop.call_at(self._due, self._look)

    def _look(self) -> None:
        """End what is due; a timer that fires late tells of a process that was suspended."""
        now, due, self._due = self.loop.time(), self._due, _NEVER
        given_back = now - due if now - due > SUSPENDED_S else 0.0
        for deadline in list(self.running):
            deadline.look(now, given_back)
        self.expect(min((deadline.end for deadline in self.running), default=_NEVER))


class _Here(threading.local):
    watch: _Watch | None = None


_HERE = _Here()


def _watch() -> _Watch:
    """Find the watch of the running loop."""
    loop, watch = asyncio.get_running_loop(), _HERE.watch
    if watch is None or watch.loop is not loop:
        watch = _HERE.watch = _Watch(loop)
    return watch


class Deadline:
    """A block that must end in time, as with ``asyncio.timeout``; its end is moved by setting it, which costs nothing.

    All those of a loop share one timer. What came while the process was suspended lies in the sockets: the time of that
    is given back before anything times out.

    Args:
        seconds: from now; infinite has no end.
    """

    def __init__(self, seconds: float) -> None:
        self._watch = _watch()
        self.end = self.now() + seconds
        self._task: asyncio.Task[Any] | None = None
        self._cancelled_before = 0
        self._over = False

    def now(self) -> float:
        """The clock of ``end``, seconds."""
        return self._watch.loop.time()

    def __enter__(self) -> None:
        self._task = asyncio.current_task(self._watch.loop)
        self._cancelled_before = 0 if self._task is None else self._task.cancelling()
        self._watch.running.add(self)
        self._watch.expect(self.end)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._watch.running.discard(self)
        if self._over and self._task is not None:
            by_itself = self._task.uncancel() <= self._cancelled_before
            if by_itself and kind is asyncio.CancelledError:
                raise TimeoutError from error

    def look(self, now: float, given_back: float) -> None:
        """End the block if it is due.

        Args:
            now: on the clock of ``end``.
            given_back: seconds for which the process was suspended.
        """
        self.end += given_back
        if now >= self.end:
            self._over = True
            self._watch.running.discard(self)
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

    def look(self, now: float, given_back: float) -> None:
        """End the try if it is due; a piece that nobody read yet came in time."""
        if self.came_ns:
            ago_s, self.came_ns = (time.perf_counter_ns() - self.came_ns) / 1e9, 0
            self.end = max(self.end, min(self._sent + self._times.total_s, now - ago_s + self._times.chunk_s))
        super().look(now, given_back)

    def _until(self, end: float) -> None:
        """Move the end; the watch must know of one that may be earlier."""
        self.end = end
        self._watch.expect(end)
