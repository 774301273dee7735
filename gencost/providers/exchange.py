"""One exchange over a connection of aiohttp's pool, past the layers of its session.

A session makes a request, a writer and a response of many parts for each call; the requests of a provider differ in
their body alone, so that their head is made once. Connections, TLS and the parser of answers are aiohttp's.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import HttpProcessingError
from aiohttp.streams import EmptyStreamReader, StreamReader
from yarl import URL

_OF_THE_BODY = frozenset({"content-length", "transfer-encoding"})
_SWITCHING = 101
_MOST_HEADER_BYTES = 1 << 18
_MOST_HEADERS = 1024


class Reply(Protocol):
    """The head of an answer, and its body as it comes: an ``aiohttp.ClientResponse``, or the needed part of one."""

    @property
    def status(self) -> int:
        """The status code."""

    @property
    def reason(self) -> str | None:
        """Its words."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers."""

    @property
    def content(self) -> StreamReader:
        """The body."""

    @property
    def connection(self) -> Connection | None:
        """The connection that it comes on; None when all of it came."""

    def close(self) -> None:
        """End it, and its connection."""


class Watcher(Protocol):
    """Sees the bytes of an answer as they come."""

    def came(self, data: bytes, at_ns: int) -> None:
        """Keep bytes from the socket."""

    def read_kept(self) -> None:
        """Read what was kept, as the connection is lost."""

    def wake_up(self) -> None:
        """See how the connection was lost."""


class DirectReply:
    """A ``Reply`` that gives its connection back when all of it came."""

    def __init__(self, connection: Connection, message: Any, content: StreamReader) -> None:
        self.status: int = message.code
        self.reason: str | None = message.reason
        self.headers: Mapping[str, str] = message.headers
        self.content = content
        self.connection: Connection | None = connection
        content.on_eof(self._release)

    def _release(self) -> None:
        if self.connection is not None:
            self.connection.release()
            self.connection = None

    def close(self) -> None:
        """End it, and its connection."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


@dataclass(frozen=True, kw_only=True)
class Addressed:
    """The part of requests that is the same for all that one session sends to one address.

    Attributes:
        session: whose connections are used.
        request: tells the connector where to.
        head: up to the length of the body.
        params: of the parser of answers.
    """

    session: aiohttp.ClientSession
    request: aiohttp.ClientRequest
    head: bytes
    params: Mapping[str, Any]

    @classmethod
    def to(
        cls, session: aiohttp.ClientSession, url: URL, headers: Mapping[str, str], params: Mapping[str, Any]
    ) -> Addressed:
        """Make it.

        Args:
            session: whose connections are used.
            url: where to.
            headers: of every request.
            params: ``ssl``, if it is not that of the system, and those of the parser.

        Raises:
            aiohttp.InvalidURL: it is not an address.
            ValueError: a header holds a line break.
        """
        ssl, parsing = params.get("ssl", True), {key: value for key, value in params.items() if key != "ssl"}
        request = aiohttp.ClientRequest(
            "POST",
            url,
            headers=headers,
            loop=asyncio.get_running_loop(),
            response_class=aiohttp.ClientResponse,
            session=session,
            ssl=ssl,
        )
        lines = [f"{name}: {value}" for name, value in request.headers.items() if name.lower() not in _OF_THE_BODY]
        if any("\r" in line or "\n" in line for line in lines):
            raise ValueError("Newline or carriage return detected in headers. Potential header injection attack.")
        head = "\r\n".join([f"POST {request.url.raw_path_qs} HTTP/1.1", *lines, "Content-Length: "])
        return cls(session=session, request=request, head=head.encode(), params=parsing)

    async def post(
        self, body: bytes, begun: Callable[[ResponseHandler], None], sent: Callable[[], None]
    ) -> DirectReply:
        """Send one request and read the head of its answer.

        Args:
            body: JSON.
            begun: is given the connection.
            sent: called when the request is handed to the socket; again if that took longer.

        Raises:
            aiohttp.ClientError: it failed.
        """
        connection = await self._connected()
        try:
            protocol = connection.protocol
            assert protocol is not None
            protocol.set_response_params(read_until_eof=True, **self.params)
            begun(protocol)
            return DirectReply(connection, *await self._answered(protocol, body, sent))
        except BaseException:
            connection.close()
            raise

    async def _answered(
        self, protocol: ResponseHandler, body: bytes, sent: Callable[[], None]
    ) -> tuple[Any, StreamReader]:
        """Hand a request to the socket and read the head of its answer.

        The time is noted before: another thread may go on as soon as the socket has it. A large request may have to
        wait for it, and be refused before it is there.
        """
        transport = protocol.transport
        if transport is None or transport.is_closing():
            raise aiohttp.ServerDisconnectedError
        request = b"%b%d\r\n\r\n%b" % (self.head, len(body), body)
        sent()
        transport.write(request)
        if not transport.get_write_buffer_size():
            return await self._head(protocol)
        head, drain = asyncio.ensure_future(self._head(protocol)), asyncio.ensure_future(protocol._drain_helper())
        try:
            await asyncio.wait({head, drain}, return_when=asyncio.FIRST_COMPLETED)
            if not drain.done() or drain.exception() is not None:
                protocol.force_close()
            else:
                sent()
            return await head
        finally:
            head.cancel()
            drain.cancel()

    async def _connected(self) -> Connection:
        connector = self.session.connector
        assert connector is not None
        try:
            return await connector.connect(self.request, [], self.session.timeout)
        except TimeoutError as error:
            raise aiohttp.ConnectionTimeoutError(f"Connection timeout to host {self.request.url}") from error

    async def _head(self, protocol: ResponseHandler) -> tuple[Any, StreamReader]:
        """Read the head of the answer; those before it (1xx) say nothing."""
        while True:
            try:
                message, content = await protocol.read()
            except HttpProcessingError as error:
                raise aiohttp.ClientResponseError(
                    self.request.request_info, (), status=error.code, message=error.message, headers=error.headers
                ) from error
            if not 100 <= message.code < 200 or message.code == _SWITCHING:
                return message, content


def left_over(response: Reply) -> bytes:
    """Give what came before a connection broke: aiohttp would raise first, and has no public way to the bytes."""
    content = response.content
    return b"" if isinstance(content, EmptyStreamReader) else bytes(content._read_nowait(-1))


def header_limits() -> dict[str, Any]:
    """Gateways add kilobytes of headers; aiohttp counts them since 3.14."""
    limits: dict[str, Any] = {"max_line_size": _MOST_HEADER_BYTES, "max_field_size": _MOST_HEADER_BYTES}
    if "max_headers" in inspect.signature(aiohttp.ClientSession).parameters:
        limits["max_headers"] = _MOST_HEADERS
    return limits
