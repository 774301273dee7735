"""A server on loopback that counts as it is told: what a prompt takes depends on its text alone.

Chat: 100 tokens and one a letter in, 64 of them cached; 30 out, 20 of them reasoning. Messages: 20 and one a letter,
beside them 100 read from the cache, 600 written for five minutes and 400 for an hour; 30 out. The stream of a prompt
that begins with ``Wait`` stops behind its first piece until somebody asks for ``/go``.

As a program it serves until it is ended, and prints its address first.
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_TEXT = ("Par", "is.")


def chat_usage(letters: int) -> dict[str, Any]:
    return {
        "prompt_tokens": 100 + letters,
        "completion_tokens": 30,
        "total_tokens": 130 + letters,
        "prompt_tokens_details": {"cached_tokens": 64},
        "completion_tokens_details": {"reasoning_tokens": 20},
    }


def message_usage(letters: int) -> dict[str, Any]:
    return {
        "input_tokens": 20 + letters,
        "cache_read_input_tokens": 100,
        "cache_creation_input_tokens": 1000,
        "cache_creation": {"ephemeral_5m_input_tokens": 600, "ephemeral_1h_input_tokens": 400},
        "output_tokens": 30,
        "service_tier": "standard",
    }


def _letters(body: dict[str, Any]) -> int:
    contents = [turn["content"] for turn in body["messages"] if turn["role"] == "user"]
    return sum(len(it if isinstance(it, str) else "".join(part["text"] for part in it)) for it in contents)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    go = threading.Event()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/go":
            self.go.set()
            self._send({})
        elif self.path.endswith("/messages"):
            self._send(self._message(body))
        elif body.get("stream"):
            self._stream(body)
        else:
            self._send(self._completion(body))

    def _base(self, body: dict[str, Any], kind: str) -> dict[str, Any]:
        served = {"id": f"chatcmpl-{_letters(body)}", "object": kind, "created": 1795674862, "service_tier": "default"}
        return {**served, "model": f"{body['model']}-2024-07-18"}

    def _completion(self, body: dict[str, Any]) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": "".join(_TEXT)}
        if body.get("tools"):
            function = {"name": "weather", "arguments": "{}"}
            message |= {"content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": function}]}
        finish = "tool_calls" if body.get("tools") else "stop"
        choice = {"index": 0, "finish_reason": finish, "message": message}
        return {**self._base(body, "chat.completion"), "choices": [choice], "usage": chat_usage(_letters(body))}

    def _stream(self, body: dict[str, Any]) -> None:
        base = self._base(body, "chat.completion.chunk")
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": _TEXT[0]}, {"content": _TEXT[1]}]
        events = [{**base, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
        events.append({**base, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        events.append({**base, "choices": [], "usage": chat_usage(_letters(body))})
        written = [f"data: {json.dumps(event)}\n\n".encode() for event in events]
        data = b"".join(written[1:]) + b"data: [DONE]\n\n"
        self._begin(len(written[0] + data), "text/event-stream")
        self.wfile.write(written[0])
        if str(body["messages"][-1]["content"]).startswith("Wait"):
            self.go.wait()
        self.wfile.write(data)

    def _message(self, body: dict[str, Any]) -> dict[str, Any]:
        served = {"id": f"msg_{_letters(body)}", "type": "message", "role": "assistant"}
        said = {"content": [{"type": "text", "text": "".join(_TEXT)}], "stop_reason": "end_turn", "stop_sequence": None}
        return {**served, **said, "model": f"{body['model']}-20251001", "usage": message_usage(_letters(body))}

    def _send(self, answer: dict[str, Any]) -> None:
        data = json.dumps(answer).encode()
        self._begin(len(data), "application/json")
        self.wfile.write(data)

    def _begin(self, size: int, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(size))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """Give the address of a server, without a path."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":
    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"http://127.0.0.1:{served.server_port}\n")
    sys.stdout.flush()
    served.serve_forever()
