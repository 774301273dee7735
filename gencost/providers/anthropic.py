"""Anthropic's Messages API.

Source: https://docs.anthropic.com/en/api/messages and .../messages-streaming (read 2026-11-24).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from gencost.errors import ConfigError
from gencost.providers.answer import Answer, Json, error_body, invalid_body, text_of
from gencost.providers.http import HttpProvider
from gencost.types import Request
from gencost.usage import Reading, Usages, read_usage
from gencost.usage.items import of_messages


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
        return _answer(body.get("model"), text, body.get("stop_reason"), _usage_of(body.get("usage"), blocks, text))

    def billed(self, body: Mapping[str, Any]) -> Answer:
        """What is known of the bill of a body that is no answer."""
        return _answer(body.get("model"), "", None, _usage_of(body.get("usage"), [], ""))

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
        self._usages = Usages()
        self._blocks: list[Json] = []
        self._counted = False

    def take(self, event: Json) -> None:
        """Take one event."""
        kind = event.get("type")
        if kind == "error":
            raise error_body(event.get("error") or event)
        if kind == "message_start":
            message = _mapping(event, "message")
            self._model = message.get("model")
            self._usages.take(message.get("usage"))
        elif kind == "content_block_start":
            self._blocks.append(_mapping(event, "content_block"))
        elif kind == "content_block_delta":
            delta = _mapping(event, "delta")
            self.begun = True  # thinking and tool input count, too
            self._texts.append(str(delta.get("text") or ""))
        elif kind == "message_delta":
            self._stop_reason = _mapping(event, "delta").get("stop_reason") or self._stop_reason
            self._counted = self._counted or bool(_mapping(event, "usage"))
            self._usages.take(event.get("usage"))
        elif kind == "message_stop":
            self.complete = True

    def answer(self) -> Answer:
        """The whole text and what was said about it."""
        text = "".join(self._texts)
        return _answer(self._model, text, self._stop_reason, _usage_of(self._usages.raw, self._blocks, text))

    def billed(self) -> Answer:
        """What is known of the bill so far; the first event counts the input alone, so that it is no bill."""
        raw = self._usages.raw if self._counted else None
        return _answer(self._model, "", None, _usage_of(raw, self._blocks, ""))


def _mapping(event: Json, key: str) -> Json:
    value = event.get(key)
    return value if isinstance(value, Mapping) else {}


def _usage_of(usage: Any, blocks: list[Json], text: str) -> Reading:
    usages = Usages()
    usages.take(usage)
    return read_usage(usages.raw, "messages", text=bool(text), items=of_messages(blocks))


def _answer(model: Any, text: str, finish: Any, reading: Reading) -> Answer:
    return Answer(text=text, reading=reading, finish_reason=text_of(finish), response_model=text_of(model))
