"""The common parts of the vendors' protocols: an answer, read from one body or from the events of a stream."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from gencost.errors import ProviderError
from gencost.messages import ToolCall
from gencost.types import Response
from gencost.usage import UsageReading
from gencost.usage.numbers import OBJECT
from gencost.values.at_once import set_at_once

Json = Mapping[str, Any]


@set_at_once
@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer of a provider, without times.

    Attributes:
        text: may be empty.
        reading: what its bill rests on.
        finish_reason: as sent.
        response_model: the model that was served.
        tool_calls: see ``Response``, as are ``reasoning``, ``choices``, ``parts``, ``server_ms`` and
            ``server_ttft_ms``.
    """

    text: str
    reading: UsageReading = field(default_factory=UsageReading)
    finish_reason: str | None = None
    response_model: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning: str | None = None
    choices: tuple[Json, ...] = ()
    parts: tuple[Json, ...] = ()
    server_ms: float | None = None
    server_ttft_ms: float | None = None


class StreamReader(Protocol):
    """Puts the events of one stream together."""

    delta: ClassVar[bytes]
    """A key or value, quotes included, that every event holds once which is a piece of the answer, and no other event
    but one that neither ends the answer nor reports an error."""
    begun: bool
    """Whether content came."""
    complete: bool
    """Whether the stream came to its proper end, after which nothing needs to be read."""

    @property
    def finished(self) -> bool:
        """Whether the model said that it is done: a stream that breaks off now has lost no text."""

    @property
    def texts(self) -> Sequence[str]:
        """The text so far, in the pieces in which it came."""

    def take(self, event: Json, name: str) -> None:
        """Take one event with its name, which may be empty.

        Raises:
            ProviderError: the event reports an error.
        """

    def done(self) -> None:
        """Take the ``[DONE]`` with which some streams end."""

    def answer(self) -> Answer:
        """Return the answer that the events add up to."""

    def billed(self) -> Answer:
        """Return what is known of the bill so far, without a text: a stream that fails may be billed all the same."""


class RepeatingReader(StreamReader, Protocol):
    """A reader of streams whose deltas are alike but for their text."""

    text_key: ClassVar[bytes]
    """The key of the text in a delta, quotes included."""

    def repeatable(self) -> str | None:
        """Return the text of the last event; None if an event that differs in it alone could say more than that."""

    def repeat(self, texts: Sequence[str]) -> None:
        """Take further events like the last one, with these texts."""


class WireFormat(Protocol):
    """The form in which one protocol writes its answers."""

    def reader(self) -> StreamReader:
        """Make a reader of one stream."""

    def fault(self, body: Json) -> ProviderError | None:
        """Say why a body without an error is still not an answer; None if it is one."""

    def read(self, body: Json) -> Answer:
        """Read a body that is an answer."""

    def billed(self, body: Json) -> Answer:
        """Read what is known of the bill of a body that is not an answer; it never raises."""


def said_of(answer: Answer) -> dict[str, Any]:
    """The fields of a ``Response`` that say what the model answered."""
    facts = dict(answer.__dict__)
    del facts["reading"]
    return facts


def tool_call(at: Any, name: Any, arguments: Any) -> ToolCall:
    """Make a function's call of whatever a provider sent; arguments that are not text are written as JSON."""
    written = arguments if isinstance(arguments, str) else json.dumps({} if arguments is None else arguments)
    return ToolCall(id=text_of(at), name=text_of(name) or "", arguments=written)


def facts_of(reading: UsageReading) -> dict[str, Any]:
    """The fields of a ``Response`` that its bill rests on."""
    return {
        "usage": reading.usage,
        "raw_usage": reading.raw,
        "usage_reader": reading.reader,
        "usage_problem": reading.problem,
        "billed_items": reading.items,
        "service_tier": reading.service_tier,
        "region": reading.region,
        "provider_cost_usd": reading.charged_usd,
    }


def billed_of(answer: Answer) -> Response | None:
    """Return the usage that a failed try was billed by; None if nothing is known of it."""
    if answer.reading.raw is None:
        return None
    return Response(text="", latency_ms=0.0, response_model=answer.response_model, **facts_of(answer.reading))


def text_of(value: Any) -> str | None:
    """Return a value that is a text; None for anything else."""
    return value if isinstance(value, str) else None


def mapping(value: Any, key: str) -> Json:
    """Return the object under a key; an empty one if it is missing."""
    inner = value.get(key) if isinstance(value, OBJECT) else None
    return inner if isinstance(inner, OBJECT) else {}


def objects(value: Any) -> list[Json]:
    """Return the objects of a list; nothing for any other value."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
