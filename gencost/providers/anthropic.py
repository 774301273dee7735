"""Anthropic's Messages API.

Source: https://docs.anthropic.com/en/api/messages and .../messages-streaming (read 2026-11-24).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from gencost.errors import ConfigError
from gencost.providers.answer import Answer, Json, count, error_body, invalid_body, text_of, usage_or_none
from gencost.providers.http import HttpProvider
from gencost.types import Request, Usage


@dataclass(frozen=True, kw_only=True)
class AnthropicProvider(HttpProvider):
    """Anthropic, or any endpoint that speaks its Messages API.

    Attributes:
        version: of the protocol.
        max_tokens: the most output tokens where ``model.params.max_tokens`` names none; the protocol demands one.
    """

    version: str = "2023-06-01"
    max_tokens: int = 4096

    def __post_init__(self) -> None:
        """Refuse an output that cannot be."""
        super().__post_init__()
        if self.max_tokens < 1:
            raise ConfigError(f"provider.max_tokens={self.max_tokens}: give at least 1")

    path: ClassVar[str] = "/messages"

    def auth(self, key: str) -> dict[str, str]:
        """Its own header."""
        return {"x-api-key": key, "anthropic-version": self.version}

    def body(self, request: Request) -> dict[str, Any]:
        """System messages have a field of their own here."""
        turns = request.sample.messages
        system = "\n\n".join(m.content for m in turns if m.role == "system")
        body: dict[str, Any] = {
            "model": request.model,
            "messages": [{"role": m.role, "content": m.content} for m in turns if m.role != "system"],
            "max_tokens": self.max_tokens,
            **request.params,
        }
        if system:
            body["system"] = system
        if self.stream:
            body["stream"] = True
        return body

    def parse(self, body: Mapping[str, Any]) -> Answer:
        """Read one message.

        Raises:
            ProviderError: it has no content.
        """
        content = body.get("content")
        if not isinstance(content, list):
            raise invalid_body(f"no content among {', '.join(body) or 'nothing'}")
        blocks = [block for block in content if isinstance(block, Mapping)]
        text = "".join(str(block.get("text") or "") for block in blocks if block.get("type") == "text")
        return _answer(body.get("model"), text, body.get("stop_reason"), body.get("usage"))

    def reader(self) -> AnthropicStream:
        """Read events."""
        return AnthropicStream()


class AnthropicStream:
    """The events of one streamed message; it is complete with ``message_stop``. Its counts are running totals."""

    def __init__(self) -> None:
        """Start before the first event."""
        self.begun = self.complete = False
        self._texts: list[str] = []
        self._model: Any = None
        self._stop_reason: Any = None
        self._usage: dict[str, Any] = {}

    def take(self, event: Json) -> None:
        """Take one event."""
        kind = event.get("type")
        if kind == "error":
            raise error_body(event.get("error") or event)
        if kind == "message_start":
            message = _mapping(event, "message")
            self._model = message.get("model")
            self._usage.update(_mapping(message, "usage"))
        elif kind == "content_block_delta":
            delta = _mapping(event, "delta")
            self.begun = True  # thinking and tool input count, too
            self._texts.append(str(delta.get("text") or ""))
        elif kind == "message_delta":
            self._stop_reason = _mapping(event, "delta").get("stop_reason") or self._stop_reason
            said = _mapping(event, "usage")
            self._usage.update({key: value for key, value in said.items() if value is not None})
        elif kind == "message_stop":
            self.complete = True

    def answer(self) -> Answer:
        """The whole text and what was said about it."""
        return _answer(self._model, "".join(self._texts), self._stop_reason, self._usage or None)


def _mapping(event: Json, key: str) -> Json:
    value = event.get(key)
    return value if isinstance(value, Mapping) else {}


def _answer(model: Any, text: str, finish: Any, usage: Any) -> Answer:
    raw = usage if isinstance(usage, Mapping) else None
    return Answer(
        text=text,
        usage=None if raw is None else usage_of(raw),
        raw_usage=raw,
        finish_reason=text_of(finish),
        response_model=text_of(model),
        service_tier=None if raw is None else text_of(raw.get("service_tier")),
    )


def usage_of(raw: Json) -> Usage | None:
    """Turn Anthropic's counts into the inclusive basis: its ``input_tokens`` contain neither cache reads nor writes.

    Args:
        raw: ``usage`` as sent; ``cache_creation`` splits the written tokens by how long they are kept.

    Returns:
        None if the counts are missing or cannot be true.
    """
    if "input_tokens" not in raw or "output_tokens" not in raw:
        return None
    try:
        cached, written = count(raw, "cache_read_input_tokens"), count(raw, "cache_creation_input_tokens")
        hour = count(raw, "cache_creation", "ephemeral_1h_input_tokens")
        return usage_or_none(
            tokens_in=count(raw, "input_tokens") + cached + written,
            tokens_out=count(raw, "output_tokens"),
            tokens_cached=cached,
            tokens_cache_write=written - hour,
            tokens_cache_write_1h=hour,
            web_searches=count(raw, "server_tool_use", "web_search_requests"),
        )
    except TypeError:  # a count that is no number
        return None
