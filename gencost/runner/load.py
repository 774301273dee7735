"""Load shapes: when calls are sent, and how many at once."""

from __future__ import annotations

from dataclasses import dataclass

from gencost.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Concurrent:
    """A closed loop: the next call of a cell is sent as soon as one of ``concurrency`` places is free.

    Attributes:
        concurrency: the most calls of one cell in flight; 1 is one after another.
    """

    concurrency: int = 8

    def __post_init__(self) -> None:
        """Refuse a load that would send nothing."""
        if self.concurrency < 1:
            raise ConfigError(f"load.concurrency={self.concurrency}: at least 1 call must be in flight")

    def due_s(self, n: int, seed: int) -> list[float] | None:  # noqa: ARG002 - the role's signature
        """A closed loop has no schedule."""
        return None
