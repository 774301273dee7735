"""One exchange over HTTP, timed where its bytes are: in the transport, not after parsing or scheduling.

Invariant: a redirect is never followed, so a key goes to no host but the one that was configured; TLS is verified.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, cast

import aiohttp
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from gencost.providers.exchange import Addressed, Reply, Watcher, header_limits
from gencost.providers.network import proxy_for, tls_context
from gencost.providers.odd_http import pieces
from gencost.providers.stamped_socket import StampedSocket, arrived_ns, socket_of, stamped_socket

_MOST_AT_ONCE = 1 << 16
# A complete answer is not waited for any longer; if the end of its transfer comes so soon, its connection is kept.
LINGER_S = 0.5


@dataclass(slots=True)
class Clock:
    """The times at which the bytes of one exchange passed, on the clock of ``time.perf_counter_ns``.

    Attributes:
        sent_ns: the request was handed to the socket; None before.
        first_ns: its first content token came; None before, and for an answer that is not streamed.
        last_ns: the latest byte that belongs to the answer came.
        when_sent: called when the request was handed to the socket.
    """

    sent_ns: int | None = None
    first_ns: int | None = None
    last_ns: int = 0
    when_sent: Callable[[], None] = lambda: None
    _handler: StampingHandler | None = field(default=None, repr=False)

    @property
    def latency_ms(self) -> float:
        """Sent -> latest byte of the answer."""
        last_ns = max(self.last_ns or self.received_ns, self.sent_ns or 0)
        return (last_ns - (self.sent_ns or last_ns)) / 1e6

    @property
    def ttft_ms(self) -> float | None:
        """Sent -> first content token; None if there was none."""
        return None if self.first_ns is None or self.sent_ns is None else (self.first_ns - self.sent_ns) / 1e6

    @property
    def received_ns(self) -> int:
        """The time of the latest byte from the socket; 0 if none did."""
        return 0 if self._handler is None else self._handler.received_ns

    @property
    def stale(self) -> bool:
        """Whether the connection had served an earlier request and said nothing to this one."""
        return self._handler is not None and self._handler.requests > 1 and not self.received_ns

    def failed_ms(self) -> float:
        """Sent -> now; 0 if it was never sent."""
        return 0.0 if self.sent_ns is None else (time.perf_counter_ns() - self.sent_ns) / 1e6

    def begin(self, handler: ResponseHandler) -> None:
        """Take a connection for the exchange."""
        self._handler = cast("StampingHandler", handler)
        self._handler.received_ns = 0

    def hand_over(self) -> None:
        """Note that the request was handed to the socket."""
        self.sent_ns = time.perf_counter_ns()
        self.when_sent()

    def watch(self, watcher: Watcher | None) -> None:
        """Let somebody see the bytes of the answer as they come; None lets nobody."""
        if self._handler is not None:
            self._handler.watch(watcher)

    def spare(self) -> None:
        """Note when the rest of a stream comes only where that is cheap."""
        if self._handler is not None and self._handler.socket is not None:
            self._handler.socket.spare()

    def parse(self, data: bytes) -> None:
        """Let aiohttp read bytes that a watcher kept."""
        if self._handler is not None:
            ResponseHandler.data_received(self._handler, data)


_CLOCK: ContextVar[Clock | None] = ContextVar("clock", default=None)


class StampingHandler(ResponseHandler):
    """Notes when bytes went to the socket and came from it, before anything else is done with them.

    Attributes:
        received_ns: when the newest bytes of an exchange came; 0 before the first.
        requests: that the connection served.
        watcher: of the answer that is read; None without one.
        socket: under it, if that knows when bytes came.
    """

    received_ns = 0
    requests = 0
    watcher: Watcher | None = None

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._kept: deque[tuple[int, bytes]] = deque()
        self._params: dict[str, Any] = {}
        self._packet = b""  # what is read now
        self.socket: StampedSocket | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take few bytes at once: malloc gets the 256 KiB that asyncio asks for from the system each time."""
        if hasattr(transport, "max_size"):
            transport.max_size = _MOST_AT_ONCE
        self.socket = socket_of(transport)
        super().connection_made(transport)

    def set_response_params(self, **params: Any) -> None:
        """Begin a request: aiohttp calls this when it has a connection for it."""
        self.requests += 1
        self._params = params
        if self.socket is not None:
            self.socket.noting = True
        if (clock := _CLOCK.get()) is not None:
            clock.begin(self)
        super().set_response_params(**params)

    def start_timeout(self) -> None:
        """Wait for the answer: aiohttp calls this when it has handed the whole request to the socket."""
        if (clock := _CLOCK.get()) is not None:
            clock.hand_over()
        super().start_timeout()

    def data_received(self, data: bytes) -> None:
        """Take what the socket has."""
        if not data:  # aiohttp goes on with what it has
            super().data_received(data)
            return
        at_ns = arrived_ns(self.socket)
        if self.watcher is not None:
            self.received_ns = at_ns
            self.watcher.came(data, at_ns)
            return
        self._kept.append((at_ns, data))
        if not self.received_ns and self.socket is not None and self.socket.noting:
            self._read_next()  # of an answer that begins; no other one's time depends on how long that takes
        elif len(self._kept) == 1:
            self._loop.call_soon(self._read_next)

    def watch(self, watcher: Watcher | None) -> None:
        """Let somebody have the bytes from now on, and those that nobody has read."""
        self.watcher = watcher
        while watcher is not None and self._kept:
            self.received_ns, data = self._kept.popleft()
            watcher.came(data, self.received_ns)

    def resume_reading(self, **resumed: Any) -> None:  # type: ignore[override]  # of several versions
        """Go on reading if that was paused: aiohttp asks for it with each piece of a body that is taken."""
        if self._reading_paused:
            super().resume_reading(**resumed)

    def _read_next(self) -> None:
        """Read one piece; whoever waits for it goes on before the next one, so that it is not timed by that."""
        if self._kept:
            self.received_ns, self._packet = self._kept.popleft()
            super().data_received(self._packet)
            self._packet = b""
        if self._kept:
            self._loop.call_soon(self._read_next)

    def set_exception(self, *exc: Any) -> None:
        """Read a packet that the parser refused once more, up to its fault."""
        packet, self._packet = self._packet, b""
        if parts := pieces(packet):
            super().set_response_params(**self._params)
            for part in parts:
                super().data_received(part)
            return
        super().set_exception(*exc)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End whatever is read."""
        watcher = self.watcher
        while self._kept:
            self._read_next()
        if watcher is not None:
            watcher.read_kept()
        super().connection_lost(exc)
        if watcher is not None:
            watcher.wake_up()


@dataclass(frozen=True, kw_only=True)
class Transport:
    """Connections to one provider, made where they are first needed, kept open between calls.

    Attributes:
        url: where requests go.
        connect_s: to open a connection, seconds.
        proxy: see ``network.proxy_for``.
        ca_file: see ``network.tls_context``.
    """

    url: str
    connect_s: float
    proxy: str | None = None
    ca_file: str | None = None
    _sessions: dict[int, aiohttp.ClientSession] = field(default_factory=dict, init=False, repr=False, compare=False)
    _addressed: dict[URL, Addressed] = field(default_factory=dict, init=False, repr=False, compare=False)
    _lingering: set[Reply] = field(default_factory=set, init=False, repr=False, compare=False)

    @cached_property
    def _url(self) -> URL:
        return URL(self.url)

    @cached_property
    def way(self) -> dict[str, Any]:
        """Return how connections are made; raises ``ConfigError`` if they cannot be."""
        tls = {"ssl": tls_context(self.ca_file)} if self.url.startswith("https:") else {}
        return {"proxy": proxy_for(self.url, self.proxy), **tls}

    async def post(self, body: bytes, headers: Mapping[str, str], clock: Clock, url: str | None = None) -> Reply:
        """Send one request and read the head of its answer; what comes of it ends in ``leave`` or is closed.

        Args:
            body: JSON.
            headers: with the key, if there is one.
            clock: is kept up to date.
            url: where it goes; None is where all go.

        Raises:
            aiohttp.ClientError, TimeoutError: it failed.
        """
        session, address = self._session(), self._url if url is None else URL(url)
        if self.way["proxy"] is not None:  # which wants it in aiohttp's own form
            _CLOCK.set(clock)  # a task's own: it makes one exchange at a time
            return await session.post(address, data=body, headers=headers, allow_redirects=False, **self.way)
        addressed = self._addressed.get(address)
        if addressed is None or addressed.session is not session:
            params = {**header_limits(), **{key: value for key, value in self.way.items() if key == "ssl"}}
            addressed = self._addressed[address] = Addressed.to(session, address, headers, params)
        return await addressed.post(body, clock.begin, clock.hand_over)

    def leave(self, response: Reply) -> None:
        """Let the rest of a transfer come by itself: its connection goes back to the others, or is closed."""
        if response.connection is not None:
            self._lingering.add(response)
            asyncio.get_running_loop().call_later(LINGER_S, self._drop, response)

    def _drop(self, response: Reply) -> None:
        self._lingering.discard(response)
        response.close()

    def _session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        session = self._sessions.get(id(loop))
        if session is None or session.closed:
            connector = aiohttp.TCPConnector(limit=0, ttl_dns_cache=300, socket_factory=stamped_socket)
            # aiohttp has no public way to its protocol class.
            connector._factory = cast("partial[ResponseHandler]", partial(StampingHandler, loop=loop))
            session = self._sessions[id(loop)] = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self.connect_s),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=True,
                **header_limits(),
            )
        return session

    async def aclose(self) -> None:
        """Close the connections of the running loop."""
        for response in list(self._lingering):
            self._drop(response)
        session = self._sessions.pop(id(asyncio.get_running_loop()), None)
        if session is not None:
            await session.close()
