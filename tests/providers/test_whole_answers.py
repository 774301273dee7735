"""An answer is whatever the API gives: functions, thoughts, every choice, whole or streamed, kept in the metrics DB."""

from __future__ import annotations

import pytest
from scripted import http, sse
from sqlalchemy import select

from gencost.llm import UnifiedLLM
from gencost.messages import ToolCall, blob_of
from gencost.metrics_db import Writer
from gencost.metrics_db.answer_parts import choices_of, tool_calls_of
from gencost.metrics_db.tables import blobs, prompts, responses
from gencost.providers.anthropic import AnthropicProvider
from gencost.providers.mock import MockProvider
from gencost.providers.openai import OpenAIProvider
from gencost.providers.openai_responses import OpenAIResponsesProvider
from gencost.types import Response

WEATHER = ToolCall(id="call_1", name="get_weather", arguments='{"city": "Oslo", "days": 3}')


def chat(url, **settings):
    return OpenAIProvider(name="p", base_url=url, **settings)


def messages(url, **settings):
    return AnthropicProvider(name="p", base_url=url, **settings)


def responses_api(url, **settings):
    return OpenAIResponsesProvider(name="p", base_url=url, **settings)


def body(*choices, **more):
    return http({"choices": list(choices), "model": "m", **more})


def chunks(*choices):
    return sse(*({"choices": [choice]} for choice in choices))


FUNCTION = {"id": "call_1", "type": "function", "function": {"name": WEATHER.name, "arguments": WEATHER.arguments}}


def test_the_functions_of_a_completion(ask):
    message = {"role": "assistant", "content": None, "tool_calls": [FUNCTION]}
    answer, _ = ask(chat, body({"index": 0, "message": message, "finish_reason": "tool_calls"}))
    assert (answer.text, answer.tool_calls) == ("", (WEATHER,))


def test_the_functions_of_a_stream_are_put_together_by_their_index(ask):
    def delta(*calls):
        return {"index": 0, "delta": {"tool_calls": list(calls)}}

    stream = chunks(
        delta({"index": 0, "id": "a", "function": {"name": "get_weather", "arguments": ""}}),
        delta({"index": 0, "function": {"arguments": '{"city":'}}),
        delta({"index": 1, "id": "b", "function": {"name": "get_time", "arguments": '{"zone":'}}),
        delta({"index": 0, "function": {"arguments": '"Oslo"}'}}, {"index": 1, "function": {"arguments": '"CET"}'}}),
        {"index": 0, "delta": {}, "finish_reason": "tool_calls"},
    )
    answer, _ = ask(lambda url: chat(url, stream=True), stream)
    assert answer.tool_calls == (
        ToolCall(id="a", name="get_weather", arguments='{"city":"Oslo"}'),
        ToolCall(id="b", name="get_time", arguments='{"zone":"CET"}'),
    )
    assert answer.ttft_ms is not None


def test_every_choice_of_a_stream_keeps_its_own_text(ask):
    pieces = [(0, "Ye"), (1, "N"), (0, "s"), (1, "o")]
    deltas = [{"index": index, "delta": {"content": text}} for index, text in pieces]
    ends = [{"index": index, "delta": {}, "finish_reason": "stop"} for index in (0, 1)]
    answer, _ = ask(lambda url: chat(url, stream=True), chunks(*deltas, *ends))
    assert answer.text == "Yes"
    assert [(choice["index"], choice["text"]) for choice in answer.choices] == [(0, "Yes"), (1, "No")]


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning"])
@pytest.mark.parametrize("stream", [False, True])
def test_thoughts_are_kept_apart_from_the_text(ask, key, stream):
    said = {"role": "assistant", "content": "", key: "First I multiply"}
    if stream:
        script = chunks({"index": 0, "delta": said}, {"index": 0, "delta": {}, "finish_reason": "length"})
    else:
        script = body({"index": 0, "message": said, "finish_reason": "length"})
    answer, _ = ask(lambda url: chat(url, stream=stream), script)
    assert (answer.text, answer.reasoning, answer.finish_reason) == ("", "First I multiply", "length")


USE = {"type": "tool_use", "id": "call_1", "name": "get_weather", "input": {"city": "Oslo", "days": 3}}


