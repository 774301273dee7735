"""The parts a user can replace: each a protocol with one working method, chosen in YAML by ``_target_``."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol, runtime_checkable

from gencost.types import Request, Response, Sample, Score


@runtime_checkable
class Provider(Protocol):
    """A way to reach models. One file per implementation, chosen by ``_target_``.

    A class that inherits from this one need only have ``name`` and ``complete``.
    """

    @property
    def name(self) -> str:
        """The part of a price key before the colon."""

    @property
    def account(self) -> str:
        """What shares one set of rate limits with this provider; its name if not said otherwise."""
        return self.name

    def check(self, model: str) -> None:
        """Find out, before anything is paid for, whether this model can be asked; called once a cell.

        Raises:
            ConfigError: it cannot, e.g. a key or a file is missing.
        """

    async def complete(self, request: Request) -> Response:
        """Make one try on the wire.

        Raises:
            ProviderError: the try failed; it is recorded and the cell goes on.
        """

    async def aclose(self) -> None:
        """Give back connections; may be called more than once."""


@runtime_checkable
class Scorer(Protocol):
    """A judgement of one answer. One file per family, chosen by ``_target_``."""

    @property
    def name(self) -> str:
        """The scorer's name in the ``scores`` table."""

    @property
    def version(self) -> str:
        """Changes when the definition changes."""

    def score(self, sample: Sample, response: Response) -> Score | Awaitable[Score]:
        """Score one answer; an exception here means no score for it."""


@runtime_checkable
class LoadShape(Protocol):
    """When calls are sent, and how many at once."""

    @property
    def concurrency(self) -> int:
        """The most calls in flight."""

    @property
    def warmup(self) -> int:
        """Calls made before the others, left out of every result."""

    def due_s(self, n: int, seed: int) -> list[float] | None:
        """Say when each of ``n`` calls is due, in seconds after the start.

        Returns:
            None for a closed loop: a call is due as soon as there is room for it.
        """


@runtime_checkable
class PromptSource(Protocol):
    """Where samples come from."""

    @property
    def name(self) -> str:
        """The prompt set's name."""

    def load(self) -> list[Sample]:
        """Read every sample.

        Raises:
            PromptError: it cannot be read or used.
        """
