"""The response cache: answers that the metrics DB has are given again, marked, billed 0 and left out of latency."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from gencost.metrics_db import Engine
from gencost.metrics_db.answers import recorded_answers
from gencost.types import Request, Response, Sample

# How a provider is waited for changes no answer.
_NOT_OF_THE_ANSWER = {"connect_s", "first_token_s", "total_s", "stream", "stream_options", "sleep", "record_chunks"}


class AnswerCache:
    """Answers of one cell, read once before its first call.

    Args:
        provider: its resolved config.
        model: what is asked.
        params: sent along.
        seed: of the cell.
    """

    def __init__(self, provider: Mapping[str, Any], model: str, params: Mapping[str, Any], seed: int) -> None:
        defining = {key: value for key, value in provider.items() if key not in _NOT_OF_THE_ANSWER}
        self._defines = {"provider": defining, "model": model, "params": dict(params), "seed": seed}
        self._base = hashlib.sha256(json.dumps(self._defines, sort_keys=True, default=str).encode())
        self._answers: dict[str, Response] = {}

    def key(self, sample: Sample, repeat: int) -> str:
        """SHA-256 (hex) of everything that defines a call: the sample's own parameters and the repeat, too."""
        digest = self._base.copy()
        digest.update(f"\0{sample.prompt_sha256}\0{repeat}".encode())
        if sample.params:
            digest.update(json.dumps(sample.params, sort_keys=True, default=str).encode())
        return digest.hexdigest()

    def load(self, engine: Engine, draws: Sequence[tuple[Sample, int]]) -> None:
        """Read the answers that were recorded for some draws."""
        self._answers = recorded_answers(engine, [self.key(sample, repeat) for sample, repeat in draws])

    def recall(self, request: Request) -> tuple[str, Response | None]:
        """Give a request's key and its answer, if there is one; a warm-up is never answered from the cache."""
        key = self.key(request.sample, request.repeat)
        return key, self._answers.get(key) if request.role != "warmup" else None
