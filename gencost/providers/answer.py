"""What the vendors' protocols have in common: an answer, read from one body or from the events of a stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from gencost.errors import ProviderError, UsageError
from gencost.types import Usage

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a provider said, without times.

    Attributes:
        text: may be empty.
        usage: None if the provider gave none that can be true.
        raw_usage: as sent; None if there was none.
        finish_reason: as sent.
        response_model: the model that was served.
        service_tier: the tier that was served.
        provider_cost_usd: what the provider says it charged.
    """

    text: str
    usage: Usage | None = None
    raw_usage: Json | None = None
    finish_reason: str | None = None
    response_model: str | None = None
    service_tier: str | None = None
    provider_cost_usd: Decimal | None = None


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


def count(usage: Json, *path: str) -> int:
    """Read one count of a usage object; what is missing or null is 0, anything else is refused later by ``Usage``.

    Args:
        usage: as sent.
        path: keys on the way to it.
    """
    value: Any = usage
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return 0 if value is None else value


def usage_or_none(**counts: int) -> Usage | None:
    """Make a usage, or none where the counts cannot be true: wrong tokens are worse than unknown ones."""
    try:
        return Usage(**counts, source="provider")
    except UsageError:
        return None


def text_of(value: Any) -> str | None:
    """Give a text of the answer, None for anything else."""
    return value if isinstance(value, str) else None
