"""Answers as logs keep them beside bodies of the usual APIs: events of a stream in a list, Converse, LangChain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from gencost.errors import ProviderError
from gencost.providers import anthropic, chat, openai_responses
from gencost.providers.answer import Answer, StreamReader, mapping, objects, text_of
from gencost.providers.anthropic import AnthropicStream
from gencost.providers.gemini import GeminiStream
from gencost.providers.openai import OpenAIStream
from gencost.traffic.values import parsed
from gencost.usage import UsageReading, read_usage
from gencost.values.altered import altered

Json = Mapping[str, Any]


_OF_STREAM = ("data:", "event:")


def events_in(body: str) -> list[Any] | None:
    """Read a text that is a stream as it was sent; None for any other text.

    Args:
        body: as gateways keep it: ``data: {...}`` and maybe ``event: ...``, a line each.
    """
    if not body.lstrip().startswith(_OF_STREAM):
        return None
    data = [line.removeprefix("data:").strip() for line in body.splitlines() if line.startswith("data:")]
    events = [parsed(it) for it in data if it and it != "[DONE]"]
    return events if events and all(isinstance(it, dict) for it in events) else None


def of_list(events: list[Any]) -> Answer | None:
    """Read a list of what a stream brought, or of choices; None if it is neither."""
    if not events or not all(isinstance(it, dict) for it in events):
        return None
    reader = next((make for key, make in _STREAMS.items() if any(_brings(event, key) for event in events)), None)
    if reader is not None:
        return _streamed(events, reader())
    if all(isinstance(it.get("message"), dict) for it in events):
        return chat.completion({"choices": events})
    if all(it.get("role") == "assistant" for it in events):  # PostHog's choices
        return replace(chat.completion({"choices": [{"message": it} for it in events]}), reading=UsageReading())
    return _responses_end(events) or _of_converse_stream(events)


def _responses_end(events: list[Any]) -> Answer | None:
    """The whole answer that ends a stream of the Responses API; None if it has none."""
    ends = [it["response"] for it in events if str(it.get("type")) in _ENDS and isinstance(it.get("response"), dict)]
    return openai_responses.response_object(ends[-1]) if ends else None


_ENDS = ("response.completed", "response.incomplete", "response.failed")


def _brings(event: Json, key: str) -> bool:
    return event.get("type") == key or isinstance(event.get(key), list)


_STREAMS: Mapping[str, Callable[[], StreamReader]] = {
    "message_start": AnthropicStream,
    "candidates": GeminiStream,
    "choices": OpenAIStream,
}


def _streamed(events: list[Any], reader: StreamReader) -> Answer | None:
    try:
        for event in events:
            reader.take(event, str(event.get("type", "")))
        reader.done()
        return reader.answer()
    except ProviderError:  # the stream ended with an error
        return None


def of_converse(body: Json) -> Answer | None:
    """Read an answer of Bedrock's Converse; None for anything else."""
    message = mapping(mapping(body, "output"), "message")
    if not isinstance(message.get("content"), list):
        return None
    blocks = [_block(it) for it in objects(message["content"])]
    answer = anthropic.message_object({"role": "assistant", "content": blocks})
    wrote = bool(answer.text or answer.tool_calls or answer.reasoning)
    reading = read_usage(body.get("usage"), "converse", text=wrote, service_tier=_tier_of_bedrock(body))
    return altered(answer, reading=reading, finish_reason=text_of(body.get("stopReason")))


def _tier_of_bedrock(body: Json) -> Any:
    """The tier that was served; answers that came sooner for more money are one, too.

    Source: https://docs.aws.amazon.com/bedrock/latest/userguide/latency-optimized-inference.html (read 2026-11-27).
    """
    latency = mapping(body, "performanceConfig").get("latency")
    return body.get("serviceTier") if latency in (None, "", "standard") else latency


