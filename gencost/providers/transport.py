"""One exchange over HTTP, timed where its bytes are: in the transport, not after parsing or scheduling.

Invariant: a redirect is never followed, so a key goes to no host but the one that was configured; TLS is verified.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import aiohttp
from aiohttp.client_proto import ResponseHandler

from gencost.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """How long one try may take, seconds.

    Attributes:
        connect_s: to open a connection, TLS included.
        first_token_s: sent -> first content; of an answer that is not streamed: its first byte.
        total_s: sent -> last byte.
    """

    connect_s: float
    first_token_s: float
    total_s: float

    def __post_init__(self) -> None:
        """Refuse a time in which nothing can happen."""
        for name in ("connect_s", "first_token_s", "total_s"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"provider.{name}={getattr(self, name)}: give seconds > 0")


@dataclass
class Clock:
    """When the bytes of one exchange passed, on the clock of ``time.perf_counter_ns``.

    Attributes:
        sent_ns: the request was handed to the socket; None before.
        first_ns: its first content token came; None before, and for an answer that is not streamed.
        last_ns: its latest byte came.
        when_sent: called when the request was handed to the socket.
    """

    sent_ns: int | None = None
    first_ns: int | None = None
    last_ns: int = 0
    when_sent: Callable[[], None] = lambda: None

    @property
    def latency_ms(self) -> float:
        """Sent -> latest byte."""
        return (self.last_ns - (self.sent_ns or self.last_ns)) / 1e6

    @property
    def ttft_ms(self) -> float | None:
        """Sent -> first content token; None if there was none."""
        return None if self.first_ns is None or self.sent_ns is None else (self.first_ns - self.sent_ns) / 1e6

    def failed_ms(self) -> float:
        """Sent -> now; 0 if it was never sent."""
        return 0.0 if self.sent_ns is None else (time.perf_counter_ns() - self.sent_ns) / 1e6


_CLOCK: ContextVar[Clock | None] = ContextVar("clock", default=None)


class _StampingHandler(ResponseHandler):
    """Notes when bytes went to the socket and came from it, before anything else is done with them."""

    received_ns = 0

    def start_timeout(self) -> None:
        """Wait for the answer: aiohttp calls this when it has handed the whole request to the socket."""
        if (clock := _CLOCK.get()) is not None:
            clock.sent_ns = time.perf_counter_ns()
            clock.when_sent()
        super().start_timeout()

    def data_received(self, data: bytes) -> None:
        """Take what the socket has."""
        self.received_ns = time.perf_counter_ns()
        super().data_received(data)


class TimedResponse(aiohttp.ClientResponse):
    """Keeps the protocol that its bytes come through, which aiohttp lets go when the last one came."""

    _handler: Any = None

    async def start(self, connection: Any) -> TimedResponse:
        """Begin, as aiohttp does."""
        self._handler = connection.protocol
        await super().start(connection)
        return self

    @property
    def received_ns(self) -> int:
        """When the latest byte came from the socket."""
        return int(self._handler.received_ns)


@dataclass(frozen=True, kw_only=True)
class Transport:
    """Connections to one provider, made where they are first needed, kept open between calls.

    Attributes:
        timeouts: of one try.
    """

    timeouts: Timeouts
    _sessions: dict[int, aiohttp.ClientSession] = field(default_factory=dict, init=False, repr=False, compare=False)

    @asynccontextmanager
    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], clock: Clock
    ) -> AsyncIterator[TimedResponse]:
        """Send one request.

        Args:
            url: where.
            body: JSON.
            headers: with the key, if there is one.
            clock: is kept up to date.

        Raises:
            aiohttp.ClientError, TimeoutError: it failed.
        """
        _CLOCK.set(clock)  # a task's own: it makes one exchange at a time
        async with self._session().post(url, data=body, headers=headers, allow_redirects=False) as response:
            if not isinstance(response, TimedResponse):
                raise TypeError(f"{type(response)} does not tell when its bytes came")
            yield response

    def _session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        session = self._sessions.get(id(loop))
        if session is None or session.closed:
            connector = aiohttp.TCPConnector(limit=0, ttl_dns_cache=300)
            # aiohttp has no public way to its protocol class.
            connector._factory = cast("partial[ResponseHandler]", partial(_StampingHandler, loop=loop))
            session = self._sessions[id(loop)] = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self.timeouts.connect_s),
                response_class=TimedResponse,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=True,
            )
        return session

    async def aclose(self) -> None:
        """Close the connections of the running loop."""
        session = self._sessions.pop(id(asyncio.get_running_loop()), None)
        if session is not None:
            await session.close()
