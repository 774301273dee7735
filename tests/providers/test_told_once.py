"""The text of a stream is read wherever its events tell it, and never twice."""

from __future__ import annotations

import json

import pytest

from gencost.providers.anthropic import AnthropicProvider
from gencost.providers.body import BodyReader
from gencost.providers.gemini import GeminiProvider
from gencost.providers.openai import OpenAIProvider
from gencost.providers.openai_responses import OpenAIResponsesProvider

PLACE = {"output_index": 0, "content_index": 0}
SECOND = {"output_index": 1, "content_index": 0}


def told(provider: type, *events: dict):
    reader = BodyReader(provider(name="p", base_url="http://127.0.0.1", stream=True), True)
    reader.feed(b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events))
    return reader.answer(), reader.begun


def delta(text: str, **place: int) -> dict:
    return {"type": "response.output_text.delta", "delta": text, **place}


def text_done(text: str, **place: int) -> dict:
    return {"type": "response.output_text.done", "text": text, **place}


def part_done(text: str, **place: int) -> dict:
    return {"type": "response.content_part.done", "part": {"type": "output_text", "text": text}, **place}


def item(text: str) -> dict:
    return {"type": "message", "content": [{"type": "output_text", "text": text}]}


def item_done(text: str, **place: int) -> dict:
    return {"type": "response.output_item.done", "item": item(text), **place}


def completed(*texts: str) -> dict:
    return {"type": "response.completed", "response": {"status": "completed", "output": list(map(item, texts))}}


RESPONSES = {
    "deltas": [delta("Ye", **PLACE), delta("s", **PLACE), completed()],
    "end of the text": [text_done("Yes", **PLACE), completed()],
    "end of the part": [part_done("Yes", **PLACE), completed()],
    "end of the item": [item_done("Yes", output_index=0), completed()],
    "end of an item without a place": [item_done("Yes"), completed()],
    "end of all": [completed("Yes")],
    "a whole body in the stream": [{"object": "response", "status": "completed", "output": [item("Yes")]}],
    "everywhere": [
        *(delta("Ye", **PLACE), delta("s", **PLACE), text_done("Yes", **PLACE), part_done("Yes", **PLACE)),
        *(item_done("Yes", output_index=0), completed("Yes")),
    ],
    "everywhere but at the end": [
        *(delta("Ye", **PLACE), delta("s", **PLACE), text_done("Yes", **PLACE), part_done("Yes", **PLACE)),
        *(item_done("Yes", output_index=0), completed()),
    ],
    "without places": [delta("Ye"), delta("s"), text_done("Yes"), part_done("Yes"), item_done("Yes"), completed()],
    "deltas without places": [delta("Yes"), text_done("Yes", **PLACE), item_done("Yes", **PLACE), completed()],
    "half in deltas, half at the end of a part": [delta("Y", **PLACE), part_done("es", **SECOND), completed()],
    "deltas that lack their end": [delta("Ye", **PLACE), text_done("Yes", **PLACE), completed()],
    "two items": [delta("Y", **PLACE), item_done("Y", output_index=0), item_done("es", output_index=1), completed()],
}


@pytest.mark.parametrize("events", RESPONSES.values(), ids=RESPONSES)
def test_the_text_of_a_response_is_told_once(events):
    answer, begun = told(OpenAIResponsesProvider, *events)
    placed = any("output_index" in event for event in events)
    assert (answer.text, begun) == ("Yes", placed or "delta" in events[0])


@pytest.mark.parametrize("names_it", [True, False], ids=["its begin", "its end"])
def test_a_function_of_a_response_may_stand_in_its_begin_and_in_the_end_of_its_arguments_alone(names_it):
    begin = {"type": "function_call", "call_id": "c", "name": "weather", "arguments": ""}
    added = {"type": "response.output_item.added", "output_index": 0, "item": begin}
    end = {"type": "response.function_call_arguments.done", "output_index": 0, "arguments": '{"of": "Rome"}'}
    events = [added, end] if names_it else [{**end, "item_id": "c", "name": "weather"}]
    answer, _ = told(OpenAIResponsesProvider, *events, completed())
    assert [(it.id, it.name, it.arguments) for it in answer.tool_calls] == [("c", "weather", '{"of": "Rome"}')]
    done = {"type": "response.output_item.done", "output_index": 0, "item": {**begin, "arguments": '{"of": "Rome"}'}}
    assert told(OpenAIResponsesProvider, *events, done, completed())[0].tool_calls == answer.tool_calls


