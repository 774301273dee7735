"""The parts a user can replace: each a protocol with one working method, chosen in YAML by ``_target_``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from gencost.types import Record, Request, Response, Sample, Score

Complete = Callable[[Sample], Awaitable[Record]]
"""Makes one call, fully accounted."""


@runtime_checkable
class Provider(Protocol):
    """A way to reach models. One file per implementation, chosen by ``_target_``.

    A class that inherits from this one need only have ``name`` and ``complete``. One that says ``gives_times = True``
    has its latencies from elsewhere: how busy this process is cannot make them untrue. One that says ``noted = True``
    is told by the system when all of an answer came, however late it is read. One whose tries always end by themselves
    may say after how many seconds, ``ends_after_s``. One that says ``gives_again = True`` gives recorded calls: their
    failures are not tried again, and its rates are those of no provider; it may have ``remarks(model, draws)``, lines
    that are said before the calls.
    """

    @property
    def name(self) -> str:
        """The part of a price key before the colon."""

    @property
    def account(self) -> str:
        """The account whose rate limits the provider shares with others of the same; its name by default."""
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
class StreamingProvider(Provider, Protocol):
    """A provider that can give an answer's text while it comes."""

    def pieces(self, request: Request) -> AsyncIterator[str | Response]:
        """Make one try: pieces of the text as they come, and last the whole response.

        Raises:
            ProviderError: the try failed; what came before is not the answer.
        """


@runtime_checkable
class ParamsChecked(Provider, Protocol):
    """A provider that knows, before anything is paid for, which parameters it can send."""

    def check_params(self, params: Mapping[str, Any]) -> None:
        """Find out whether it has words for all parameters; called once a cell, and for rows with parameters.

        Raises:
            ConfigError: it has none for one of them.
        """


@runtime_checkable
class Scorer(Protocol):
    """A judgement of one answer. One file per family, chosen by ``_target_``.

    One that says ``costly = True``, or whose ``score`` is a coroutine, scores after all calls are over; ``in_flight``
    then says how many answers of a cell it scores at once. The others score at once and must not take long.
    Its values are in [0, 1], or between the two numbers of an attribute ``span``; any other is not a score. A ``score``
    with parameters named ``request`` or ``repeat`` is given those of the call. A function is a scorer, too, see
    ``ScorerFunction``.
    """

    @property
    def name(self) -> str:
        """The scorer's name in the ``scores`` table."""

    @property
    def version(self) -> str:
        """Changes when the definition changes."""

    def score(self, sample: Sample, response: Response) -> Score | Awaitable[Score]:
        """Score one answer; an exception here means no score for it."""


ScoreValue = float | bool | None
"""A value in [0, 1] or in the function's ``span``, true and false as 1 and 0; None gives no score."""


@runtime_checkable
class ScorerFunction(Protocol):
    """A function that scores one answer.

    It is called with the sample and the whole answer: text, tool calls, reasoning, choices, usage, finish reason.
    Parameters named ``request`` and ``repeat`` get those of the call; further ones are keys of its node in YAML. It may
    be ``async``: it then scores when all calls are over. It gives a value, a value and an explanation, a ``Score``, or
    None for no score; what it raises is the reason of no score, and so is ``scoring.timeout_s``.

    Attributes ``version`` (by default of its source and keys), ``span`` (the least and the greatest value) and
    ``costly`` (true scores when all calls are over) may be set on it, or in its node.
    """

    def __call__(
        self, sample: Sample, response: Response, /
    ) -> ScoreValue | tuple[ScoreValue, str] | Score | Awaitable[ScoreValue | tuple[ScoreValue, str] | Score]:
        """Score one answer."""


@runtime_checkable
class AskingScorer(Scorer, Protocol):
    """A scorer that asks a model, by a function that it is given."""

    @property
    def provider(self) -> Provider:
        """Reaches its model."""

    @property
    def model_name(self) -> str:
        """Its model: the part of a price key after the colon."""

    @property
    def params(self) -> Mapping[str, Any]:
        """Sampling parameters of its calls."""

    def questions(self, sample: Sample, response: Response) -> Sequence[Sample]:
        """Every question it would ask about one answer; bounds its cost."""

    def given(self, complete: Complete) -> Scorer:
        """The same scorer, able to ask."""


@runtime_checkable
class LoadShape(Protocol):
    """A schedule: when calls are sent, and how many at once."""

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
    """A source of samples."""

    @property
    def name(self) -> str:
        """The prompt set's name."""

    def load(self) -> list[Sample]:
        """Read every sample.

        Raises:
            PromptError: it cannot be read or used.
        """


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One call that a policy has had made for a sample.

    Attributes:
        cell: that was asked.
        response: its answer; None if the call failed.
        scores: scorer -> its value; None where it could not score. Only scorers that need no reference are in it.
    """

    cell: str
    response: Response | None
    scores: Mapping[str, float | None] = field(default_factory=dict)


@runtime_checkable
class Policy(Protocol):
    """Says which cell to ask for a sample, and when to stop. One file per kind, chosen by ``_target_``."""

    def choose(self, sample: Sample, seen: Sequence[Seen]) -> str | None:
        """Choose the next step.

        Args:
            sample: what is asked; a policy must not look at its reference.
            seen: the calls made for it so far, oldest first; empty before the first.

        Returns:
            The cell to ask next, or None to stop and take the answer of the last call.
        """
