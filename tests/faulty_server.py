"""A server with every kind of fault, each in a share of its calls: python tests/faulty_server.py PORT_FILE TALLY_FILE.

It answers Chat Completions, streamed. Each answer that was sent to its end is a line of the tally: its prompt and a
number of its own, which is the text of the answer, so that whoever reads a metrics DB can find it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import sys
from pathlib import Path

SHARE = 0.02
FAULTS = (
    *("status_500", "status_429", "status_503_html", "reset_before", "cut_after_a_piece", "invalid_json", "login_page"),
    *("error_in_200", "error_event", "empty_choices", "no_usage", "surrogate", "ping_and_comments", "open_at_the_end"),
    "stale",
)


def event(body) -> bytes:
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def piece(text, finish=None) -> bytes:
    return event({"model": "m", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]})


def usage() -> bytes:
    counts = {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25}
    return event({"model": "m", "choices": [], "usage": counts})


def whole(content: bytes, status="200 OK", kind="application/json", more="") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n{more}\r\n"
    return head.encode() + content


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(content: bytes) -> bytes:
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"


class Server:
    def __init__(self, tally: Path) -> None:
        self.numbers = itertools.count()
        self.chance = random.Random(17)
        self.tally = tally.open("a", buffering=1)

    async def connected(self, reader, writer) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                length = next(line for line in head.split("\r\n") if line.startswith("content-length"))
                asked = json.loads(await reader.readexactly(int(length.split(":")[1])))
                if not await self.answer(asked["messages"][-1]["content"], writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def answer(self, prompt, writer) -> bool:
        """Answer one call; False closes the connection."""
        drawn = int(self.chance.random() / SHARE)
        fault = FAULTS[drawn] if drawn < len(FAULTS) else None
        number = f"answer{next(self.numbers)}"
        await asyncio.sleep(0.01)
        later = {"status": "429 Too Many Requests", "more": "Retry-After: 0\r\n"}
        refusals = {
            "status_500": whole(b'{"error": {"message": "broken"}}', "500 Internal Server Error"),
            "status_429": whole(b'{"error": {"message": "slow down"}}', **later),
            "status_503_html": whole(b"<html>away</html>", "503 Service Unavailable", "text/html"),
            "login_page": whole(b"<html>log in</html>", kind="text/html"),
            "error_in_200": whole(b'{"object": "error", "message": "no", "code": 502}'),
            "reset_before": b"",
        }
        if fault in refusals:
            writer.write(refusals[fault])
            await writer.drain()
            return fault != "reset_before"
        return await self.stream(fault, number, prompt, writer)

    async def stream(self, fault, number, prompt, writer) -> bool:
        writer.write(HEAD + chunk(piece(number)))
        broken = {
            "cut_after_a_piece": b"",
            "invalid_json": chunk(b"data: {half\n\n"),
            "error_event": chunk(event({"error": {"message": "overloaded", "code": 503}})),
        }
        if fault in broken:
            writer.write(broken[fault])
            await writer.drain()
            return False
        if fault == "empty_choices":
            writer.write(chunk(event({"model": "m", "choices": []})))
        if fault == "ping_and_comments":
            writer.write(chunk(b": ping\n\nevent: ping\ndata:\n\n"))
        if fault == "surrogate":
            writer.write(chunk(b'data: {"model": "m", "choices": [{"index": 0, "delta": {"content": "\\ud800"}}]}\n\n'))
        self.tally.write(f"{number}\t{prompt}\n")
        end = chunk(piece("", "stop")) + (b"" if fault == "no_usage" else chunk(usage())) + chunk(b"data: [DONE]\n\n")
        writer.write(end if fault == "open_at_the_end" else end + b"0\r\n\r\n")
        await writer.drain()
        if fault == "open_at_the_end":
            await asyncio.sleep(2)
        return fault not in ("open_at_the_end", "stale")


async def serve(server: Server, tell) -> None:
    serving = await asyncio.start_server(server.connected, "127.0.0.1", 0)
    tell(str(serving.sockets[0].getsockname()[1]))
    await serving.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Server(Path(sys.argv[2])), Path(sys.argv[1]).write_text))
