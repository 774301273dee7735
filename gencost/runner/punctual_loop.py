"""An event loop that looks at its sockets first: what came is read, and so timed, before anybody works with it.

asyncio reads a socket when its turn comes among all that is due, and looks for others only when all of that is done: of
a hundred answers that come at once, the last would be timed when the ones before it were read, priced and recorded.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from gencost.providers.patience import SUSPENDED_S

_WAITS_NS = 2_000_000
_SUSPENDED_NS = int(SUSPENDED_S * 1e9)
_NEVER = sys.maxsize
_FIRST = deque.popleft  # each callback comes by here, and super() takes its time


@dataclass(frozen=True, kw_only=True)
class ReadingPace:
    """The haste with which a loop reads what came.

    A processor does the same work in less time when it has just done it than after a pause. So what need not be read at
    once is read, and accounted for, with more of its kind.

    Attributes:
        gather_s: how long a loop that waits lets more come.
        callbacks: that go on before it asks itself whether to look at its sockets.
        look_ns: how long ago the last look must be then.
        at_once: how many of those who give way go on after a look.
    """

    gather_s: float
    callbacks: int
    look_ns: int
    at_once: int


PUNCTUAL = ReadingPace(gather_s=0.0, callbacks=1, look_ns=200_000, at_once=1)
"""Of bytes that came when they are read."""
UNHURRIED = ReadingPace(gather_s=0.0005, callbacks=8, look_ns=1_000_000, at_once=4)
"""Of whole answers of which the kernel says when they came."""


class _Due(deque[asyncio.Handle]):
    """Callbacks that are due; before one of them, the sockets are looked at if that is long ago."""

    def __init__(self, loop: PunctualLoop) -> None:
        super().__init__()
        self._loop = loop
        self.pace = PUNCTUAL
        self._left = 1

    def popleft(self) -> asyncio.Handle:
        self._left -= 1
        if self._left <= 0:
            self._left = self.pace.callbacks
            if time.perf_counter_ns() - self._loop.looked_ns > self.pace.look_ns:
                self._loop.look()
        return _FIRST(self)


class _Gathering(selectors.DefaultSelector):
    """A selector that lets more come before it looks, where somebody waits for something.

    Attributes:
        gather_s: how long.
    """

    gather_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        gather_s = self.gather_s
        if gather_s and (timeout is None or timeout > gather_s):
            time.sleep(gather_s)
            if events := super().select(0):
                return events
            timeout = None if timeout is None else timeout - gather_s
        return super().select(timeout)


class PunctualLoop(asyncio.SelectorEventLoop):
    """An event loop that reads its sockets before all else, and between callbacks at a pace of its own.

    Attributes:
        looks: at its sockets so far.
        looked_ns: when it had last read what came, on the clock of ``time.perf_counter_ns``.
        told_standstill: is given the time of a look when the one before it is more than a second ago.
    """

    def __init__(self) -> None:
        self.looks = 0
        self.told_standstill: Callable[[int], None] = lambda _: None
        self.looked_ns = time.perf_counter_ns()
        self._watched_ns, self._seen_ns = _NEVER, 0
        self._selector = _Gathering()
        super().__init__(self._selector)
        self._ready = self._due = _Due(self)

    @property
    def busy(self) -> bool:
        """Whether any callback is due."""
        return bool(self._ready)

    def keep(self, pace: ReadingPace) -> None:
        """Read at this pace from now on."""
        self._due.pace, self._selector.gather_s = pace, pace.gather_s

    def look(self) -> None:
        """Read what came."""
        self._process_events(self._selector.select(0))

    def watch(self, due_ns: int) -> None:
        """Note when all is read that came until then."""
        self._watched_ns = due_ns

    def seen_ns(self, due_ns: int) -> int:
        """Return when all was read that had come at the moment given to ``watch``; now if that is to come."""
        return self._seen_ns if self._seen_ns >= due_ns else time.perf_counter_ns()

    def _process_events(self, events: Sequence[tuple[selectors.SelectorKey, int]]) -> None:
        """Read now what asyncio would let wait for its turn; what can be written to has time."""
        now_ns = time.perf_counter_ns()
        if now_ns - self.looked_ns > _SUSPENDED_NS:
            self.told_standstill(now_ns)
        self.looks += 1
        for key, mask in events:
            reader = key.data[0]
            if mask & selectors.EVENT_WRITE or reader is None or reader.cancelled():
                super()._process_events([(key, mask)])  # type: ignore[misc]
            else:
                reader._run()
        self.looked_ns = time.perf_counter_ns()
        if now_ns >= self._watched_ns:
            self._seen_ns, self._watched_ns = self.looked_ns, _NEVER


def new_loop() -> asyncio.AbstractEventLoop:
    """Make an event loop for calls; Windows has another kind, which reads as asyncio does."""
    return asyncio.new_event_loop() if sys.platform == "win32" else PunctualLoop()


@contextlib.contextmanager
def reading_at(pace: ReadingPace) -> Iterator[None]:
    """Let the running loop read at a pace, if it is a ``PunctualLoop``."""
    loop: Any = asyncio.get_running_loop()
    if not isinstance(loop, PunctualLoop):
        yield
        return
    loop.keep(pace)
    try:
        yield
    finally:
        loop.keep(PUNCTUAL)


class _Line:
    """Tasks that go on one after another, each in its own round of a ``PunctualLoop``; in another loop nobody waits.

    Whoever comes alone does not wait, and costs the loop nothing.

    Args:
        patience_ns: how long the first in line waits for a round in which nothing else is due; 0 for none.
        at_once: how many go on in a round.
    """

    def __init__(self, patience_ns: int = 0, at_once: int = 1) -> None:
        self._patience_ns, self._at_once = patience_ns, at_once
        self._waiting: deque[Callable[[], None]] = deque()
        self._given_looks = self._since_ns = 0

    async def wait(self) -> None:
        """Go on when it is one's turn."""
        loop: Any = asyncio.get_running_loop()
        if not self._is_next(loop):
            turn = loop.create_future()
            self._join(loop, partial(_go_on, turn))
            await turn

    def later(self, work: Callable[[], None]) -> None:
        """Do some work when it is its turn, now if that is so already."""
        loop: Any = asyncio.get_running_loop()
        if self._is_next(loop):
            work()
        else:
            self._join(loop, work)

    def finish(self) -> None:
        """Let everybody go on at once."""
        while self._waiting:
            self._waiting.popleft()()

    def _is_next(self, loop: Any) -> bool:
        if not isinstance(loop, PunctualLoop):
            return True
        if self._waiting or loop.looks <= self._given_looks or (self._patience_ns and loop.busy):
            return False
        self._given_looks = loop.looks
        return True

    def _join(self, loop: Any, work: Callable[[], None]) -> None:
        if not self._waiting:
            self._since_ns = time.perf_counter_ns()
            loop.call_soon(self._next, loop)
        self._waiting.append(work)

    def _next(self, loop: PunctualLoop) -> None:
        """Let the next ones go on in the next round."""
        now_ns = time.perf_counter_ns()
        if not loop.busy or now_ns - self._since_ns >= self._patience_ns:
            for _ in range(min(self._at_once, len(self._waiting))):
                self._waiting.popleft()()
                self._given_looks, self._since_ns = loop.looks + 1, now_ns
        if self._waiting:
            loop.call_soon(self._next, loop)


def _go_on(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)


class Turns:
    """Lets one task go on after each look at the sockets.

    Args:
        timed: whether any bytes are timed; nobody waits where all times are drawn or recorded, as those of the mock.
        at_once: of those who give way, how many go on after a look.
    """

    def __init__(self, timed: bool = True, at_once: int = 1) -> None:
        self.timed = timed
        self._first, self._others = _Line(), _Line(_WAITS_NS, at_once)

    async def take(self, *, gives_way: bool = False) -> None:
        """Wait for a turn.

        Args:
            gives_way: what is to be done has time: wait for a moment in which nothing else is due, but not for long.
        """
        if self.timed:
            await (self._others if gives_way else self._first).wait()

    def later(self, work: Callable[[], None]) -> None:
        """Do some work at a moment in which nothing else is due; it raises nothing."""
        self._others.later(work)

    def finish(self) -> None:
        """Do at once all that was to be done later: nothing that was answered is lost with the loop."""
        self._others.finish()
