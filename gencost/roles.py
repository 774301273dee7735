"""The parts a user can replace: each a protocol with one working method, chosen in YAML by ``_target_``."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol, runtime_checkable

from gencost.types import Request, Response, Sample, Score


@runtime_checkable
class Provider(Protocol):
    """A way to reach models. One file per implementation, chosen by ``_target_``."""

    @property
    def name(self) -> str:
        """The part of a price key before the colon."""

    async def complete(self, request: Request) -> Response:
        """Make one try on the wire.

        Raises:
            ProviderError: the try failed; it is recorded and the cell goes on.
        """

    async def aclose(self) -> None:
        """Give back connections."""


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
