"""Chat Completions: OpenAI's protocol, which most providers and local servers speak.

Source: https://platform.openai.com/docs/api-reference/chat (read 2026-11-23).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from gencost.providers.answer import Answer, Json, StreamReader, error_body, invalid_body, text_of
from gencost.providers.http import HttpProvider
from gencost.types import Request
from gencost.usage import Reading, Usages, read_usage
from gencost.usage.items import of_chat


@dataclass(frozen=True, kw_only=True)
class OpenAIProvider(HttpProvider):
    """Any endpoint that speaks Chat Completions, chosen by ``base_url``.

    Attributes:
        key_header: the header with the key; Azure wants ``api-key``.
        key_prefix: before the key in that header.
        stream_options: asks for token counts at the end of a stream; null where a server refuses the field.
    """

    key_header: str = "Authorization"
    key_prefix: str = "Bearer "
    stream_options: dict[str, Any] | None = field(default_factory=lambda: {"include_usage": True})

    path: ClassVar[str] = "/chat/completions"

    def auth(self, key: str) -> dict[str, str]:
        """A bearer token, or what the provider calls it."""
        return {self.key_header: f"{self.key_prefix}{key}"}

    def body(self, request: Request) -> dict[str, Any]:
        """Messages and parameters as they are."""
        messages = [{"role": m.role, "content": m.content} for m in request.sample.messages]
        body: dict[str, Any] = {"model": request.model, "messages": messages, **request.params}
        if self.stream:
            body["stream"] = True
            if self.stream_options is not None:
                body["stream_options"] = self.stream_options
        return body

    def parse(self, body: Mapping[str, Any]) -> Answer:
        """Read one completion.

        Raises:
            ProviderError: it has no choice.
        """
        choice = _first_choice(body)
        message = choice.get("message") if choice is not None else None
        if choice is None or not isinstance(message, Mapping):
            raise invalid_body(f"no choices[0].message among {', '.join(body) or 'nothing'}")
        return _answer(body, _text(message), choice.get("finish_reason"), _usage_of(body, message, _text(message)))

    def billed(self, body: Mapping[str, Any]) -> Answer:
        """What is known of the bill of a body that is no answer."""
        return _answer(body, "", None, _usage_of(body, None, ""))

    def reader(self) -> StreamReader:
        """Read chunks."""
        return OpenAIStream()


class OpenAIStream:
    """The chunks of one streamed completion; it is complete with ``[DONE]`` or a finish reason."""

    def __init__(self) -> None:
        """Start before the first chunk."""
        self.begun = self.complete = False
        self._texts: list[str] = []
        self._finish: Any = None
        self._facts: dict[str, Any] = {}
        self._usages = Usages()
        self._cited: Any = None

    def take(self, event: Json) -> None:
        """Take one chunk; the one with the token counts has no choice."""
        for key in ("model", "service_tier"):
            if event.get(key):
                self._facts[key] = event[key]
        self._usages.take_event(event)
        choice = _first_choice(event)
        if choice is None:
            return
        delta = choice.get("delta")
        if isinstance(delta, Mapping):
            self._cited = delta if of_chat(delta) else self._cited
            thought = delta.get("reasoning_content") or delta.get("reasoning")
            if text := _text(delta):
                self._texts.append(text)
            self.begun = self.begun or bool(text or thought or delta.get("tool_calls"))
        if choice.get("finish_reason"):
            self._finish = choice["finish_reason"]
            self.complete = True
            if self._finish == "error":
                raise error_body(choice.get("error") or "the provider ended the stream with an error")

    def answer(self) -> Answer:
        """The whole text and what was said about it."""
        return _answer(self._facts, "".join(self._texts), self._finish, self._reading())

    def billed(self) -> Answer:
        """What is known of the bill so far."""
        return _answer(self._facts, "", None, self._reading())

    def _reading(self) -> Reading:
        text, tier = any(self._texts), self._facts.get("service_tier")
        return read_usage(self._usages.raw, "chat", text=text, items=of_chat(self._cited), service_tier=tier)


def _first_choice(body: Json) -> Json | None:
    choices = body.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, Mapping) else None


def _text(message: Json) -> str:
    content = message.get("content")
    if isinstance(content, list):  # some servers send parts
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, Mapping))
    return text_of(content) or text_of(message.get("refusal")) or ""


def _usage_of(body: Json, message: Json | None, text: str) -> Reading:
    usages = Usages()
    usages.take_event(body)
    items, tier = of_chat(message), body.get("service_tier")
    return read_usage(usages.raw, "chat", text=bool(text), items=items, service_tier=tier)


def _answer(body: Json, text: str, finish: Any, reading: Reading) -> Answer:
    return Answer(text=text, reading=reading, finish_reason=text_of(finish), response_model=text_of(body.get("model")))
