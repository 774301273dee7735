"""LiteLLM's record of each call, a line each: python litellm_callback.py payload|spend URL LOG.

``payload`` is its StandardLoggingPayload, ``spend`` the row that its proxy would write into SpendLogs.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

import asked
import litellm
from litellm.integrations.custom_logger import CustomLogger


class Log(CustomLogger):
    """Writes each record."""

    def __init__(self, kind: str, path: str) -> None:
        super().__init__()
        self.kind = kind
        self.path, self.lines, self.lock = Path(path), 0, threading.Lock()

    def log_success_event(self, kwargs, response_obj, start_time, end_time) -> None:
        """Take one call."""
        record = kwargs["standard_logging_object"]
        if self.kind == "spend":
            from litellm.proxy.spend_tracking.spend_tracking_utils import get_logging_payload

            record = get_logging_payload(kwargs, response_obj, start_time, end_time)
        line = json.dumps(record, default=str) + "\n"
        with self.lock:
            with self.path.open("a", encoding="utf-8") as log:
                log.write(line)
            self.lines += 1


def main(kind: str, url: str, path: str) -> None:
    """Make the calls."""
    log = Log(kind, path)
    litellm.callbacks = [log]
    for prompt in asked.PROMPTS:
        streamed = prompt == asked.STREAMED
        answer = litellm.completion(
            model=f"openai/{asked.OPENAI}",
            api_base=f"{url}/v1",
            api_key="local",
            messages=[{"role": "user", "content": prompt}],
            **({"tools": asked.TOOLS} if prompt == asked.WITH_TOOLS else {}),
            **({"stream": True, "stream_options": {"include_usage": True}} if streamed else {}),
        )
        for _ in answer if streamed else ():
            pass
    while log.lines < len(asked.PROMPTS):  # it logs in a thread
        time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