START = {"type": "message_start", "message": {"model": "c", "content": [], "usage": {"input_tokens": 3}}}
BLOCK = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
STOP_BLOCK = {"type": "content_block_stop", "index": 0}
YES = {"type": "text", "text": "Yes"}
DELTA = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Yes"}}
END = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}}
STOP = {"type": "message_stop"}
WHOLE = {"content": [YES], "model": "c", "stop_reason": "end_turn", "usage": {"input_tokens": 3, "output_tokens": 4}}
MESSAGES = {
    "deltas": [START, BLOCK, DELTA, STOP_BLOCK, END, STOP],
    "begin of the block": [START, {**BLOCK, "content_block": YES}, STOP_BLOCK, END, STOP],
    "end of the block": [START, BLOCK, {**STOP_BLOCK, "content_block": YES}, END, STOP],
    "end of a block without a begin": [START, {**STOP_BLOCK, "content_block": YES}, END, STOP],
    "deltas and the end of the block": [START, BLOCK, DELTA, {**STOP_BLOCK, "content_block": YES}, END, STOP],
    "begin of the message": [{"type": "message_start", "message": WHOLE}, END, STOP],
    "end of the message": [START, END, {**STOP, "message": WHOLE}],
    "deltas and the end of the message": [START, BLOCK, DELTA, STOP_BLOCK, END, {**STOP, "message": WHOLE}],
    "a whole body in the stream": [{"type": "message", **WHOLE}],
}


@pytest.mark.parametrize("events", MESSAGES.values(), ids=MESSAGES)
def test_the_text_of_a_message_is_told_once(events):
    answer, _ = told(AnthropicProvider, *events)
    assert (answer.text, answer.finish_reason, answer.response_model) == ("Yes", "end_turn", "c")
    assert (answer.reading.usage.tokens_in, answer.reading.usage.tokens_out) == (3, 4)


def test_a_function_may_stand_in_the_end_of_its_block_alone():
    call = {"type": "tool_use", "id": "t", "name": "weather", "input": {"of": "Rome"}}
    begun = {**BLOCK, "content_block": {**call, "input": {}}}
    answer, _ = told(AnthropicProvider, START, begun, {**STOP_BLOCK, "content_block": call}, END, STOP)
    assert [(it.name, it.arguments) for it in answer.tool_calls] == [("weather", '{"of": "Rome"}')]
    grown = {"type": "content_block_delta", "index": 0, "delta": {"partial_json": '{"of": "Rome"}'}}
    both, _ = told(AnthropicProvider, START, begun, grown, {**STOP_BLOCK, "content_block": call}, END, STOP)
    assert both.tool_calls == answer.tool_calls


def choice(finish: str | None = None, **parts: object) -> dict:
    return {"choices": [{"index": 0, "finish_reason": finish, **parts}]}


CHAT = {
    "deltas": [choice(delta={"content": "Ye"}), choice(delta={"content": "s"}), choice("stop", delta={})],
    "a message at the end": [choice(delta={"role": "assistant"}), choice("stop", message={"content": "Yes"})],
    "a message beside the last delta": [choice("stop", delta={}, message={"content": "Yes"})],
    "a message beside an empty delta": [choice("stop", delta={"content": ""}, message={"content": "Yes"})],
    "deltas and the message": [choice(delta={"content": "Yes"}), choice("stop", message={"content": "Yes"})],
    "deltas and the message beside one": [
        choice(delta={"content": "Ye"}),
        choice("stop", delta={"content": "s"}, message={"content": "Yes"}),
    ],
    "a message that grows beside the deltas": [
        choice(delta={"content": "Ye"}, message={"content": "Ye"}),
        choice("stop", delta={"content": "s"}, message={"content": "Yes"}),
    ],
    "each delta twice": [
        choice(delta={"content": "Ye"}, message={"content": "Ye"}),
        choice("stop", delta={"content": "s"}, message={"content": "s"}),
    ],
    "pieces as messages": [choice(message={"content": "Ye"}), choice("stop", message={"content": "s"})],
    "pieces as texts": [choice(text="Y"), choice(text="e"), choice("stop", text="s")],
    "a text": [choice("stop", text="Yes")],
    "deltas that lack their end": [choice(delta={"content": "Ye"}), choice("stop", message={"content": "Yes"})],
}


@pytest.mark.parametrize("events", CHAT.values(), ids=CHAT)
def test_the_text_of_a_completion_is_told_once(events):
    answer, begun = told(OpenAIProvider, *events)
    assert (answer.text, answer.finish_reason, begun) == ("Yes", "stop", True)


def test_functions_thoughts_and_sound_of_the_last_message_are_told_once():
    call = {"id": "t", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    whole = {"content": "Yes", "tool_calls": [call], "reasoning_content": "Hm", "audio": {"transcript": "Yes"}}
    pieces = {**whole, "tool_calls": [{"index": 0, **call}]}
    for events in ([choice("stop", message=whole)], [choice(delta=pieces), choice("stop", message=whole)]):
        answer, _ = told(OpenAIProvider, *events)
        assert (answer.text, answer.reasoning, [it.arguments for it in answer.tool_calls]) == ("Yes", "Hm", ["{}"])
        assert answer.parts[0]["audio"] == {"transcript": "Yes"}


def test_the_text_of_gemini_may_stand_in_its_last_chunk():
    def chunk(*texts: str, **more: str) -> dict:
        return {"candidates": [{"content": {"parts": [{"text": text} for text in texts]}, **more}]}

    for events in ([chunk("Ye"), chunk("s", finishReason="STOP")], [chunk(), chunk("Ye", "s", finishReason="STOP")]):
        assert told(GeminiProvider, *events)[0].text == "Yes"
