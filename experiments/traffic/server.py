"""A local stand-in for an API: sorts tickets into queues, each model with an error rate and token counts of its own.

python server.py 8331
"""

from __future__ import annotations

import json
import random
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

QUEUES = ("billing", "delivery", "refund", "login", "warranty", "other")
# model -> share of tickets that it sorts right, most tokens of its thoughts
MODELS = {"gpt-5": (0.99, 700), "gpt-5-mini": (0.975, 500), "gpt-5-nano": (0.86, 600)}


def answer(body: dict[str, Any]) -> dict[str, Any]:
    """Answer one request; the same request gets the same answer."""
    text = "\n".join(message["content"] for message in body["messages"])
    right = random.Random(text).choice(QUEUES)
    share, thoughts = MODELS[body["model"]]
    drawn = random.Random(f"{body['model']}\n{text}")
    queue = right if drawn.random() < share else drawn.choice([queue for queue in QUEUES if queue != right])
    tokens_in, reasoning = len(text.split()) * 4 // 3, 64 * drawn.randint(1, thoughts // 64)
    usage = {
        "prompt_tokens": tokens_in,
        "completion_tokens": reasoning + 2,
        "total_tokens": tokens_in + reasoning + 2,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": queue}}
    name = f"chatcmpl-{drawn.getrandbits(64):x}"
    return {"id": name, "object": "chat.completion", "model": body["model"], "choices": [choice], "usage": usage}


class Handler(BaseHTTPRequestHandler):
    """Answers each POST as a chat completion."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        data = json.dumps(answer(body)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
