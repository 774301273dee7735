"""A provider that sends its own process a signal at a set call: what a crash leaves is then no matter of time."""

from __future__ import annotations

import itertools
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from gencost.providers.mock import MockProvider
from gencost.types import Request, Response

# "9@100" sends signal 9 at the beginning of call 100 of this process.
VARIABLE = "DYING"
_calls = itertools.count(1)


def environment(number: int, at: int) -> dict[str, str]:
    """The environment of another process that sends itself a signal at the beginning of a call."""
    return {**os.environ, VARIABLE: f"{number}@{at}", "PYTHONPATH": str(Path(__file__).parent)}


@dataclass(frozen=True, kw_only=True)
class Dying(MockProvider):
    """The mock, until the call that the environment names."""

    async def complete(self, request: Request) -> Response:
        number, _, at = os.environ.get(VARIABLE, "0@0").partition("@")
        if next(_calls) == int(at):
            os.kill(os.getpid(), int(number))
        return await super().complete(request)


@dataclass(frozen=True, kw_only=True)
class Interrupting(MockProvider):
    """The mock, which interrupts the process that began its own at the 20th repeat of the prompt ``reasoning``."""

    async def complete(self, request: Request) -> Response:
        if (request.sample.id, request.repeat) == ("reasoning", 20):
            os.kill(os.getppid(), signal.SIGINT)
        return await super().complete(request)
