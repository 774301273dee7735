"""promptfoo's log of an evaluation whose tests are the prompts: python promptfoo_eval.py KIND URL LOG."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import asked

QUIET = {
    "PROMPTFOO_CONFIG_DIR": "promptfoo",  # of the working folder: its cache and its logs
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "PROMPTFOO_DISABLE_UPDATE": "1",
    "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
}
_A_TEST_FAILED = 100


def main(kind: str, url: str, log: str) -> None:
    """Make the calls."""
    config = {"apiKey": "local", "max_tokens": 50, "apiBaseUrl": url if kind == "anthropic" else f"{url}/v1"}
    called = f"anthropic:messages:{asked.CLAUDE}" if kind == "anthropic" else f"openai:chat:{asked.OPENAI}"
    tests = [{"vars": {"question": prompt}, "options": {}} for prompt in asked.PROMPTS]
    if kind != "anthropic":
        tests[asked.PROMPTS.index(asked.WITH_TOOLS)]["options"] = {"tools": asked.TOOLS}
    asked_of = {"prompts": ["{{question}}"], "providers": [{"id": called, "config": config}], "tests": tests}
    Path("config.json").write_text(json.dumps(asked_of), encoding="utf-8")
    words = ["eval", "-c", "config.json", "-o", log, "--no-cache", "--no-write", "--no-table", "--no-progress-bar"]
    command = [os.environ["GENCOST_PROMPTFOO"], *words]
    done = subprocess.run(command, env={**os.environ, **QUIET}, capture_output=True, text=True, check=False)
    assert done.returncode in (0, _A_TEST_FAILED), done.stdout + done.stderr


if __name__ == "__main__":
    main(*sys.argv[1:])
