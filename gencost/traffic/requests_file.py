"""Batches: the source of their result files, and their input file, whose requests are looked up by id."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from gencost.traffic.records import LogFileError, files_of, opened
from gencost.traffic.source import LogSource

BATCH = "batch"
_NOT_PARAMS = frozenset({"model", "messages", "input", "system", "prompt"})


class RequestsFile:
    """Look requests up by id; only their places in the file are kept in memory.

    Args:
        path: None stands for a file without any request.
    """

    def __init__(self, path: str | None) -> None:
        self._path = path

    def check(self) -> None:
        """Refuse a path at which there is no file.

        Raises:
            LogFileError: there is none.
        """
        if self._path is not None and not Path(self._path).is_file():
            raise LogFileError(f"requests={self._path}: there is no such file; working folder {Path.cwd()}")

    @cached_property
    def _places(self) -> dict[str, int]:
        if self._path is None:
            return {}
        (file,) = files_of(self._path)
        places: dict[str, int] = {}
        with opened(file) as content:
            at = 0
            for line in content:
                request = _parsed(line)
                if request.get("custom_id") is not None:
                    places[str(request["custom_id"])] = at
                at += len(line)
        if not places:
            raise LogFileError(f"requests={self._path}: no line has a custom_id")
        return places

    def of(self, custom_id: str | None) -> Mapping[str, Any]:
        """Return the body of a request; empty if the file does not have it."""
        place = None if custom_id is None else self._places.get(custom_id)
        if place is None or self._path is None:
            return {}
        (file,) = files_of(self._path)
        with opened(file) as content:
            content.seek(place)
            request = _parsed(content.readline())
        body = request.get("body", request.get("params"))
        return body if isinstance(body, dict) else {}


@dataclass(frozen=True, kw_only=True)
class BatchSource(LogSource):
    """The result files of a batch, whatever their format.

    Attributes:
        provider: the part of a price key before the colon.
        requests: the input file of the batch, which has the prompts and the models asked; null leaves them unknown.
    """

    provider: str = "openai"
    requests: str | None = None

    def __post_init__(self) -> None:
        """Refuse a file of requests that does not exist."""
        super().__post_init__()
        self.asked.check()

    @cached_property
    def asked(self) -> RequestsFile:
        """The input file."""
        return RequestsFile(self.requests)


def _parsed(line: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def asked_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """The messages and parameters of a request's body, as fields of a call."""
    turns = body.get("messages") or body.get("input") or body.get("prompt")
    system = body.get("system") or body.get("instructions")
    if system and isinstance(turns, list):
        turns = [{"role": "system", "content": system}, *turns]
    return {"messages": turns, "params": {key: body[key] for key in body if key not in _NOT_PARAMS}}