def test_the_functions_and_thoughts_of_a_message(ask):
    content = [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Let me see."}, USE]
    answer, _ = ask(messages, http({"content": content, "stop_reason": "tool_use"}))
    assert (answer.text, answer.reasoning, answer.tool_calls) == ("Let me see.", "Hm.", (WEATHER,))


def test_the_functions_and_thoughts_of_a_streamed_message(ask):
    def delta(**fields):
        return {"type": "content_block_delta", "delta": fields}

    events = [
        {"type": "message_start", "message": {"model": "m"}},
        {"type": "content_block_start", "content_block": {"type": "thinking", "thinking": ""}},
        delta(type="thinking_delta", thinking="Hm"),
        delta(type="thinking_delta", thinking="."),
        {"type": "content_block_start", "content_block": {**USE, "input": {}}},
        delta(type="input_json_delta", partial_json='{"city": "Oslo", '),
        delta(type="input_json_delta", partial_json='"days": 3}'),
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
        {"type": "message_stop"},
    ]
    answer, _ = ask(lambda url: messages(url, stream=True), sse(*events, done=False))
    assert (answer.text, answer.reasoning, answer.tool_calls) == ("", "Hm.", (WEATHER,))


ITEMS = [
    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
    {"type": "function_call", "call_id": "call_1", "name": WEATHER.name, "arguments": WEATHER.arguments},
]


@pytest.mark.parametrize("told_at_the_end", [False, True])
@pytest.mark.parametrize("stream", [False, True])
def test_the_functions_and_thoughts_of_a_response(ask, stream, told_at_the_end):
    whole = {"output": ITEMS, "status": "completed", "model": "m"}
    script = http(whole)
    if stream:
        items = [{"type": "response.output_item.done", "item": item} for item in ITEMS]
        end = {"type": "response.completed", "response": whole if told_at_the_end else {**whole, "output": []}}
        script = sse(*items, end, done=False)
    answer, _ = ask(lambda url: responses_api(url, stream=stream), script)
    assert (answer.text, answer.reasoning, answer.tool_calls) == ("", "Hm.", (WEATHER,))


class Calling(MockProvider):
    async def complete(self, request):
        more = {"index": 1, "text": "No", "finish_reason": "stop"}
        return Response(
            text="Yes", usage=None, latency_ms=1.0, tool_calls=(WEATHER,), reasoning="Hm.", choices=({"index": 0}, more)
        )


def test_a_whole_answer_and_the_bytes_of_its_request_are_kept_in_the_metrics_db(engine):
    image = {"type": "image", "source": {"media_type": "image/png", "data": "AAAA"}}
    asked = [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, image]}]
    with Writer(engine) as writer, UnifiedLLM(provider=Calling(), model="echo", writer=writer) as llm:
        llm.complete(asked)
        llm.complete(asked)
    with engine.connect() as db:
        said = db.execute(select(responses)).mappings().first()
        kept = db.execute(select(blobs)).mappings().all()
        prompt = db.scalar(select(prompts.c.text))
    assert tool_calls_of(said["tool_calls_json"]) == (WEATHER,)
    assert said["reasoning"] == "Hm."
    assert [choice.get("text") for choice in choices_of(said["extra_json"])] == [None, "No"]
    (blob,) = kept  # once, although it was sent twice
    assert (blob["media_type"], blob["data"]) == ("image/png", b"\x00\x00\x00")
    assert blob["sha256"] == blob_of(b"\x00\x00\x00", "image/png").sha256
    assert blob["sha256"] in prompt
    assert "AAAA" not in prompt


def test_each_call_is_its_own_though_a_server_gives_all_of_them_one_index_or_none(ask):
    def delta(**call):
        return {"index": 0, "delta": {"tool_calls": [call]}}

    f, g = {"name": "f", "arguments": "{}"}, {"name": "g", "arguments": "{"}
    end = {"index": 0, "delta": {}, "finish_reason": "tool_calls"}
    for index in ({"index": 0}, {}):
        first, second = delta(**index, id="a", function=f), delta(**index, id="b", function=g)
        more = delta(**index, id="drawn anew", function={"arguments": "}"})
        answer, _ = ask(lambda url: chat(url, stream=True), chunks(first, second, more, end))
        assert [(call.name, call.arguments) for call in answer.tool_calls] == [("f", "{}"), ("g", "{}")]


@pytest.mark.parametrize(
    "names", [("get_", "time"), ("get_", "get_time"), ("get_time", "get_time"), ("get_time", None)]
)
def test_the_name_of_a_function_may_come_in_pieces_or_again(ask, names):
    calls = [{"index": 0, "function": {"name": name, "arguments": ""}} for name in names]
    stream = chunks(*({"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": "tool_calls"} for call in calls))
    answer, _ = ask(lambda url: chat(url, stream=True), stream)
    assert [call.name for call in answer.tool_calls] == ["get_time"]


def test_blocks_of_a_message_that_grow_side_by_side_are_kept_apart(ask):
    def begin(index):
        return {"index": index, "content_block": {"type": "tool_use", "id": f"t{index}", "name": "f", "input": {}}}

    def grow(index, piece):
        return {"index": index, "delta": {"type": "input_json_delta", "partial_json": piece}}

    grown = [grow(0, '{"x":'), grow(1, '{"y":'), grow(0, "1}"), grow(1, "2}")]
    events = [
        {"type": "message_start", "message": {"model": "m"}},
        *({"type": "content_block_start", **begin(index)} for index in (0, 1)),
        *({"type": "content_block_delta", **delta} for delta in grown),
        {"type": "message_stop"},
    ]
    answer, _ = ask(lambda url: messages(url, stream=True), sse(*events, done=False))
    assert [call.arguments for call in answer.tool_calls] == ['{"x":1}', '{"y":2}']


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (["A", {"type": "text", "text": "B"}], "AB"),
        ({"type": "text", "text": "AB"}, "AB"),
        ([{"type": "text", "text": {"value": "AB"}}], "AB"),
        ({"city": "Århus"}, '{"city": "Århus"}'),
        (42, "42"),
        (None, ""),
    ],
)
def test_the_text_of_a_message_is_found_whatever_its_content_is(ask, content, text):
    message = {"role": "assistant", "content": content}
    assert ask(chat, body({"index": 0, "message": message, "finish_reason": "stop"}))[0].text == text
