"""A scorer of Python code: does it pass tests? It runs what a model wrote, so it is off unless told otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gencost.errors import ConfigError
from gencost.quality.base import NO_REFERENCE
from gencost.quality.programs.checked_tests import checked
from gencost.quality.programs.code_blocks import code_of
from gencost.quality.programs.sandbox import NOT_APART, Bounds, can_isolate, run_tests, supported
from gencost.types import Response, Sample, Score


@dataclass(frozen=True, kw_only=True)
class PythonTests:
    """1 if the answer's code passes the sample's tests, else 0.

    Which part of an answer is code says ``programs.code_blocks``. It and the tests run in a process of their own (see
    ``programs.sandbox``), not as ``__main__``; what they must give stays outside and is compared there (see
    ``programs.checked_tests``). Threads and children that go on when the tests are over are ended. Tests that are not
    Python give no score.

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
    version: str = "3"

    costly: ClassVar[bool] = True
    bounded: ClassVar[bool] = True

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
        try:
            checks = checked(tests)
        except SyntaxError as error:
            why = f"the sample's tests are not Python: {error}"
            return Score(scorer=self.name, version=self.version, value=None, explanation=why)
        bounds = Bounds(time_s=self.time_s, memory_mb=self.memory_mb, output_kb=self.output_kb)
        failed = run_tests(f"{self.before}\n\n{code_of(response.text, tests)}", checks, bounds)
        notes = [note for note in (failed, None if can_isolate() else NOT_APART) if note]
        return Score(
            scorer=self.name, version=self.version, value=float(failed is None), explanation="; ".join(notes) or None
        )
