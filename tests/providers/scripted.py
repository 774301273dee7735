"""A server that says exactly the bytes a test gives it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from gencost.types import Message, Request, Sample


def request(text: str = "hello", system: str | None = None, **params: Any) -> Request:
    before = () if system is None else (Message(role="system", content=system),)
    sample = Sample(id="1", messages=(*before, Message(role="user", content=text)))
    return Request(
        request_id="r", run_id=None, ts=datetime.now(UTC), provider="p", model="m", sample=sample, params=params
    )


def http(body: Any, status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer with its length."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def sse(*events: Any, done: bool = True, status: str = "200 OK") -> bytes:
    """A whole stream that ends with the connection."""
    data = b"".join(b"data: " + (e if isinstance(e, bytes) else json.dumps(e).encode()) + b"\n\n" for e in events)
    end = b"data: [DONE]\n\n" if done else b""
    return f"HTTP/1.1 {status}\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n".encode() + data + end


@dataclass
class Said:
    """What a server was asked: the head and the JSON body of each request, and how many connections it had."""

    heads: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0


Script = Sequence[bytes | float]


async def _answer(reader, writer, said: Said, script: Script) -> None:
    said.connections += 1
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            text = head.decode()
            length = int(next(line for line in text.lower().split("\r\n") if "content-length" in line).split(":")[1])
            said.heads.append(text)
            said.bodies.append(json.loads(await reader.readexactly(length)))
            for step in script:
                if isinstance(step, float):
                    await asyncio.sleep(step)
                else:
                    writer.write(step)
                    await writer.drain()
            if b"Connection: close" in b"".join(s for s in script if isinstance(s, bytes)) or not script:
                return
    except (asyncio.IncompleteReadError, ConnectionError):
        return
    finally:
        writer.close()


Ask = Callable[..., Any]


@pytest.fixture
def ask() -> Ask:
    """Ask a provider, made for a server's address, some times; gives the last answer or error, and what was asked."""

    def run(make: Callable[[str], Any], *script: bytes | float, times: int = 1, **asked: Any) -> tuple[Any, Said]:
        async def main() -> tuple[Any, Said]:
            said = Said()
            server = await asyncio.start_server(lambda r, w: _answer(r, w, said, script), "127.0.0.1", 0)
            provider = make(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
            try:
                for _ in range(times):
                    outcome = await provider.complete(request(**asked))
            except Exception as error:
                outcome = error
            finally:
                await provider.aclose()
                server.close()
            return outcome, said

        return asyncio.run(main())

    return run
