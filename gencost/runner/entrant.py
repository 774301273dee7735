"""A cell as a sequential decision sees it."""

from __future__ import annotations

from typing import Protocol

from gencost.types import Record, Sample

Draw = tuple[Sample, int]
"""A sample, and how many times it was asked before in its cell."""


class Entrant(Protocol):
    """A cell as a sequential decision sees it."""

    def settled(self, draw: Draw, record: Record) -> None:
        """Take note of a settled call that is a result."""

    def enough(self) -> bool:
        """Whether no further call is worth its money; the rest is then recorded as skipped, ``decided``."""

    def ahead(self) -> bool:
        """Whether to wait for the other cells before the next call."""

    def over(self) -> None:
        """Take note that the cell makes no further call."""
