"""Rate limits of one provider account, shared by every cell that uses it, slower after a 429, faster again later."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from gencost.errors import ConfigError
from gencost.metrics_db.told import Told

_SLOWEST = 1 / 16
_SLOWER = 0.5
_FASTER = 1.02
_BURST_S = 1.0
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 32.0
_MOST_REFUSALS, _MOST_SILENCE_S = 10, 120.0
_RARE = 20  # after as many answers since the last refusal no limit is assumed
_FEW = 16  # places, of which a call in line more or less is much
_LOOK_S = 0.1  # how soon a waiting call notices that it must not be made


@dataclass(frozen=True, kw_only=True)
class LimitSettings:
    """The limits of a provider account; None means no limit.

    Attributes:
        requests_per_min: tries a minute.
        tokens_per_min: estimated input + largest output tokens a minute.
        in_flight: tries at once, over all cells.
    """

    requests_per_min: float | None = None
    tokens_per_min: float | None = None
    in_flight: int | None = None

    def __post_init__(self) -> None:
        """Refuse a limit that would let nothing through."""
        for name in ("requests_per_min", "tokens_per_min", "in_flight"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise ConfigError(f"limits.{name}={value}: give a number > 0, or null for no limit")


class Pace:
    """Spaces amounts out to a rate a minute (GCRA, ITU-T I.371), with a burst of one second's worth.

    Args:
        per_min: amount a minute; None never waits.
    """

    def __init__(self, per_min: float | None) -> None:
        self._per_s = None if per_min is None else per_min / 60
        self._free_at_s = -math.inf

    def wait_s(self, amount: float, now_s: float, speed: float = 1.0) -> float:
        """Take ``amount`` and say how long to wait before using it.

        Args:
            amount: requests or tokens.
            now_s: the clock.
            speed: share of the pace that is allowed at the moment, in (0, 1].

        Returns:
            Seconds, 0 if it may be used at once.
        """
        if self._per_s is None:
            return 0.0
        start_s = max(self._free_at_s, now_s - _BURST_S)
        self._free_at_s = start_s + amount / (self._per_s * speed)
        return max(0.0, start_s - now_s)


class Limits:
    """The gate before one provider account, shared by all of its cells.

    Beside what the user configured it keeps what the provider shows by refusing: nobody sends for as long as the server
    asks. If it asks for nothing, half as many calls are made at once; a second refusal with no answer between closes
    the account for a second, the next for two, four, ... Answers bring it back. A rare refusal changes nothing.

    Args:
        settings: what the account allows.
        account: its name and what was configured for it, as one text.

    Attributes:
        account: as given.
        answers: how many there were.
        refusals: how many there were since the last answer; those at once count as one.
    """

    def __init__(self, settings: LimitSettings, account: str = "") -> None:
        self.account = account
        self._requests = Pace(settings.requests_per_min)
        self._tokens = Pace(settings.tokens_per_min)
        self._most = float(settings.in_flight or math.inf)
        self._unlimited = settings == LimitSettings()
        self._speed = 1.0
        self._window = math.inf
        self._before = 0.0
        self._since = 0
        self._in_flight = 0
        self._closed_until_s = self._refused_at_s = self._silent_since_s = -math.inf
        self._queue = asyncio.Lock()
        self._freed = asyncio.Event()
        self.answers = self.refusals = 0

    @property
    def open(self) -> bool:
        """Whether nothing has to be waited for: there is no limit, and the provider refused nobody lately."""
        return self._unlimited and self._window == math.inf and self._closed_until_s <= time.monotonic()

    async def enter(self, tokens: Callable[[], int], stop: asyncio.Event) -> bool:
        """Wait, in the order of coming, until one try may be made.

        Args:
            tokens: gives an estimate of input + largest output.
            stop: ends the waiting.

        Returns:
            False if ``stop`` came first; otherwise the caller must ``leave``.
        """
        if not self.open:
            async with self._queue:
                while not stop.is_set() and (wait_s := self._wait_s()) > 0:
                    await self._pause(wait_s)
                now_s = time.monotonic()
                requests_s = self._requests.wait_s(1, now_s, self._speed)
                tokens_s = self._tokens.wait_s(tokens(), now_s, self._speed)
                if (wait_s := max(requests_s, tokens_s)) > 0:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), wait_s)
        if stop.is_set():
            return False
        self._in_flight += 1
        return True

    def leave(self) -> None:
        """Give the place back."""
        self._in_flight -= 1
        self._freed.set()

    def _wait_s(self) -> float:
        """Return the shortest wait of the next one; a place that is not free yet may be so at any time."""
        if self._in_flight >= min(self._most, self._window):
            return _LOOK_S
        return self._closed_until_s - time.monotonic()

    async def _pause(self, wait_s: float) -> None:
        self._freed.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._freed.wait(), min(wait_s, _LOOK_S))

    def refused(self, retry_after_s: float | None, sent_s: float) -> None:
        """Note a 429: nobody sends before the account opens again, and then fewer.

        Args:
            retry_after_s: what the server asked for; None if it did not.
            sent_s: when the refused try was sent, on the clock of ``time.monotonic``: what was under way when another
                one was refused tells nothing new.
        """
        now_s = time.monotonic()
        if retry_after_s is not None:
            self._closed_until_s = max(self._closed_until_s, now_s + retry_after_s)
        if sent_s <= self._refused_at_s:
            return
        self._refused_at_s = now_s
        self.refusals += 1
        if self.refusals == 1:
            self._silent_since_s = now_s
        self._speed = max(_SLOWEST, self._speed * _SLOWER)
        rare, self._since = self._since >= _RARE, 0
        if retry_after_s is not None or (rare and self.refusals == 1):
            return
        self._before = max(self._before, float(self._in_flight + 1))
        self._window = max(1.0, min(self._window, self._in_flight + 1.0) / 2)
        if self.refusals > 1:
            wait_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** (self.refusals - 2))
            self._closed_until_s = max(self._closed_until_s, now_s + wait_s)

    @property
    def shut(self) -> bool:
        """Whether the account refused everything for minutes."""
        silent_s = time.monotonic() - self._silent_since_s
        return self.refusals >= _MOST_REFUSALS and silent_s >= _MOST_SILENCE_S

    def answered(self) -> None:
        """Note an answer: pace and calls at once recover by 2 % each, up to what was configured."""
        self.answers += 1
        self._since += 1
        self.refusals = 0
        if self._window == math.inf and self._speed == 1.0:
            return
        self._speed = min(1.0, self._speed * _FASTER)
        self._window *= _FASTER
        if self._window > 2 * self._before:
            self._window, self._before = math.inf, 0.0
        self._freed.set()


class Places:
    """So many calls of one cell are in flight at most; who comes first takes the first place that is left.

    Args:
        count: of the places.

    Attributes:
        in_line: answered calls that may wait for a quiet moment to be recorded.
        spare: calls that may be begun and wait, so that no place is idle. With those in line and in flight twice as
            many are pending as there are places (of few places, one more): so many may be in doubt after a crash.
    """

    def __init__(self, count: int) -> None:
        self.in_line = max(1, count // 8)
        self.spare = count if count < _FEW else count - self.in_line
        self._count: float = count
        self._taken = 0
        self._queue: deque[asyncio.Future[bool]] = deque()

    @property
    def waiting(self) -> int:
        """Calls that wait for a place."""
        return len(self._queue)

    async def take(self, begin: Callable[[Told], None]) -> bool:
        """Begin a call, and wait for a place when it is begun.

        Args:
            begin: is given a function that it calls when that is done, with why if it could not be.

        Returns:
            Whether another call left its place to this one.

        Raises:
            MetricsDBError: it could not begin; it has no place then.
        """
        place = asyncio.get_running_loop().create_future()
        begin(partial(self._begun, place))
        try:
            return bool(await place)
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.exception() is None:
                self.leave()
            raise

    def leave(self) -> None:
        """Leave a place to the call that waits longest."""
        while self._queue:
            place = self._queue.popleft()
            if not place.done():
                place.set_result(True)
                return
        self._taken -= 1

    def open(self) -> None:
        """Let every call go on, those that are to come, too."""
        self._count = math.inf
        while self._queue:
            self._taken += 1
            self.leave()

    def _begun(self, place: asyncio.Future[bool], error: Exception | None) -> None:
        if place.done():  # nobody waits any more
            return
        if error is not None:
            place.set_exception(error)
        elif self._taken < self._count:
            self._taken += 1
            place.set_result(False)
        else:
            self._queue.append(place)
