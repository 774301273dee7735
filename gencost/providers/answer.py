"""What the vendors' protocols have in common: an answer, read from one body or from the events of a stream."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from gencost.errors import ProviderError
from gencost.types import Response
from gencost.usage import Reading

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a provider said, without times.

    Attributes:
        text: may be empty.
        reading: what its bill rests on.
        finish_reason: as sent.
        response_model: the model that was served.
    """

    text: str
    reading: Reading = field(default_factory=Reading)
    finish_reason: str | None = None
    response_model: str | None = None


class StreamReader(Protocol):
    """Puts the events of one stream together."""

    begun: bool
    """Whether content came."""
    complete: bool
    """Whether the stream came to its proper end."""

    def take(self, event: Json) -> None:
        """Take one event.

        Raises:
            ProviderError: the event reports an error.
        """

    def answer(self) -> Answer:
        """What it came to."""

    def billed(self) -> Answer:
        """What is known of the bill so far, without a text: a stream that fails may be billed all the same."""


def invalid_body(what: str) -> ProviderError:
    """Say that a body is not what the protocol says it is."""
    return ProviderError(f"not an answer: {what}", error_type="invalid_body")


def error_body(error: Any) -> ProviderError:
    """Turn an error that came with status 200, or inside a stream, into an exception."""
    details = error if isinstance(error, Mapping) else {"message": error}
    kind = str(details.get("type") or details.get("code") or "")
    error_type = {
        "overloaded_error": "overloaded",
        "rate_limit_error": "rate_limit",
        "rate_limit_exceeded": "rate_limit",
        "api_error": "server_error",
        "server_error": "server_error",
    }.get(kind, "error_body")
    return ProviderError(f"{kind or 'error'}: {details.get('message') or details}", error_type=error_type)


def json_object(data: bytes) -> Json:
    """Read one JSON object; raises ``ProviderError`` where there is none."""
    if not data.strip():
        raise ProviderError("the answer is empty", error_type="empty")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise invalid_body(f"no JSON: {data[:200].decode('utf-8', 'replace')!r}") from None
    if not isinstance(value, dict):
        raise invalid_body(f"no object: {str(value)[:200]}")
    return value


def check_error(body: Json) -> None:
    """Raise what a body or an event reports as its error."""
    if body.get("error"):
        raise error_body(body["error"])


def facts_of(reading: Reading) -> dict[str, Any]:
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
    """What a failed try was billed by; None if nothing is known of it."""
    if answer.reading.raw is None:
        return None
    return Response(text="", latency_ms=0.0, response_model=answer.response_model, **facts_of(answer.reading))


def text_of(value: Any) -> str | None:
    """Give a text of the answer, None for anything else."""
    return value if isinstance(value, str) else None
