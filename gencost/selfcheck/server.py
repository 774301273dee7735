"""A small server that speaks Chat Completions with a known service time, and the barest client of it.

``gencost selfcheck`` measures the whole engine against both: what the server knows to be true, and what no measuring
client can be faster than. Started as ``python -m gencost.selfcheck.server``, it prints its port.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import aiohttp

from gencost.providers.stamped_socket import arrived_ns, socket_of, stamped_socket
from gencost.runner.punctual_loop import new_loop

_WORDS = 20
_BODY = json.dumps(
    {
        "model": "known",
        "choices": [{"index": 0, "message": {"content": "word " * _WORDS}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": _WORDS, "total_tokens": 10 + _WORDS},
    }
).encode()
_PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(_BODY), _BODY)
_STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def _event(value: object) -> bytes:
    data = b"data: " + (value if isinstance(value, bytes) else json.dumps(value).encode()) + b"\n\n"
    return b"%x\r\n%b\r\n" % (len(data), data)


_TOKEN = _event({"model": "known", "choices": [{"index": 0, "delta": {"content": "word "}}]})


def _end(words: int) -> bytes:
    usage = {"prompt_tokens": 10, "completion_tokens": words, "total_tokens": 10 + words}
    finish = _event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    return finish + _event({"choices": [], "usage": usage}) + _event(b"[DONE]") + b"0\r\n\r\n"


class _Connection(asyncio.Protocol):
    """One connection; requests of ``service_ms`` each, measured from their last byte to the last byte of the answer."""

    def __init__(self, server: KnownServer) -> None:
        self._server = server
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._socket = socket_of(transport)
        self._server.connections += 1

    def data_received(self, data: bytes) -> None:
        came_ns = arrived_ns(self._socket)
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        lowered = head.lower()
        length = int(lowered.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if len(rest) < length:
            return
        body, self._buffer = rest[:length], rest[length:]
        if head.startswith(b"GET /times"):
            self._report()
        else:
            asyncio.get_running_loop().create_task(self._answer(came_ns, b'"stream": true' in body))

    async def _answer(self, came_ns: int, stream: bool) -> None:
        first_ns = 0
        if stream and self._server.tokens:
            for number in range(1, self._server.tokens + 1):
                await self._until(came_ns, number * self._server.gap_ms)
                self._transport.write(_STREAM_HEAD + _TOKEN if number == 1 else _TOKEN)
                first_ns = first_ns or time.perf_counter_ns() - came_ns
            self._transport.write(_end(self._server.tokens))
        elif stream:
            await self._until(came_ns, self._server.service_ms / 2)
            self._transport.write(_STREAM_HEAD + _TOKEN)
            first_ns = time.perf_counter_ns() - came_ns
            half = self._server.service_ms / 2
            for i in range(1, _WORDS):
                if i % 5 == 0:
                    await self._until(came_ns, half + half * i / _WORDS)
                self._transport.write(_TOKEN)
            await self._until(came_ns, self._server.service_ms)
            self._transport.write(_end(_WORDS))
        else:
            await self._until(came_ns, self._server.service_ms)
            self._transport.write(_PLAIN)
        self._server.times.append((time.perf_counter_ns() - came_ns, first_ns))

    @staticmethod
    async def _until(came_ns: int, ms: float) -> None:
        await asyncio.sleep(max(0.0, ms / 1e3 - (time.perf_counter_ns() - came_ns) / 1e9))

    def _report(self) -> None:
        body = json.dumps({"times_ns": self._server.times, "connections": self._server.connections}).encode()
        self._server.times, self._server.connections = [], 0
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


class KnownServer:
    """The server.

    Args:
        service_ms: request received -> answer written.
        tokens: of a stream that has one each ``gap_ms``; 0 for one that takes ``service_ms``.
        gap_ms: from one token to the next.

    Attributes:
        times: of each answer: whole and to its first token, ns; 0 if not streamed.
        connections: opened since the last report.
    """

    def __init__(self, service_ms: float, tokens: int = 0, gap_ms: float = 20.0) -> None:
        self.service_ms, self.tokens, self.gap_ms = service_ms, tokens, gap_ms
        self.times: list[tuple[int, int]] = []
        self.connections = 0

    async def run(self, port: int) -> None:
        """Serve until cancelled; prints the port."""
        loop = asyncio.get_running_loop()
        listening = stamped_socket((socket.AF_INET, socket.SOCK_STREAM, 0))
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        server = await loop.create_server(lambda: _Connection(self), sock=listening, backlog=4096)
        print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - what its starter waits for
        gc.freeze()
        async with server:
            await server.serve_forever()


@dataclass(frozen=True, kw_only=True)
class BareRun:
    """The figures of the barest aiohttp client.

    Attributes:
        seconds: of traffic.
        cpu_s: of this process.
    """

    seconds: float
    cpu_s: float


async def bare_calls(url: str, n: int, in_flight: int, stream: bool) -> BareRun:
    """Make calls with aiohttp and nothing else: no record, no parsing.

    Args:
        url: of the server, with its version.
        n: calls.
        in_flight: at once.
        stream: ask for streams.
    """
    body = json.dumps({"model": "known", "messages": [{"role": "user", "content": "hi"}], "stream": stream}).encode()
    left = iter(range(n))
    headers = {"Content-Type": "application/json"}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        started, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(
            *(_bare_worker(session, f"{url}/chat/completions", body, headers, left) for _ in range(in_flight))
        )
        return BareRun(seconds=time.perf_counter() - started, cpu_s=time.process_time() - cpu)


async def _bare_worker(
    session: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str], left: Iterator[int]
) -> None:
    for _ in left:
        async with session.post(url, data=body, headers=headers) as response:
            await response.read()


async def true_times(url: str) -> dict[str, Any]:
    """Fetch, and forget there, what the server knows about the calls since the last time.

    Args:
        url: of the server, without a path.
    """
    async with aiohttp.ClientSession() as session, session.get(f"{url}/times") as response:
        return dict(await response.json(content_type=None))


def main() -> None:
    """Start the server."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--service-ms", type=float, default=50.0)
    arguments.add_argument("--tokens", type=int, default=0)
    arguments.add_argument("--gap-ms", type=float, default=20.0)
    arguments.add_argument("--port", type=int, default=0)
    given = arguments.parse_args()
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=new_loop) as loop:
        loop.run(KnownServer(given.service_ms, given.tokens, given.gap_ms).run(given.port))


if __name__ == "__main__":
    main()
