"""Chat Completions: OpenAI's protocol, which most providers and local servers speak.

Source: https://platform.openai.com/docs/api-reference/chat (read 2026-11-23).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from gencost.errors import ProviderError
from gencost.providers.answer import Answer, Json, StreamReader, mapping, objects, text_of
from gencost.providers.failures import invalid_body, reported
from gencost.providers.http import HttpProvider
from gencost.providers.turns import chat_turns
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
        messages = chat_turns(request.sample.messages)
        body: dict[str, Any] = {"model": request.model, "messages": messages, **request.params}
        if self.stream:
            body["stream"] = True
            if self.stream_options is not None:
                body["stream_options"] = self.stream_options
        return body

    def fault(self, body: Json) -> ProviderError | None:
        """A completion has a choice, and its choice has not failed."""
        choice = _choice(body)
        if not (choice.keys() & {"message", "text", "delta"}):
            return invalid_body(f"no choices[0].message among {', '.join(map(str, body)) or 'nothing'}")
        return _failed(choice)

    def read(self, body: Json) -> Answer:
        """Read one completion."""
        choice = _choice(body)
        text, message = _text_of(choice), mapping(choice, "message")
        return _answer(body, text, choice.get("finish_reason"), _usage_of(body, message, text))

    def billed(self, body: Json) -> Answer:
        """What is known of the bill of a body that is no answer."""
        return _answer(body, "", None, _usage_of(body, None, ""))

    def reader(self) -> StreamReader:
        """Read chunks."""
        return OpenAIStream()


@dataclass
class _Part:
    """What came of one choice: ``n`` asks for several, and a stream mixes them."""

    texts: list[str] = field(default_factory=list)
    whole: str = ""
    finish: Any = None


class OpenAIStream:
    """The chunks of one streamed completion: finished with its choice's finish reason, complete with ``[DONE]``."""

    def __init__(self) -> None:
        """Start before the first chunk."""
        self.begun = self.finished = self.complete = False
        self._parts: dict[int, _Part] = {}
        self._facts: dict[str, Any] = {}
        self._usages = Usages()
        self._cited: Any = None

    def take(self, event: Json, name: str) -> None:  # noqa: ARG002 - chunks have no names
        """Take one chunk; the one with the token counts has no choice."""
        for key in ("model", "service_tier"):
            if event.get(key):
                self._facts[key] = event[key]
        self._usages.take_event(event)
        for choice in objects(event.get("choices")):
            self._take_choice(choice)

    def _take_choice(self, choice: Json) -> None:
        index = choice.get("index")
        part = self._parts.setdefault(index if type(index) is int else 0, _Part())
        delta = choice.get("delta")
        if isinstance(delta, Mapping):
            self._cited = delta if of_chat(delta) else self._cited
            if text := _text(delta):
                part.texts.append(text)
                self.begun = True
            elif not self.begun:
                self.begun = any(map(delta.get, _CONTENT))
        elif text := _text_of(choice):
            part.whole, self.begun = text, True
        if choice.get("finish_reason"):
            part.finish = choice["finish_reason"]
            self.finished = self._parts[min(self._parts)].finish is not None
            if (failure := _failed(choice)) is not None:
                raise failure

    def done(self) -> None:
        """Without a choice it was the end of nothing."""
        self.complete = bool(self._parts)

    def answer(self) -> Answer:
        """The whole text of the first choice and what was said about it."""
        part = self._parts[min(self._parts)] if self._parts else _Part()
        return _answer(self._facts, "".join(part.texts) or part.whole, part.finish, self._reading())

    def billed(self) -> Answer:
        """What is known of the bill so far."""
        return _answer(self._facts, "", None, self._reading())

    def _reading(self) -> Reading:
        text, tier = any(part.texts or part.whole for part in self._parts.values()), self._facts.get("service_tier")
        return read_usage(self._usages.raw, "chat", text=text, items=of_chat(self._cited), service_tier=tier)


# What is content, too, and is no text of the answer: thoughts, tools and parts of either.
_CONTENT = ("reasoning_content", "reasoning", "reasoning_details", "tool_calls", "function_call", "content", "audio")


def _choice(body: Json) -> Json:
    """The first choice; of a single one its place does not matter."""
    choices = objects(body.get("choices"))
    return min(choices, key=lambda choice: choice["index"] if type(choice.get("index")) is int else 0, default={})


def _failed(choice: Json) -> ProviderError | None:
    if choice.get("finish_reason") != "error":
        return None
    return reported(choice.get("error") or "the provider ended the answer with an error")


def _text_of(choice: Json) -> str:
    return _text(mapping(choice, "message")) or _text(mapping(choice, "delta")) or text_of(choice.get("text")) or ""


def _text(message: Json) -> str:
    content = message.get("content")
    if isinstance(content, str) and content:
        return content
    parts = "".join(text_of(part.get("text")) or "" for part in objects(content))  # some servers send parts
    return parts or text_of(message.get("refusal")) or ""


def _usage_of(body: Json, message: Json | None, text: str) -> Reading:
    usages = Usages()
    usages.take_event(body)
    items, tier = of_chat(message), body.get("service_tier")
    return read_usage(usages.raw, "chat", text=bool(text), items=items, service_tier=tier)


def _answer(body: Json, text: str, finish: Any, reading: Reading) -> Answer:
    return Answer(text=text, reading=reading, finish_reason=text_of(finish), response_model=text_of(body.get("model")))
