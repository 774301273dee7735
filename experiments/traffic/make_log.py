"""An application that uses LiteLLM's SDK, and a callback that writes its StandardLoggingPayload, a line a call.

python make_log.py 8331 600 calls.jsonl          (in a venv with litellm==1.105.0)
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import litellm
from litellm.integrations.custom_logger import CustomLogger

WORDS = "order parcel invoice account password charger screen late broken twice address card voucher courier".split()  # noqa: SIM905
TEAMS = {"mail": 0.7, "chat": 0.3}


class Log(CustomLogger):
    """Writes each payload."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.file, self.lines = Path(path).open("w", encoding="utf-8"), 0  # noqa: SIM115 - open as long as the calls

    def log_success_event(self, kwargs: dict[str, Any], response_obj: Any, start_time: Any, end_time: Any) -> None:  # noqa: ARG002
        """Write one call."""
        self.file.write(json.dumps(kwargs["standard_logging_object"], default=str) + "\n")
        self.file.flush()
        self.lines += 1


def ticket(drawn: random.Random) -> str:
    """Make a ticket, short or long."""
    words = drawn.choices(WORDS, k=drawn.choice((12, 40, 200)))
    return f"Ticket {drawn.randint(1000, 9999)}: {' '.join(words)}. Which queue?"


def main(port: str, n: str, path: str) -> None:
    """Ask."""
    log, drawn = Log(path), random.Random(7)
    litellm.callbacks = [log]
    for number in range(int(n)):
        litellm.completion(
            model="openai/gpt-5",
            api_base=f"http://127.0.0.1:{port}/v1",
            api_key="local",
            messages=[
                {
                    "role": "system",
                    "content": "Answer with one word: billing, delivery, refund, login, warranty or other.",
                },
                {"role": "user", "content": ticket(drawn)},
            ],
            user=f"customer-{number % 40}",
            metadata={"tags": [f"from={drawn.choices(list(TEAMS), list(TEAMS.values()))[0]}"]},
        )
    while log.lines < int(n):  # LiteLLM logs in a thread
        time.sleep(0.1)


if __name__ == "__main__":
    main(*sys.argv[1:])
