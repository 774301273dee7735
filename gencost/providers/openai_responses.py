"""OpenAI's Responses API.

Source: https://platform.openai.com/docs/api-reference/responses (read 2026-11-24).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from gencost.errors import ProviderError
from gencost.providers.answer import Answer, Json, StreamReader, mapping, objects, text_of, tool_call
from gencost.providers.failures import invalid_body, reported
from gencost.providers.openai import OpenAIProvider
from gencost.providers.other_parts import rest_of, whole
from gencost.providers.params import responses_params, with_demanded
from gencost.providers.turns import responses_items
from gencost.types import Request
from gencost.usage import UsageReading, Usages, read_usage
from gencost.usage.items import of_response

_ENDS = frozenset(f"response.{end}" for end in ("completed", "incomplete", "failed", "cancelled"))
_CALLS = ("function_call", "custom_tool_call")
_CALL_ENDS = {
    "response.function_call_arguments.done": "arguments",
    "response.custom_tool_call_input.done": "input",
}
_TEXTS = ("text", "refusal")
_ANSWERS = ("output_text", "refusal")
_READ_OF = {
    "function_call": ("call_id", "name", "arguments"),
    "custom_tool_call": ("call_id", "name", "input"),
    "reasoning": ("summary", "content"),
}
_TEXT_DELTAS = frozenset({"response.output_text.delta", "response.refusal.delta"})
_TEXT_ENDS = frozenset({"response.output_text.done", "response.refusal.done", "response.content_part.done"})


@dataclass(frozen=True, kw_only=True)
class OpenAIResponsesProvider(OpenAIProvider):
    """Any endpoint that speaks the Responses API; answers are not stored there."""

    path: ClassVar[str] = "/responses"

    def fields(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Translate portable keys and Chat Completions' parameters."""
        return responses_params(params, self.name)

    def body(self, request: Request) -> dict[str, Any]:
        """Messages are its ``input``; nothing is kept on the server."""
        turns = responses_items(request.sample.messages)
        streaming = {"stream": True} if self.stream else {}
        params = self._wire.of(request.params)
        if "tools" in params:
            params = {**params, "tools": with_demanded(params["tools"])}
        return {"model": request.model, "input": turns, "store": False, **params, **streaming}

    def fault(self, body: Json) -> ProviderError | None:
        """A response has an output, and says that it is completed, or why it is not."""
        status, reason = body.get("status"), mapping(body, "incomplete_details").get("reason")
        if status == "failed":
            return reported(body.get("error") or "server_error: the response failed")
        if status == "cancelled":
            return ProviderError("the response was cancelled by the server", error_type="cancelled")
        if status in {"queued", "in_progress"} or (status == "incomplete" and not reason):
            return ProviderError(f"the response is {status}", error_type="truncated")
        if not isinstance(body.get("output"), list):
            return invalid_body(f"no output among {', '.join(map(str, body)) or 'nothing'}")
        return None

    def read(self, body: Json) -> Answer:
        """Read one response object."""
        return response_object(body)

    def billed(self, body: Json) -> Answer:
        """Return what is known of the bill of a body that is not an answer."""
        return _answer(body, "", None)

    def reader(self) -> StreamReader:
        """Read events."""
        return ResponsesStream(self)


class ResponsesStream:
    """The events of one streamed response; the last one holds the whole of it, or leaves the text to the others."""

    delta: ClassVar[bytes] = b'.delta",'

    def __init__(self, provider: OpenAIResponsesProvider) -> None:
        """Start before the first event."""
        self.begun = self.finished = self.complete = False
        self._provider = provider
        self._body: Json = {}
        self._streamed = StreamedTexts()
        self._items: list[Json] = []
        self._begun_items: dict[Any, Json] = {}

    @property
    def texts(self) -> Sequence[str]:
        """The text so far, in the pieces in which it came."""
        return self._streamed.pieces

    def take(self, event: Json, name: str) -> None:
        """Take one event: a piece of text, a whole item, or the end."""
        kind = str(event.get("type") or name)
        if kind.endswith(".delta"):
            self.begun = True
            if kind in _TEXT_DELTAS:
                self._streamed.piece(event, text_of(event.get("delta")) or "")
        elif kind in _TEXT_ENDS:
            self._streamed.end(event, "part" if "part" in event else "text", _text_of_end(event))
            self.begun = self.begun or bool(self.texts)
        elif kind == "response.output_item.done":
            self._take_item(event, mapping(event, "item"))
        elif kind in _ENDS:
            self._take_end(mapping(event, "response"), kind.rpartition(".")[2])
        elif kind in _CALL_ENDS or kind == "response.output_item.added":
            self._take_call(event, _CALL_ENDS.get(kind))
        else:
            self._take_begin(event)

    def _take_begin(self, event: Json) -> None:
        """Take what names the response, or the whole of it from a server that does not stream."""
        if event.get("object") == "response":
            self._take_end(event, str(event.get("status") or "completed"))
        elif not self._body:
            self._body = mapping(event, "response")

    def _take_call(self, event: Json, field: str | None) -> None:
        """Take an item as it begins, or the arguments of its function, in case its end is missing."""
        place, begun = event.get("output_index"), mapping(event, "item")
        if field is not None:
            named = {"type": _CALLS[0], "call_id": event.get("item_id"), "name": event.get("name")}
            begun = {**(self._begun_items.get(place) or named), field: event.get(field)}
        self._begun_items[place] = begun

    def _take_item(self, event: Json, item: Json) -> None:
        self._items.append(item)
        if item.get("type") == "message":
            for place, part in enumerate(objects(item.get("content"))):
                self._streamed.end({**event, "content_index": place}, "item", _text_of_part(part))
        self.begun = self.begun or bool(self.texts)

    def _take_end(self, body: Json, status: str) -> None:
        self._body = {**body, "output": body.get("output") or [], "status": status}
        if (failure := self._provider.fault(self._body)) is not None:
            raise failure
        self.done()

    def done(self) -> None:
        """Whether ``[DONE]`` ends the answer: only if its own end has come."""
        self.finished = self.complete = self._body.get("status") in {"completed", "incomplete"}

    def answer(self) -> Answer:
        """Return the answer of the last event, with the text of the others where it has none."""
        output, streamed = objects(self._body.get("output")), self._streamed.text
        kinds = {item.get("type") for item in output}
        lacking = [item for item in self._items if item.get("type") not in kinds] if output else []
        if lacking:  # the last event leaves out items of earlier ones
            self._body = {**self._body, "output": [*lacking, *output]}
        answer = self._provider.read(self._body)
        items = self._items or [item for item in self._begun_items.values() if item.get("type") in _CALLS]
        if (answer.text or not streamed) and (answer.tool_calls or not items):
            return answer
        body = self._body if objects(self._body.get("output")) else {**self._body, "output": items}
        return _answer(body, answer.text or streamed, answer.finish_reason)

    def billed(self) -> Answer:
        """Return the bill in the last event, whether the response failed or not."""
        return self._provider.billed(self._body)


