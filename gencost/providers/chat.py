"""A choice of a chat completion, whole or put together from the deltas of a stream: text, functions, thoughts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from gencost.messages import ToolCall
from gencost.providers.answer import Answer, Json, mapping, objects, text_of, tool_call
from gencost.providers.other_parts import grown, rest_of, whole
from gencost.providers.server_times import of_body
from gencost.usage import UsageReading, Usages, read_usage
from gencost.usage.items import of_choices

_THOUGHTS = ("reasoning_content", "reasoning", "thinking")


@dataclass
class _Called:
    """A function's call as its deltas come: each names the call by its index."""

    id: Any = None
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    given: Any = None

    def take(self, call: Json) -> None:
        function = mapping(call, "function") or mapping(call, "custom")
        self.id = call.get("id") or self.id
        if (name := text_of(function.get("name"))) and name != self.name:  # in pieces, growing, or repeated
            self.name = name if name.startswith(self.name) else self.name + name
        arguments = function.get("arguments", function.get("input"))
        if isinstance(arguments, str):
            self.arguments.append(arguments)
        elif arguments is not None:
            self.given = arguments

    def is_another(self, call: Json) -> bool:
        """Whether a delta begins another call: it has another id and a name; some servers draw an id a delta."""
        named = (mapping(call, "function") or mapping(call, "custom")).get("name")
        return bool(self.id and named and call.get("id")) and call["id"] != self.id

    @property
    def call(self) -> ToolCall:
        whole = "".join(self.arguments)
        return tool_call(self.id, self.name, whole if self.given is None else self.given)


TEXT_ALONE = frozenset({"role", "content"})
_READ = frozenset({*TEXT_ALONE, *_THOUGHTS, "reasoning_details", "refusal", "tool_calls", "function_call", "name"})
OF_THE_BODY = frozenset({"citations", "search_results", "provider"})
"""Beside the choices, what is kept as it is: of Perplexity, of OpenRouter."""


@dataclass
class ChoicePart:
    """The parts of one choice: ``n`` asks for several, and a stream mixes them."""

    finish: Any = None
    texts: list[str] = field(default_factory=list)
    _refusals: list[str] = field(default_factory=list)
    _thoughts: list[str] = field(default_factory=list)
    _calls: list[_Called] = field(default_factory=list)
    _open: dict[Any, _Called] = field(default_factory=dict)  # by index
    _whole: str = ""
    _others: dict[str, Any] = field(default_factory=dict)
    _blocks: list[Json] = field(default_factory=list)

    def take(self, message: Json) -> None:
        """Take a delta, or a whole message as one."""
        content = message.get("content")
        if type(content) is str and message.keys() <= TEXT_ALONE:  # most deltas
            if content:
                self.texts.append(content)
            return
        if text := content_of(message):
            self.texts.append(text)
        if refusal := text_of(message.get("refusal")):
            self._refusals.append(refusal)
        if thought := next((it for key in _THOUGHTS if (it := text_of(message.get(key)))), None):
            self._thoughts.append(thought)
        for place, call in enumerate(objects(message.get("tool_calls"))):
            index = call.get("index")
            self._called(place if index is None else index, call).take(call)
        if isinstance(message.get("function_call"), dict):
            call = {"function": message["function_call"]}
            self._called("function", call).take(call)
        self._take_others(message)

    def _called(self, index: Any, call: Json) -> _Called:
        """Find the call that a delta belongs to; some servers give all calls one index, or none, but distinct ids."""
        called = self._open.get(index)
        if called is None or called.is_another(call):
            called = self._open[index] = _Called()
            self._calls.append(called)
        return called

    def _take_others(self, message: Json) -> None:
        self._blocks += [part for part in objects(message.get("content")) if "text" not in part]
        if not message.keys() <= _READ:
            self.more({key: value for key, value in message.items() if key not in _READ})

    def more(self, others: Json) -> None:
        """Take what is neither text, function nor thought, or pieces of it."""
        self._others = grown(self._others, others)

    def whole(self, choice: Json) -> None:
        """Take a choice that has its whole message, or only a text, at once."""
        self.take(mapping(choice, "message") or mapping(choice, "delta"))
        if choice.get("logprobs"):
            self.more({"logprobs": choice["logprobs"]})
        self._whole = self._whole or text_of(choice.get("text")) or ""

    def end(self, choice: Json) -> None:
        """Take a choice of a stream that has a whole message or text: all of it, or what no piece brought.

        A message beside a delta, or at the end, is the whole one; one that neither goes on where the pieces are, nor
        has a delta beside it, is a piece itself, as servers before deltas sent them.
        """
        message = mapping(choice, "message") or {"content": choice.get("text")}
        text, streamed = content_of(message), "".join(self.texts)
        beside = isinstance(choice.get("delta"), dict)
        if streamed and (beside or choice.get("finish_reason")) and text.startswith(streamed):
            message = {**message, "content": text[len(streamed) :]}
        elif streamed and beside:
            message = {**message, "content": ""}
        calls = {"tool_calls": self._calls, "function_call": self._calls, "refusal": self._refusals}
        known: Json = {**self._others, **calls, **dict.fromkeys(_THOUGHTS, self._thoughts)}
        self.take({key: it for key, it in message.items() if not known.get(key)})
        if choice.get("logprobs") and not beside:
            self.more({"logprobs": choice["logprobs"]})

    @property
    def text(self) -> str:
        """The text; if there is none, the refusal or the transcript of its audio."""
        return "".join(self.texts) or self._whole or "".join(self._refusals) or self._spoken

    @property
    def _spoken(self) -> str:
        return text_of(mapping(self._others, "audio").get("transcript")) or ""

    @property
    def parts(self) -> tuple[Json, ...]:
        """All else that it holds."""
        if not (self._others or self._blocks):
            return ()
        return (
            *rest_of({"type": "message", **self._others}, ()),
            *(it for block in self._blocks for it in whole(block)),
        )

    @property
    def begun(self) -> bool:
        """Whether any part of it has arrived."""
        return bool(self.texts or self._whole or self._refusals or self._thoughts or self._calls)

    @property
    def wrote(self) -> bool:
        """Whether the model wrote anything."""
        return self.begun or bool(self.text)

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The functions that it calls, in the order in which they began."""
        return tuple([called.call for called in self._calls]) if self._calls else ()

    @property
    def reasoning(self) -> str | None:
        """Its thoughts; None if none were shown."""
        return "".join(self._thoughts) or None

    def plain(self, index: int) -> Json:
        """Write it as a plain mapping."""
        calls = [{"id": call.id, "name": call.name, "arguments": call.arguments} for call in self.tool_calls]
        choice = {"index": index, "text": self.text, "finish_reason": text_of(self.finish)}
        more = {"tool_calls": calls, "parts": list(self.parts)}
        return {**choice, **{name: value for name, value in more.items() if value}}


def parts_of(body: Json) -> list[ChoicePart]:
    """Read the choices of a whole completion, in their order."""
    choices = objects(body.get("choices"))
    if len(choices) > 1:
        places = [choice["index"] if type(choice.get("index")) is int else n for n, choice in enumerate(choices)]
        choices = [choice for _, choice in sorted(zip(places, choices, strict=True), key=lambda both: both[0])]
    parts = []
    for choice in choices:
        part = ChoicePart(finish=choice.get("finish_reason"))
        part.whole(choice)
        parts.append(part)
    return parts or [ChoicePart()]


def content_of(message: Json) -> str:
    """Find the text of a message: its content, the texts among the parts that some servers send, or a value as JSON."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(part if isinstance(part, str) else _text_of_part(part) for part in content)
    if content is None:
        return ""
    return _text_of_part(content) or json.dumps(content, ensure_ascii=False)