def _of_converse_stream(events: list[Any]) -> Answer | None:
    """Read the events of Bedrock's ConverseStream; None if they are others."""
    if not any("contentBlockDelta" in event or "messageStop" in event for event in events):
        return None
    blocks: dict[Any, dict[str, Any]] = {}
    body: dict[str, Any] = {}
    for event in events:
        for part in (mapping(event, "contentBlockStart"), mapping(event, "contentBlockDelta")):
            index = part.get("contentBlockIndex")
            _grow(blocks.setdefault(index if type(index) is int else None, {}), part)
        body |= {**mapping(event, "messageStop"), **mapping(event, "metadata")}
    content = [block for block in blocks.values() if block]
    return of_converse({**body, "output": {"message": {"role": "assistant", "content": content}}})


def _grow(block: dict[str, Any], event: Json) -> None:
    begin, delta = mapping(event, "start"), mapping(event, "delta")
    if text := text_of(delta.get("text")):
        block["text"] = block.get("text", "") + text
    if call := mapping(begin, "toolUse") or mapping(delta, "toolUse"):
        before = block.get("toolUse", {})
        pieces = before.get("input", "") + (text_of(call.get("input")) or "")
        block["toolUse"] = {**before, **call, "input": pieces}
    if thought := text_of(mapping(delta, "reasoningContent").get("text")):
        told = mapping(mapping(block, "reasoningContent"), "reasoningText").get("text") or ""
        block["reasoningContent"] = {"reasoningText": {"text": told + thought}}


def _block(block: Json) -> dict[str, Any]:
    if (call := mapping(block, "toolUse")) or "toolUse" in block:
        return {"type": "tool_use", "id": call.get("toolUseId"), "name": call.get("name"), "input": call.get("input")}
    if "reasoningContent" in block:
        thought = mapping(mapping(block, "reasoningContent"), "reasoningText")
        return {"type": "thinking", "thinking": thought.get("text") or ""}
    return {"type": "text", **block} if "text" in block else dict(block)


def of_generations(body: Json) -> Answer | None:
    """Read the first generation of an answer kept by LangChain; None for anything else."""
    first: Any = body.get("generations")
    while isinstance(first, list) and first:
        first = first[0]
    if not isinstance(first, dict):
        return None
    message = mapping(first, "message")
    message = mapping(message, "kwargs") or mapping(message, "data") or message
    content = message.get("content") or first.get("text") or ""
    calls = [{"id": it.get("id"), "name": it.get("name"), "input": it.get("args")} for it in _calls(message)]
    blocks = content if isinstance(content, list) else [{"type": "text", "text": str(content)}]
    called = [] if isinstance(content, list) else [{"type": "tool_use", **call} for call in calls]
    answer = anthropic.message_object({"role": "assistant", "content": [*blocks, *called]})
    finish = mapping(first, "generation_info").get("finish_reason")
    return altered(answer, finish_reason=text_of(finish) or answer.finish_reason)


_LANGCHAIN = {"human": "user", "ai": "assistant", "AIMessageChunk": "assistant", "function": "tool"}


def langchain_turns(turns: Any) -> Any:
    """Return messages as LangChain writes them as turns of Chat Completions; anything else as it is."""
    if not isinstance(turns, list):
        return turns
    if len(turns) == 1 and isinstance(turns[0], list):  # of one call of a batch
        turns = turns[0]
    return [_turn(it) if isinstance(it, dict) and "role" not in it else it for it in turns]


def _turn(message: Json) -> dict[str, Any]:
    inner = mapping(message, "kwargs") or mapping(message, "data") or message
    kind = inner.get("type") or message.get("type")
    if not isinstance(kind, str) or "content" not in inner:
        return dict(message)
    turn = {"role": _LANGCHAIN.get(kind, kind), "content": inner["content"]}
    calls = [
        {"id": it.get("id"), "function": {"name": it.get("name"), "arguments": it.get("args")}} for it in _calls(inner)
    ]
    answers = {"tool_call_id": inner["tool_call_id"]} if inner.get("tool_call_id") else {}
    return {**turn, **({"tool_calls": calls} if calls else {}), **answers}


def _calls(message: Json) -> list[Any]:
    return objects(message.get("tool_calls"))