class StreamedTexts:
    """The text of a response as its events bring it: in pieces, at the ends of parts or of items, or in several ways.

    Attributes:
        pieces: the text so far; text that only the end of a part has is a piece of its own.
    """

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._parts: dict[tuple[int, int], list[str]] = {}
        self._unplaced = False
        self._ends: dict[str, list[str]] = {}

    def piece(self, event: Json, text: str) -> None:
        """Take a piece."""
        self.pieces.append(text)
        if (place := _place(event)) is None:
            self._unplaced = True
        else:
            self._parts.setdefault(place, []).append(text)

    def end(self, event: Json, kind: str, text: str) -> None:
        """Take the whole text of a part.

        Args:
            event: says which part.
            kind: of the end, of which each part has one.
            text: the whole; only what its pieces have not brought is new.
        """
        self._ends.setdefault(kind, []).append(text)
        place = None if self._unplaced else _place(event)
        if place is None:
            return
        streamed = "".join(self._parts.get(place, ()))
        if text != streamed and text.startswith(streamed):
            self.pieces.append(text[len(streamed) :])
            self._parts.setdefault(place, []).append(text[len(streamed) :])

    @property
    def text(self) -> str:
        """The whole text; where events do not name their part, that of the kind of events that has most of it."""
        return max(["".join(self.pieces), *map("".join, self._ends.values())], key=len)


def _place(event: Json) -> tuple[int, int] | None:
    """The indexes of the item and of the part that an event is of; None where it does not say them."""
    item, part = event.get("output_index"), event.get("content_index")
    return (item, part) if type(item) is int and type(part) is int else None


def response_object(body: Json) -> Answer:
    """Read a whole response object."""
    finish = mapping(body, "incomplete_details").get("reason") or body.get("status")
    return _answer(body, _text_in(body), text_of(finish))


def _text_in(body: Json) -> str:
    items = [item for item in objects(body.get("output")) if item.get("type") == "message"]
    parts = [part for item in items for part in objects(item.get("content"))]
    text = "".join(map(_text_of_part, parts))
    return text or text_of(body.get("output_text")) or ""


def _text_of_end(event: Json) -> str:
    part = event.get("part", event)
    return _text_of_part(part) if part is event or mapping(event, "part").get("type") in _ANSWERS else ""


def _text_of_part(part: Json) -> str:
    return text_of(part.get("text")) or text_of(part.get("refusal")) or ""


def _answer(body: Json, text: str, finish: str | None) -> Answer:
    items = objects(body.get("output"))
    calls = [item for item in items if item.get("type") in _CALLS]
    thoughts = [part for item in items if item.get("type") == "reasoning" for part in _thoughts(item)]
    return Answer(
        text=text,
        reading=_usage_of(body, wrote=bool(text or calls or thoughts)),
        finish_reason=finish,
        response_model=text_of(body.get("model")),
        tool_calls=tuple(
            tool_call(it.get("call_id"), it.get("name"), it.get("arguments", it.get("input"))) for it in calls
        ),
        reasoning="\n".join(thoughts) or None,
        parts=tuple(part for item in items for part in _others(item)),
    )


def _others(item: Json) -> tuple[Json, ...]:
    """Return the parts of an item that are neither text, nor tool call, nor thought."""
    kind = str(item.get("type"))
    if kind == "message":
        inner = (rest_of(part, _TEXTS) for part in objects(item.get("content")))
        return (*rest_of(item, ("content",)), *(part for rest in inner for part in rest))
    return rest_of(item, _READ_OF[kind]) if kind in _READ_OF else whole(item)


def _thoughts(item: Json) -> list[str]:
    parts = [*objects(item.get("summary")), *objects(item.get("content"))]
    return [text for part in parts if (text := text_of(part.get("text")))]


def _usage_of(body: Json, *, wrote: bool) -> UsageReading:
    usages = Usages()
    usages.take_event(body)
    items, tier = of_response(body), body.get("service_tier")
    return read_usage(usages.raw, "responses", text=wrote, items=items, service_tier=tier)
