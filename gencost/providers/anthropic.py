"""Anthropic's Messages API.

Source: https://docs.anthropic.com/en/api/messages and .../messages-streaming (read 2026-11-24).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from gencost.errors import ConfigError, ProviderError
from gencost.providers.answer import Answer, Json, mapping, objects, text_of, tool_call
from gencost.providers.cache_marks import marked_messages
from gencost.providers.failures import invalid_body
from gencost.providers.http import HttpProvider
from gencost.providers.other_parts import rest_of, whole
from gencost.providers.params import anthropic_params
from gencost.providers.turns import anthropic_turns
from gencost.types import Request
from gencost.usage import UsageReading, Usages, read_usage
from gencost.usage.items import of_messages

_READ = frozenset({"model", "content", "usage", "stop_reason"})
_READ_OF = {"text": ("text",), "thinking": ("thinking",), "tool_use": ("name", "input")}
_WRITTEN = ("tool_use", "thinking")
_NO_GROWTH = frozenset({"type", "text", "signature"})


@dataclass(frozen=True, kw_only=True)
class AnthropicProvider(HttpProvider):
    """Anthropic, or any endpoint that speaks its Messages API.

    Attributes:
        version: of the protocol.
        max_tokens: the most output tokens where ``model.max_tokens`` names none; the protocol demands one.
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
        """Return the header ``x-api-key``."""
        return {"x-api-key": key, "anthropic-version": self.version}

    def fields(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Translate portable keys and Chat Completions' parameters."""
        return anthropic_params(params, self.name)

    def body(self, request: Request) -> dict[str, Any]:
        """Make the body; system messages have a field of their own."""
        system, turns = anthropic_turns(request.sample.messages)
        body: dict[str, Any] = {
            "model": request.model,
            "messages": turns,
            "max_tokens": self.max_tokens,
            **self._wire.of(request.params),
        }
        if system:
            body["system"] = system
        if self.stream:
            body["stream"] = True
        return marked_messages(body) if "cache" in body else body

    def fault(self, body: Json) -> ProviderError | None:
        """A message has content."""
        if not isinstance(body.get("content"), list | str):
            return invalid_body(f"no content among {', '.join(map(str, body)) or 'nothing'}")
        return None

    def read(self, body: Json) -> Answer:
        """Read one message."""
        return message_object(body)

    def billed(self, body: Json) -> Answer:
        """Return what is known of the bill of a body that is not an answer."""
        return _answer({"model": body.get("model")}, "", _usage_of(body.get("usage"), [], ""))

    def reader(self) -> AnthropicStream:
        """Read events."""
        return AnthropicStream()


class AnthropicStream:
    """The events of one streamed message: finished with its stop reason, complete with ``message_stop``.

    Its counts are running totals.
    """

    delta: ClassVar[bytes] = b'"content_block_delta"'
    text_key: ClassVar[bytes] = b'"text"'

    def __init__(self) -> None:
        """Start before the first event."""
        self.begun = self.complete = False
        self.texts: list[str] = []
        self._last: Json = {}
        self._message: Json = {}
        self._stop_reason: Any = None
        self._usages = Usages()
        self._blocks: list[Json] = []
        self._places: dict[Any, int] = {}
        self._growth: dict[int, dict[str, list[str]]] = {}
        self._counted = False
        self._block_begins = 0

    @property
    def finished(self) -> bool:
        """Whether the message has its stop reason."""
        return self.complete or self._stop_reason is not None

    def take(self, event: Json, name: str) -> None:
        """Take one event."""
        self._last = event
        kind = event.get("type") or name
        if kind == "content_block_delta":
            self.begun = True  # thinking and tool input count, too
            delta = mapping(event, "delta")
            self.texts.append(text_of(delta.get("text")) or "")
            self._grow(delta, event.get("index"))
        elif kind == "content_block_start":
            block = mapping(event, "content_block")
            self._places[event.get("index")] = len(self._blocks)
            self._blocks.append(block)
            self._block_begins = len(self.texts)
            self.texts.append(text_of(block.get("text")) or "")
            self.begun = self.begun or block.get("type") != "text" or bool(self.texts[-1])
        elif kind == "content_block_stop":
            self._take_block(mapping(event, "content_block"))
        elif kind == "message_start":
            self._take_start(mapping(event, "message"))
        elif kind in ("message_delta", "message_stop", "message"):
            self._take_end(event, kind)

    def _take_start(self, message: Json) -> None:
        """Take a begin; where a relay begins another message, the first one was billed, too."""
        if self._counted:
            before, self._usages = self._usages.raw, Usages()
            self._usages.take({"messages_before": [before]})
        self._message = message
        self._usages.take(message.get("usage"))

    def _take_block(self, block: Json) -> None:
        """Take a block that its end repeats as a whole: only text that no delta brought is new."""
        streamed, text = "".join(self.texts[self._block_begins :]), text_of(block.get("text")) or ""
        if text != streamed and text.startswith(streamed):
            self.texts.append(text[len(streamed) :])
            self.begun = True
        if block and len(self._blocks) - 1 not in self._growth:
            self._blocks[-1:] = [{**(self._blocks[-1] if self._blocks else {}), **block}]

    def _take_end(self, event: Json, kind: str) -> None:
        """Take the facts of the end; some servers put the whole message there, or send nothing else."""
        whole_message = event if kind == "message" else mapping(event, "message")
        delta = {**whole_message, **mapping(event, "delta")}
        usage = event.get("usage") or whole_message.get("usage")
        self._stop_reason = delta.get("stop_reason") or self._stop_reason
        self._message = {**self._message, **{key: it for key, it in delta.items() if it is not None}}
        self._counted = self._counted or bool(usage)
        self._usages.take(usage)
        if kind != "message_delta":
            self.done()

    def repeatable(self) -> str | None:
        """Return the text of the last event, if it is a delta of text."""
        delta = mapping(self._last, "delta")
        plain = self._last.keys() <= _OF_TEXT and self._last.get("type") == "content_block_delta"
        return text_of(delta.get("text")) if plain and delta.keys() <= {"type", "text"} else None

    def repeat(self, texts: Sequence[str]) -> None:
        """Take further deltas like the last one."""
        self.texts += texts

    def done(self) -> None:
        """Proxies end with OpenAI's mark."""
        self.complete = bool(self._message or self.texts)

    def answer(self) -> Answer:
        """Return the whole text and its facts."""
        streamed, whole_text = "".join(self.texts), _text_in(self._message)
        text = whole_text if whole_text.startswith(streamed) else streamed
        return self._answer(text, self._usages.raw if self._counted else self._begun_with())

    def _begun_with(self) -> Any:
        """The usage of the first event without its count of output, which is there before there is any."""
        raw = self._usages.raw
        return raw if raw is None else {key: count for key, count in raw.items() if key != "output_tokens"}

    def billed(self) -> Answer:
        """Return what is known of the bill so far; the first event counts the input alone, so that it is not a bill."""
        return self._answer("", self._usages.raw if self._counted else None)

    def _answer(self, text: str, usage: Any) -> Answer:
        reading = _usage_of(usage, self._blocks, text)
        return _answer({**self._message, "stop_reason": self._stop_reason}, text, reading, self._grown())

    def _grow(self, delta: Json, index: Any) -> None:
        """Let a block grow, without its index the newest: what a function is called with, what is thought."""
        place = self._places.get(index, max(0, len(self._blocks) - 1))
        for name, piece in delta.items():
            if name not in _NO_GROWTH:
                self._growth.setdefault(place, {}).setdefault(name, []).append(piece)

    def _grown(self) -> list[Json]:
        blocks = self._blocks or objects(self._message.get("content"))
        return [_grown(block, self._growth.get(place, {})) for place, block in enumerate(blocks)]


def _grown(block: Json, growth: Mapping[str, list[Any]]) -> Json:
    """Extend a block by what arrived for it: texts are joined, other pieces become a list."""
    whole_block = dict(block)
    for name, pieces in growth.items():
        key = {"partial_json": "input", "citation": "citations"}.get(name, name)
        before = block.get(key)
        if all(isinstance(piece, str) for piece in pieces):
            whole_block[key] = (before if isinstance(before, str) else "") + "".join(pieces) or before
        else:
            whole_block[key] = [*(before if isinstance(before, list) else []), *pieces]
    return whole_block


_OF_TEXT = frozenset({"type", "index", "delta"})


def message_object(body: Json) -> Answer:
    """Read a whole message."""
    text, blocks = _text_in(body), objects(body.get("content"))
    usage = _usage_of(body.get("usage"), blocks, text)
    return _answer(body, text, usage, blocks)


def _text_in(message: Json) -> str:
    content = message.get("content")
    blocks = [block for block in objects(content) if block.get("type") in ("text", None)]
    return text_of(content) or "".join(text_of(block.get("text")) or "" for block in blocks)


def _usage_of(usage: Any, blocks: list[Json], text: str) -> UsageReading:
    usages = Usages()
    usages.take(usage)
    return read_usage(
        usages.raw, "messages", text=bool(text) or _called_or_thought(blocks), items=of_messages(blocks, usages.raw)
    )


def _called_or_thought(blocks: Sequence[Json]) -> bool:
    return any(block.get("type") in _WRITTEN for block in blocks)


def _answer(message: Json, text: str, reading: UsageReading, blocks: Sequence[Json] = ()) -> Answer:
    calls = [block for block in blocks if block.get("type") == "tool_use"]
    thoughts = [text_of(block.get("thinking")) or "" for block in blocks if block.get("type") == "thinking"]
    return Answer(
        text=text,
        reading=reading,
        finish_reason=text_of(message.get("stop_reason")),
        response_model=text_of(message.get("model")),
        tool_calls=tuple(tool_call(block.get("id"), block.get("name"), block.get("input")) for block in calls),
        reasoning="".join(thoughts) or None,
        parts=(*rest_of(message, _READ), *(part for block in blocks for part in _others(block))),
    )


def _others(block: Json) -> tuple[Json, ...]:
    """Return the parts of a block that are neither text, nor tool call, nor thought."""
    kind = str(block.get("type") or "text")
    return rest_of(block, _READ_OF[kind]) if kind in _READ_OF else whole(block)
