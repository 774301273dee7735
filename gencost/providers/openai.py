"""Chat Completions: OpenAI's protocol, which most providers and local servers speak.

Source: https://platform.openai.com/docs/api-reference/chat (read 2026-11-23).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from gencost.errors import ProviderError
from gencost.providers import chat
from gencost.providers.answer import Answer, Json, StreamReader, mapping, objects, text_of
from gencost.providers.cache_marks import marked_chat
from gencost.providers.failures import invalid_body, reported
from gencost.providers.http import HttpProvider
from gencost.providers.params import chat_params
from gencost.providers.server_times import IN_BODY
from gencost.providers.turns import chat_turns
from gencost.types import Request
from gencost.usage import UsageReading, Usages, read_usage
from gencost.usage.items import SEARCHED, of_chat, of_choices, with_items


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

    def fields(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Portable keys in its vendor's words, other words as they are."""
        return chat_params(params, self.name)

    def body(self, request: Request) -> dict[str, Any]:
        """Messages and parameters."""
        messages = chat_turns(request.sample.messages)
        body: dict[str, Any] = {"model": request.model, "messages": messages, **self._wire.of(request.params)}
        if self.stream:
            body["stream"] = True
            if self.stream_options is not None:
                body["stream_options"] = self.stream_options
        return marked_chat(body) if "cache" in body else body

    def fault(self, body: Json) -> ProviderError | None:
        """A completion has a choice, and its choice has not failed."""
        choice = chat.first_of(body)
        if choice.keys() >= {"delta"} and not choice.get("finish_reason") and not choice.keys() & {"message", "text"}:
            return invalid_body("one piece of a stream that is not one of events")
        if not (choice.keys() & {"message", "text", "delta"}):
            return invalid_body(f"no choices[0].message among {', '.join(map(str, body)) or 'nothing'}")
        return _failed(choice)

    def read(self, body: Json) -> Answer:
        """Read one completion."""
        return chat.completion(body)

    def billed(self, body: Json) -> Answer:
        """Return what is known of the bill of a body that is not an answer."""
        return chat.answer_of(body, [], chat.usage_of(body, (), wrote=False))

    def reader(self) -> StreamReader:
        """Read chunks."""
        return OpenAIStream()


class OpenAIStream:
    """The chunks of one streamed completion: finished with its choices' finish reasons, complete with ``[DONE]``."""

    delta: ClassVar[bytes] = b'"choices"'
    text_key: ClassVar[bytes] = b'"content"'

    def __init__(self) -> None:
        """Start before the first chunk."""
        self.begun = self.complete = False
        self._last: Json = {}
        self._parts: dict[int, chat.ChoicePart] = {}
        self._facts: dict[str, Any] = {}
        self._usages = Usages()
        self._cited: dict[int, Json] = {}

    @property
    def finished(self) -> bool:
        """Whether every choice has its finish reason."""
        return bool(self._parts) and all(part.finish is not None for part in self._parts.values())

    @property
    def texts(self) -> Sequence[str]:
        """The text of the first choice."""
        return self._parts[0].texts if 0 in self._parts else ()

    def take(self, event: Json, name: str) -> None:  # noqa: ARG002 - chunks have no names
        """Take one chunk; the one with the token counts has no choice."""
        self._last = event
        for key in ("model", "service_tier"):
            if event.get(key):
                self._facts[key] = event[key]
        if not event.keys() <= _WITHOUT_USAGE:
            self._usages.take_event(event)
            self._facts |= {key: event[key] for key in _KEPT if event.get(key)}
        for choice in objects(event.get("choices")):
            self._take_choice(choice)

    def _take_choice(self, choice: Json) -> None:
        index = choice.get("index")
        index = index if type(index) is int else 0
        part = self._parts.get(index)
        if part is None:
            part = self._parts[index] = chat.ChoicePart()
        if choice.get("logprobs") or "usage" in choice:
            self._take_beside(choice, part)
        delta = choice.get("delta")
        if isinstance(delta, dict):
            self._cite(index, delta)
            part.take(delta)
            self.begun = self.begun or any(map(delta.get, _CONTENT))
        if choice.get("message") or choice.get("text"):
            self._cite(index, mapping(choice, "message"))
            part.end(choice)
        self.begun = self.begun or part.begun
        if choice.get("finish_reason"):
            part.finish = choice["finish_reason"]
            if (failure := _failed(choice)) is not None:
                raise failure

    def _cite(self, index: int, message: Json) -> None:
        if not message.keys() <= chat.TEXT_ALONE and of_chat(message):
            self._cited[index] = with_items(self._cited.get(index, {}), message)

    def _take_beside(self, choice: Json, part: chat.ChoicePart) -> None:
        self._usages.take_choice(choice)
        if choice.get("logprobs") and isinstance(choice.get("delta"), dict):
            part.more({"logprobs": choice["logprobs"]})

    def repeatable(self) -> str | None:
        """Return the text of the last chunk, if that has one choice, of text alone, and counts nothing."""
        choices = objects(self._last.get("choices"))
        if len(choices) != 1 or self._last.get("usage") or not self._last.keys() <= {*_WITHOUT_USAGE, "usage"}:
            return None
        (choice,) = choices
        delta = mapping(choice, "delta")
        plain = delta.keys() <= chat.TEXT_ALONE and choice.keys() <= _OF_TEXT and not choice.get("finish_reason")
        return text_of(delta.get("content")) if plain else None

    def repeat(self, texts: Sequence[str]) -> None:
        """Take further chunks like the last one."""
        index = objects(self._last.get("choices"))[0].get("index")
        self._parts[index if type(index) is int else 0].texts += filter(None, texts)

    def done(self) -> None:
        """Without a choice it was the end of nothing."""
        self.complete = bool(self._parts)

    def answer(self) -> Answer:
        """Return all choices and their facts."""
        return chat.answer_of(self._facts, self._in_order(), self._reading())

    def billed(self) -> Answer:
        """Return what is known of the bill so far."""
        return chat.answer_of(self._facts, [], self._reading())

    def _in_order(self) -> list[chat.ChoicePart]:
        return [self._parts[index] for index in sorted(self._parts)]

    def _reading(self) -> UsageReading:
        wrote, tier = any(part.wrote for part in self._parts.values()), self._facts.get("service_tier")
        return read_usage(
            self._usages.raw, "chat", text=wrote, items=of_choices(self._facts, self._cited.values()), service_tier=tier
        )


_KEPT = (*IN_BODY, *chat.OF_THE_BODY, *SEARCHED)
_OF_TEXT = frozenset({"index", "delta", "logprobs", "finish_reason"})
# Most chunks have nothing else: they are not searched for token counts.
_WITHOUT_USAGE = frozenset({"id", "object", "created", "model", "system_fingerprint", "service_tier", "choices"})
# Content, too, that is not text of the answer: thoughts, tools and parts of either.
_CONTENT = ("reasoning_content", "reasoning", "reasoning_details", "tool_calls", "function_call", "content", "audio")


def _failed(choice: Json) -> ProviderError | None:
    if choice.get("finish_reason") != "error":
        return None
    return reported(choice.get("error") or "the provider ended the answer with an error")
