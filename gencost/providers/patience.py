"""How long one try may take: a deadline that moves as its bytes pass."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, fields
from types import TracebackType

from gencost.errors import ConfigError

_SLOW_CONNECT_S = 0.005  # a faster one moves no deadline
_SLACK = 0.25  # moving a deadline costs more than reading a piece: it is moved when so much of it has passed


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """How long one try may take, seconds.

    Attributes:
        connect_s: to open a connection, TLS included.
        first_token_s: of a stream: sent -> first content.
        chunk_s: of a stream that has begun: one piece -> the next, a comment or ping included; up to a quarter more.
        total_s: sent -> the end of the answer.
    """

    connect_s: float
    first_token_s: float
    chunk_s: float
    total_s: float

    def __post_init__(self) -> None:
        """Refuse a time in which nothing can happen."""
        for name in (one.name for one in fields(self)):
            if not getattr(self, name) > 0:
                raise ConfigError(f"provider.{name}={getattr(self, name)}: give seconds > 0")


class Patience:
    """The deadline of one try, as an asynchronous context manager; it raises ``TimeoutError``.

    Args:
        times: of the provider.
        stream: a stream was asked for.
    """

    def __init__(self, times: Timeouts, stream: bool) -> None:
        self._times = times
        self._first_s = min(times.first_token_s, times.total_s) if stream else times.total_s
        self._now = asyncio.get_running_loop().time
        self._started = self._sent = self._now()
        self._move_at = 0.0
        self._deadline = asyncio.timeout(self._first_s)

    async def __aenter__(self) -> None:
        await self._deadline.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self._deadline.__aexit__(kind, error, tb)

    def sent(self) -> None:
        """The request was handed to the socket: what a connection took is not the server's time."""
        self._sent = self._now()
        if self._sent - self._started > _SLOW_CONNECT_S:
            self._deadline.reschedule(self._sent + self._first_s)

    def whole(self) -> None:
        """The answer is no stream: it has all the time there is."""
        if self._move_at != float("inf"):
            self._move_at = float("inf")
            self._deadline.reschedule(self._sent + self._times.total_s)

    def piece(self) -> None:
        """A piece of a stream that has begun came."""
        now = self._now()
        if now >= self._move_at:
            chunk_s = self._times.chunk_s
            self._move_at = now + _SLACK * chunk_s
            self._deadline.reschedule(min(self._sent + self._times.total_s, now + (1 + _SLACK) * chunk_s))
