"""A provider over HTTP: one try, from its bytes to a Response; whatever goes wrong is a ProviderError with its type."""

from __future__ import annotations

import asyncio
import json
import os
import time
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlsplit

import aiohttp

from gencost.errors import ConfigError, ProviderError
from gencost.masking import secrets_among, secrets_of_url
from gencost.protocols import Provider
from gencost.providers import failures
from gencost.providers.answer import Answer, StreamReader, billed_of, check_error, facts_of, invalid_body, json_object
from gencost.providers.sse import EventReader
from gencost.providers.transport import Clock, TimedResponse, Timeouts, Transport
from gencost.types import Request, Response
from gencost.usage.charged import amount

_DONE = b"[DONE]"
_SLOW_CONNECT_S = 0.005  # a faster one moves no deadline
_COST_HEADER = "x-litellm-response-cost"  # https://docs.litellm.ai/docs/proxy/response_headers (read 2026-11-26)
_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "apim-request-id", "x-litellm-call-id")


@dataclass(frozen=True, kw_only=True)
class HttpProvider(Provider):
    """What every provider over HTTP needs.

    Attributes:
        name: the part of a price key before the colon.
        base_url: up to the version, e.g. ``https://api.openai.com/v1``.
        api_key_env: the environment variable with the key; None sends no key.
        headers: sent with every request.
        stream: ask for a stream, and measure the time to its first token.
        connect_s: see ``Timeouts``.
        first_token_s: see ``Timeouts``.
        total_s: see ``Timeouts``.
    """

    name: str = ""
    base_url: str = ""
    api_key_env: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    stream: bool = False
    connect_s: float = 10.0
    first_token_s: float = 120.0
    total_s: float = 600.0

    def __post_init__(self) -> None:
        """Refuse an address that is none."""
        parts = urlsplit(self.base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(f"provider.base_url={self.base_url!r}: write http(s)://host/path")
        if parts.username or parts.password:
            raise ConfigError(
                "provider.base_url holds a password: put it into the environment, see provider.api_key_env"
            )
        _ = self._transport

    @property
    def account(self) -> str:
        """What shares one set of rate limits: the name, the host and the key's variable."""
        return f"{self.name} {self.base_url} {self.api_key_env}"

    @cached_property
    def _transport(self) -> Transport:
        timeouts = Timeouts(connect_s=self.connect_s, first_token_s=self.first_token_s, total_s=self.total_s)
        return Transport(timeouts=timeouts)

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
        named = [*secrets_among(self.headers), *secrets_of_url(self.base_url)]
        return [*([self._key] if self._key else []), *named]

    def check(self, model: str) -> None:  # noqa: ARG002 - any model may be asked of a server
        """Find the key.

        Raises:
            ConfigError: its variable is not set.
        """
        _ = self._key

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    path: ClassVar[str]
    """Of the requests, under the base."""

    def url(self) -> str:
        """Where requests go: the path under the base, before the base's query."""
        base = urlsplit(self.base_url)
        return base._replace(path=f"{base.path.rstrip('/')}{self.path}").geturl()

    @abstractmethod
    def auth(self, key: str) -> dict[str, str]:
        """Headers that carry the key."""

    @abstractmethod
    def body(self, request: Request) -> dict[str, Any]:
        """The request in the vendor's words."""

    @abstractmethod
    def parse(self, body: Mapping[str, Any]) -> Answer:
        """Read an answer that was not streamed; raises ``ProviderError``."""

    @abstractmethod
    def billed(self, body: Mapping[str, Any]) -> Answer:
        """Read what is known of the bill of a body that is no answer; it never raises."""

    @abstractmethod
    def reader(self) -> StreamReader:
        """Make a reader of one stream."""

    @cached_property
    def _sent_headers(self) -> dict[str, str]:
        auth = self.auth(self._key) if self._key else {}
        return {"Content-Type": "application/json", **self.headers, **auth}

    async def complete(self, request: Request) -> Response:
        """Make one try.

        Raises:
            ProviderError: it failed; its text holds no secret.
        """
        clock = Clock()
        body = json.dumps(self.body(request), ensure_ascii=False).encode("utf-8", "replace")
        try:
            return await self._exchange(body, clock)
        except ProviderError as error:
            raise self._told(error, clock) from None
        except TimeoutError as error:
            raise self._told(_timed_out(error, clock), clock) from None
        except aiohttp.ClientError as error:
            raise self._told(_broken(error, clock), clock) from None

    def _told(self, error: ProviderError, clock: Clock) -> ProviderError:
        return ProviderError(
            failures.shown(str(error), self._secrets),
            error_type=error.error_type,
            http_status=error.http_status,
            retry_after_s=error.retry_after_s,
            service_ms=clock.failed_ms(),
            sent_ns=clock.sent_ns,
            billed=error.billed,
        )

    async def _exchange(self, body: bytes, clock: Clock) -> Response:
        times, now = self._transport.timeouts, asyncio.get_running_loop().time
        soon_s = min(times.first_token_s, times.total_s)
        started = now()

        def when_sent() -> None:
            if now() - started > _SLOW_CONNECT_S:
                deadline.reschedule(now() + soon_s)

        clock.when_sent = when_sent
        async with asyncio.timeout(soon_s) as deadline:
            async with self._transport.post(self.url(), body, self._sent_headers, clock) as response:
                if response.status // 100 != 2:
                    await _refuse(response)
                # Some servers answer whole what they were asked to stream, and then there is no first token to time.
                if self.stream and response.content_type != "application/json":
                    answer = await self._streamed(response, clock, deadline)
                else:
                    if not response.content.is_eof():
                        self._until_the_end(clock, deadline)
                    answer = self._whole(await response.read())
                clock.last_ns = clock.last_ns or response.received_ns
                return _response(answer, clock, response.headers)

    def _until_the_end(self, clock: Clock, deadline: asyncio.Timeout) -> None:
        left_s = self.total_s - clock.failed_ms() / 1e3
        deadline.reschedule(asyncio.get_running_loop().time() + left_s)

    def _whole(self, data: bytes) -> Answer:
        body: Mapping[str, Any] = {}
        try:
            body = json_object(data)
            check_error(body)
            return self.parse(body)
        except ProviderError as error:  # tokens may have been used all the same
            error.billed = billed_of(self.billed(body))
            raise

    async def _streamed(self, response: TimedResponse, clock: Clock, deadline: asyncio.Timeout) -> Answer:
        """Read a stream; its times are those of the bytes, its events are read in between."""
        reader = self.reader()
        try:
            await self._read_events(reader, response, clock, deadline)
        except ProviderError as error:  # tokens may have been used all the same
            error.billed = billed_of(reader.billed())
            raise
        return reader.answer()

    async def _read_events(
        self, reader: StreamReader, response: TimedResponse, clock: Clock, deadline: asyncio.Timeout
    ) -> None:
        events = EventReader()
        async for piece in response.content.iter_any():
            came_ns = response.received_ns
            for data in events.feed(piece):
                _take(reader, data)
            if reader.begun and clock.first_ns is None:
                clock.first_ns = came_ns
                self._until_the_end(clock, deadline)
        clock.last_ns = response.received_ns
        for data in events.close():
            _take(reader, data)
        if not reader.complete:
            raise ProviderError("the stream ended before its end was announced", error_type="truncated")


def _take(reader: StreamReader, data: bytes) -> None:
    if data != _DONE:
        event = json_object(data)
        check_error(event)
        reader.take(event)
    else:
        reader.complete = True


async def _refuse(response: TimedResponse) -> None:
    try:
        text = (await response.content.read(20_000)).decode("utf-8", "replace")
    except (aiohttp.ClientError, TimeoutError):
        text = ""
    raise ProviderError(
        f"HTTP {response.status} {response.reason or ''}: {text}",
        error_type=failures.error_type(response.status),
        http_status=response.status,
        retry_after_s=failures.retry_after_s(response.headers),
    )


def _response(answer: Answer, clock: Clock, headers: Mapping[str, str]) -> Response:
    facts = facts_of(answer.reading)
    if facts["provider_cost_usd"] is None:
        facts["provider_cost_usd"] = amount(headers.get(_COST_HEADER))
    return Response(
        text=answer.text,
        latency_ms=clock.latency_ms,
        ttft_ms=clock.ttft_ms,
        finish_reason=answer.finish_reason,
        response_model=answer.response_model,
        provider_request_id=next((headers[name] for name in _REQUEST_ID_HEADERS if name in headers), None),
        sent_ns=clock.sent_ns,
        **facts,
    )


def _timed_out(error: TimeoutError, clock: Clock) -> ProviderError:
    if clock.sent_ns is None or isinstance(error, aiohttp.ConnectionTimeoutError):
        return ProviderError("no connection in time", error_type="connect")
    waited_s = (time.perf_counter_ns() - clock.sent_ns) / 1e9
    what = "answer" if clock.first_ns is None else "end of the stream"
    return ProviderError(f"no {what} after {waited_s:.1f} s", error_type="timeout")


def _broken(error: aiohttp.ClientError, clock: Clock) -> ProviderError:
    if isinstance(error, aiohttp.ClientConnectorError):
        return ProviderError(f"cannot connect: {error}", error_type="connect")
    if isinstance(error, aiohttp.ClientPayloadError):
        return ProviderError(f"the answer broke off: {error}", error_type="truncated")
    if isinstance(error, aiohttp.ClientResponseError | aiohttp.InvalidURL):
        return invalid_body(f"no HTTP: {error}")
    kind = "connection" if clock.sent_ns is not None else "connect"
    return ProviderError(f"connection lost: {type(error).__name__} {error}", error_type=kind)