def _text_of_part(part: Any) -> str:
    text = part.get("text") if isinstance(part, dict) else None
    return text_of(mapping(part, "text").get("value") if isinstance(text, dict) else text) or ""


def first_of(body: Json) -> Json:
    """The first choice; of a single one its place does not matter."""
    choices = objects(body.get("choices"))
    if len(choices) == 1:
        return choices[0]
    return min(choices, key=lambda choice: choice["index"] if type(choice.get("index")) is int else 0, default={})


def usage_of(body: Json, messages: Iterable[Any], *, wrote: bool) -> UsageReading:
    """Read the usage of a completion.

    Args:
        body: the whole of it.
        messages: of its choices.
        wrote: whether the model wrote anything, be it a function's call, which it does not for 0 tokens.
    """
    usages = Usages()
    usages.take_event(body)
    items, tier = of_choices(body, messages), body.get("service_tier")
    return read_usage(usages.raw, "chat", text=wrote, items=items, service_tier=tier)


def completion(body: Json) -> Answer:
    """Read a whole completion."""
    parts, messages = parts_of(body), [choice.get("message") for choice in objects(body.get("choices"))]
    return answer_of(body, parts, usage_of(body, messages, wrote=parts[0].wrote))


def _beside(body: Json) -> tuple[Json, ...]:
    return rest_of({key: body[key] for key in body if key in OF_THE_BODY}, ())


def answer_of(body: Json, parts: list[ChoicePart], reading: UsageReading) -> Answer:
    """Make the answer from its choices, of which there may be none."""
    first = parts[0] if parts else ChoicePart()
    server_ms, server_ttft_ms = of_body(body, reading.raw)
    return Answer(
        text=first.text,
        reading=reading,
        finish_reason=text_of(first.finish),
        response_model=text_of(body.get("model")),
        tool_calls=first.tool_calls,
        reasoning=first.reasoning,
        server_ms=server_ms,
        server_ttft_ms=server_ttft_ms,
        choices=tuple(part.plain(index) for index, part in enumerate(parts)) if len(parts) > 1 else (),
        parts=first.parts if OF_THE_BODY.isdisjoint(body) else (*first.parts, *_beside(body)),
    )
