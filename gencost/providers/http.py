"""A provider over HTTP: one try, from its bytes to a Response; whatever goes wrong is a ProviderError with its type."""

from __future__ import annotations

import asyncio
import os
from abc import abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, NoReturn, Self
from urllib.parse import urlsplit

import aiohttp

from gencost.errors import ConfigError, ProviderError
from gencost.masking import secrets_among, secrets_of_url
from gencost.protocols import Provider
from gencost.providers import failures
from gencost.providers.answer import Answer, Json, StreamReader, billed_of
from gencost.providers.arrival import Arrival
from gencost.providers.body import BodyReader
from gencost.providers.broken import broken
from gencost.providers.exchange import Reply, left_over
from gencost.providers.keys import Worded
from gencost.providers.patience import Patience, Timeouts
from gencost.providers.stamped_socket import NOTED
from gencost.providers.transport import Transport
from gencost.text.json_writer import json_writer
from gencost.types import Request, Response

_WRITE = json_writer()
_REFUSAL_S, _MOST_OF_A_REFUSAL = 2.0, 20_000


@dataclass(frozen=True, kw_only=True)
class HttpProvider(Worded, Provider):
    """The common base of every provider over HTTP.

    Attributes:
        name: the part of a price key before the colon.
        base_url: up to the version, e.g. ``https://api.openai.com/v1``.
        api_key_env: the environment variable with the key; None sends no key.
        headers: sent with every request.
        stream: ask for a stream, and measure the time to its first token.
        connect_s: see ``Timeouts``.
        first_token_s: see ``Timeouts``.
        chunk_s: see ``Timeouts``.
        total_s: see ``Timeouts``.
        proxy: the URL of a proxy; ``none`` uses none, None what the environment says.
        ca_file: certificates of an authority of one's own, PEM; None trusts the system's and the environment's.
        record_chunks: record when each piece of a stream came.
    """

    name: str = ""
    base_url: str = ""
    api_key_env: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    stream: bool = False
    connect_s: float = 10.0
    first_token_s: float = 120.0
    chunk_s: float = 120.0
    total_s: float = 600.0
    proxy: str | None = None
    ca_file: str | None = None
    record_chunks: bool = False

    def __post_init__(self) -> None:
        """Refuse an address that is none, and pieces without a stream."""
        if self.record_chunks and not self.stream:
            raise ConfigError("provider.record_chunks=true times the pieces of streams: add provider.stream=true")
        parts = urlsplit(self.base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(f"provider.base_url={self.base_url!r}: write http(s)://host/path")
        if parts.username or parts.password:
            raise ConfigError(
                "provider.base_url holds a password: put it into the environment, see provider.api_key_env"
            )
        _ = self._times

    @property
    def account(self) -> str:
        """The account that shares one set of rate limits: the name, the host and the key's variable."""
        return f"{self.name} {self.base_url} {self.api_key_env}"

    @cached_property
    def _times(self) -> Timeouts:
        return Timeouts(
            connect_s=self.connect_s, first_token_s=self.first_token_s, chunk_s=self.chunk_s, total_s=self.total_s
        )

    noted = property(lambda self: NOTED and not self.stream, doc="Whether the kernel says when all of an answer came.")
    ends_after_s = property(lambda self: self.connect_s + self.total_s, doc="The most that one try takes, seconds.")

    @cached_property
    def _transport(self) -> Transport:
        return Transport(url=self.url(), connect_s=self.connect_s, proxy=self.proxy, ca_file=self.ca_file)

    @cached_property
    def _key(self) -> str | None:
        if self.api_key_env is None:
            return None
        key = os.environ.get(self.api_key_env, "").strip()
        if not key:
            raise ConfigError(f"{self.api_key_env} is not set: {self.name} needs its key in the environment or in .env")
        if not key.isascii() or not key.isprintable():
            raise ConfigError(f"{self.api_key_env} holds characters that no key has: copy it again")
        return key

    @cached_property
    def _secrets(self) -> list[str]:
        password = urlsplit(self._transport.way["proxy"] or "").password
        named = [*secrets_among(self.headers), *secrets_of_url(self.base_url), *([password] if password else [])]
        return [*([self._key] if self._key else []), *named]

    def check(self, model: str) -> None:  # noqa: ARG002 - any model may be asked of a server
        """Find the key, the proxy and the certificates.

        Raises:
            ConfigError: the key's variable is not set, or one of the others cannot be used.
        """
        _ = self._key, self._transport.way

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()
        if not self.stream and "_streaming" in vars(self):
            await self._streaming.aclose()

    path: ClassVar[str]
    """Of the requests, under the base."""

    def url(self) -> str:
        """The address of requests: the path under the base, before the base's query."""
        base = urlsplit(self.base_url)
        return base._replace(path=f"{base.path.rstrip('/')}{self.path}").geturl()

    def url_of(self, request: Request) -> str | None:  # noqa: ARG002 - of protocols that have it there
        """The address of one request; None if it is that of all."""
        return None

    @abstractmethod
    def auth(self, key: str) -> dict[str, str]:
        """Headers that carry the key."""

    @abstractmethod
    def body(self, request: Request) -> dict[str, Any]:
        """The request in the vendor's words."""

    @abstractmethod
    def fault(self, body: Json) -> ProviderError | None:
        """See ``answer.WireFormat``."""

    @abstractmethod
    def read(self, body: Json) -> Answer:
        """See ``answer.WireFormat``."""

    @abstractmethod
    def billed(self, body: Json) -> Answer:
        """See ``answer.WireFormat``."""

    @abstractmethod
    def reader(self) -> StreamReader:
        """See ``answer.WireFormat``."""

    @cached_property
    def _sent_headers(self) -> dict[str, str]:
        auth = self.auth(self._key) if self._key else {}
        return {"Content-Type": "application/json", **self.headers, **auth}

    async def complete(self, request: Request) -> Response:
        """Make one try.

        Raises:
            ProviderError: it failed; its text holds no secret.
        """
        return await self._complete(request, Arrival(body=BodyReader(self, self.stream), arrivals=self._arrivals()))

    async def pieces(self, request: Request) -> AsyncIterator[str | Response]:
        """Make one try as a stream: its text as it comes, then the whole response.

        Raises:
            ProviderError: it failed; its text holds no secret.
        """
        streaming = self._streaming
        heard: asyncio.Queue[str | None] = asyncio.Queue()
        arrival = Arrival(body=BodyReader(streaming, stream=True), heard=heard.put_nowait, arrivals=self._arrivals())
        answer = asyncio.create_task(streaming._complete(request, arrival))
        answer.add_done_callback(lambda _: heard.put_nowait(None))
        try:
            while (text := await heard.get()) is not None:
                yield text
            yield await answer
        finally:
            answer.cancel()

    def _arrivals(self) -> list[int] | None:
        return [] if self.record_chunks else None

    @cached_property
    def _streaming(self) -> Self:
        return self if self.stream else replace(self, stream=True)

    async def _complete(self, request: Request, arrival: Arrival) -> Response:
        sent = _WRITE(self.body(request)).encode("utf-8", "replace")
        try:
            await self._exchange(sent, arrival, self.url_of(request))
            return arrival.answered(arrival.body.answer())
        except ProviderError as error:
            failure = error
        except (OSError, aiohttp.ClientError) as error:  # a deadline's is an OSError, too
            # What broke off or stalled may have been complete but for the end of its transfer.
            if arrival.clock.received_ns and (answer := arrival.body.salvaged()) is not None:
                return arrival.answered(answer)
            failure = broken(error, arrival.clock)
        raise self._told(failure, arrival) from None

    def _told(self, error: ProviderError, arrival: Arrival) -> ProviderError:
        return ProviderError(
            failures.shown(str(error), self._secrets),
            error_type=error.error_type,
            http_status=error.http_status,
            retry_after_s=error.retry_after_s,
            service_ms=arrival.clock.failed_ms(),
            sent_ns=arrival.clock.sent_ns,
            ttft_ms=arrival.clock.ttft_ms,
            billed=billed_of(arrival.body.billed()),
            text=arrival.body.text or None,
        )

    async def _exchange(self, sent: bytes, arrival: Arrival, url: str | None) -> None:
        patience = Patience(self._times, self.stream)
        arrival.clock.when_sent = patience.sent
        with patience:
            response = await self._transport.post(sent, self._sent_headers, arrival.clock, url)
            try:
                arrival.headers = response.headers
                await (arrival.fill(response, patience) if response.status // 100 == 2 else _refused(response))
            except BaseException:
                response.close()
                raise
        self._transport.leave(response)


async def _refused(response: Reply) -> NoReturn:
    """Raise why the server refused, as far as it comes soon: the status is known already."""
    pieces: list[bytes] = []
    try:
        async with asyncio.timeout(_REFUSAL_S):
            while sum(map(len, pieces)) < _MOST_OF_A_REFUSAL and (piece := await response.content.readany()):
                pieces.append(piece)
    except (aiohttp.ClientError, TimeoutError):
        pieces.append(left_over(response))
    text = b"".join(pieces).decode("utf-8", "replace")
    raise failures.refused(response.status, response.reason or "", response.headers, text)
