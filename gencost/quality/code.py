"""A scorer of Python code: does it pass tests? It runs what a model wrote, so it is off unless told otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from gencost.errors import ConfigError
from gencost.quality.base import NO_REFERENCE
from gencost.quality.sandbox import Bounds, run_program, supported
from gencost.types import Response, Sample, Score

_FENCE = re.compile(r"```[ \t]*(?:python|py|python3)?[ \t]*\n(.*?)(?:\n[ \t]*```|\Z)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class PythonTests:
    """1 if the answer's code passes the sample's tests, else 0.

    The code is the first fenced block, plain or marked python, else the whole answer. It and the tests run as one
    program in its own process (see ``gencost.quality.sandbox``), not as ``__main__``; it passes if it comes to its
    end without an exception.

    Attributes:
        allow_execution: true runs code that a model wrote, on this machine, as this user.
        tests: the column of the prompt set with the tests, Python; null takes the reference.
        before: Python that comes before the code, e.g. imports.
        time_s: wall clock and processor time of one program.
        memory_mb: its address space, MiB.
        output_kb: what it prints, and each file it writes, KiB.
        in_flight: programs of a cell at once.
        name: in the ``scores`` table.
        version: changes when the definition changes.

    Raises:
        ConfigError: execution is not allowed, or this system cannot bound it.
    """

    allow_execution: bool = False
    tests: str | None = None
    before: str = ""
    time_s: float = 10.0
    memory_mb: int = 512
    output_kb: int = 64
    in_flight: int = 2
    name: str = "python_tests"
    version: str = "1"

    costly: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Refuse to run anything that nobody allowed."""
        if not self.allow_execution:
            raise ConfigError(
                f"quality.{self.name} runs code that a model wrote on this machine: allow it, best in a container, by "
                f"quality.{self.name}.allow_execution=true"
            )
        if not supported():
            raise ConfigError(f"quality.{self.name} needs Linux or macOS: elsewhere memory and time cannot be bounded")
        for key in ("time_s", "memory_mb", "output_kb", "in_flight"):
            if not getattr(self, key) > 0:
                raise ConfigError(f"quality.{self.name}.{key}={getattr(self, key)}: give a number > 0")

    def score(self, sample: Sample, response: Response) -> Score:
        """Run the code and the tests; it takes up to ``time_s``."""
        tests = sample.reference if self.tests is None else sample.metadata.get(self.tests)
        if tests is None or not tests.strip():
            why = NO_REFERENCE if self.tests is None else f"the sample has no tests in its column {self.tests!r}"
            return Score(scorer=self.name, version=self.version, value=None, explanation=why)
        program = "\n\n".join((self.before, code_of(response.text), tests))
        bounds = Bounds(time_s=self.time_s, memory_mb=self.memory_mb, output_kb=self.output_kb)
        failed = run_program(program, bounds)
        return Score(scorer=self.name, version=self.version, value=float(failed is None), explanation=failed)


def code_of(text: str) -> str:
    """The code of an answer: its first fenced block, else all of it."""
    found = _FENCE.search(text)
    return text if found is None else found.group(1)
