"""A request is whatever the API takes: parts, functions, results, parameters of a row's own, in every protocol."""

from __future__ import annotations

import base64
import json

import pytest

from gencost.errors import PromptError
from gencost.messages import Message, Part, ToolCall, blob_of, messages_of, text_of
from gencost.messages.read import read_messages
from gencost.prompts import PromptSet
from gencost.providers.params import anthropic_params, responses_params
from gencost.providers.turns import anthropic_turns, chat_turns, responses_items

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
URL = "data:image/png;base64," + base64.b64encode(PIXEL).decode()
TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}
CALL = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":"Oslo"}'}}
WEATHER = [
    {"role": "developer", "content": "Be brief."},
    {"role": "user", "content": "Weather in Oslo?"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": "-3 C, snow"},
]
PICTURE = [
    {"role": "user", "content": [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": URL}]}
]
IMAGE = Part(kind="image", blob=blob_of(PIXEL, "image/png"))


def test_a_conversation_with_functions_is_read():
    messages = read_messages(WEATHER)
    assert [message.role for message in messages] == ["developer", "user", "assistant", "tool"]
    assert messages[2].tool_calls == (ToolCall(id="c1", name="get_weather", arguments='{"city":"Oslo"}'),)
    assert messages[3].tool_call_id == "c1"


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": URL}},
        {"type": "image_url", "image_url": URL},
        {"type": "input_image", "image_url": URL},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": URL.partition(",")[2]}},
        {"type": "image", "path": "pixel.png"},
        {"type": "image", "image": "pixel.png"},
    ],
    ids=["chat", "chat text", "responses", "messages", "path", "short"],
)
def test_one_image_is_the_same_part_in_every_shape(tmp_path, part):
    (tmp_path / "pixel.png").write_bytes(PIXEL)
    (message,) = read_messages([{"role": "user", "content": [part]}], tmp_path)
    assert message.content == (IMAGE,)


def test_a_stored_prompt_names_an_image_by_its_hash_and_is_read_back():
    messages = read_messages([*PICTURE, *WEATHER[2:]])
    text = text_of(messages)
    assert IMAGE.blob.sha256 in text
    assert URL.partition(",")[2] not in text
    assert messages_of("conversation", text) == messages


def test_each_protocol_gets_the_image_in_its_own_words():
    (chat,), (item,) = chat_turns(read_messages(PICTURE)), responses_items(read_messages(PICTURE))
    _, (turn,) = anthropic_turns(read_messages(PICTURE))
    assert chat["content"][1] == {"type": "image_url", "image_url": {"url": URL}}
    assert item["content"][1] == {"type": "input_image", "image_url": URL, "detail": "auto"}
    source = {"type": "base64", "media_type": "image/png", "data": URL.partition(",")[2]}
    assert turn["content"][1] == {"type": "image", "source": source}


def test_each_protocol_gets_calls_and_results_in_its_own_words():
    messages = read_messages(WEATHER)
    assert chat_turns(messages) == WEATHER
    assert responses_items(messages)[2:] == [
        {"type": "function_call", "call_id": "c1", "name": "get_weather", "arguments": '{"city":"Oslo"}'},
        {"type": "function_call_output", "call_id": "c1", "output": "-3 C, snow"},
    ]
    system, turns = anthropic_turns(messages)
    assert system == "Be brief."
    assert turns[1]["content"] == [{"type": "tool_use", "id": "c1", "name": "get_weather", "input": {"city": "Oslo"}}]
    result = {"type": "tool_result", "tool_use_id": "c1", "content": "-3 C, snow"}
    assert turns[2] == {"role": "user", "content": [result]}


def test_a_conversation_of_the_messages_api_is_read_as_the_same():
    system, turns = anthropic_turns(read_messages(WEATHER))
    again = read_messages([{"role": "developer", "content": system}, *turns])
    assert [(m.role, m.text, m.tool_call_id) for m in again] == [
        (m.role, m.text, m.tool_call_id) for m in read_messages(WEATHER)
    ]


def test_cache_control_is_sent_where_it_stands():
    marked = {"type": "text", "text": "Long rules.", "cache_control": {"type": "ephemeral"}}
    turns = [{"role": "system", "content": [marked]}, {"role": "user", "content": "Hi"}]
    system, _ = anthropic_turns(read_messages(turns))
    assert system == [marked]


def test_parameters_are_written_in_the_words_of_each_protocol():
    params = {"tools": [TOOL], "tool_choice": "required", "max_completion_tokens": 9, "stop": "END"}
    assert anthropic_params(params) == {
        "tools": [{"name": "get_weather", "input_schema": {"type": "object"}}],
        "tool_choice": {"type": "any"},
        "max_tokens": 9,
        "stop_sequences": ["END"],
    }
    flat = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}}
    assert responses_params({"tools": [TOOL], "max_tokens": 9, "reasoning_effort": "low"}) == {
        "tools": [flat],
        "max_output_tokens": 9,
        "reasoning": {"effort": "low"},
    }


BODY = {"model": "m", "messages": WEATHER[:2], "tools": [TOOL], "max_tokens": 7, "stream": True}
LINES = {
    "a request": BODY,
    "a line of a batch file": {"custom_id": "r1", "method": "POST", "url": "/v1/chat/completions", "body": BODY},
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_a_row_that_is_a_whole_request_needs_no_column_map(tmp_path, line):
    (tmp_path / "p.jsonl").write_text(json.dumps(line))
    (sample,) = PromptSet(path=str(tmp_path / "p.jsonl")).load()
    assert sample.messages == read_messages(WEATHER[:2])
    assert sample.params == {"tools": [TOOL], "max_tokens": 7}
    assert sample.id == line.get("custom_id", "1")


ASKED = {"model": "m", "max_tokens": 7}
SAID = [{"role": "user", "content": "Hi"}]


@pytest.mark.parametrize(
    "line",
    [
        {"custom_id": "r1", "url": "/v1/responses", "body": {**ASKED, "input": "Hi", "instructions": "Be brief."}},
        {"custom_id": "r1", "params": {**ASKED, "messages": SAID, "system": "Be brief."}},
        {"id": "r1", **ASKED, "messages": SAID, "system": [{"type": "text", "text": "Be brief."}]},
    ],
    ids=["Responses", "Anthropic's batch", "Anthropic's request"],
)
def test_what_a_request_says_beside_its_turns_is_sent(tmp_path, line):
    (tmp_path / "p.jsonl").write_text(json.dumps(line))
    (sample,) = PromptSet(path=str(tmp_path / "p.jsonl")).load()
    assert [(turn.role, turn.text) for turn in sample.messages] == [("system", "Be brief."), ("user", "Hi")]
    assert (sample.id, sample.params) == ("r1", {"max_tokens": 7})


def test_a_column_named_system_that_is_not_of_a_request_is_not_sent(tmp_path):
    (tmp_path / "p.jsonl").write_text(json.dumps({"messages": SAID, "system": "billing"}))
    (sample,) = PromptSet(path=str(tmp_path / "p.jsonl")).load()
    assert (len(sample.messages), sample.metadata) == (1, {"system": "billing"})


def test_the_last_turn_of_a_fine_tuning_line_is_the_reference(tmp_path):
    turns = [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}]
    (tmp_path / "p.jsonl").write_text(json.dumps({"messages": turns}))
    (sample,) = PromptSet(path=str(tmp_path / "p.jsonl")).load()
    assert (sample.text, sample.reference) == ("2 + 2?", "4")


def test_a_csv_cell_that_the_map_names_is_read_as_json(tmp_path):
    (tmp_path / "p.csv").write_text("chat\n" + '"' + json.dumps(WEATHER[:2]).replace('"', '""') + '"\n')
    (sample,) = PromptSet(path=str(tmp_path / "p.csv"), columns={"messages": "chat"}).load()
    assert sample.messages == read_messages(WEATHER[:2])


def test_a_column_inside_an_object_is_named_by_its_path(tmp_path):
    (tmp_path / "p.jsonl").write_text(json.dumps({"input": {"question": "Why?"}, "gold": {"answer": ["a", "b"]}}))
    columns = {"text": "input.question", "reference": "gold.answer.0"}
    (sample,) = PromptSet(path=str(tmp_path / "p.jsonl"), columns=columns).load()
    assert (sample.text, sample.reference) == ("Why?", "a")


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        ({"role": "robot", "content": "x"}, "role 'robot' does not exist"),
        ({"role": "user", "content": [{"type": "imagee", "url": "x"}]}, "did you mean 'image'"),
        ({"role": "user", "content": [{"type": "image", "path": "gone.png"}]}, "gone.png cannot be read"),
        ({"role": "user", "content": [{"type": "image", "source": {"data": "%%%"}}]}, "is not base64"),
        ({"role": "user", "content": None}, "it is empty"),
        ({"role": "assistant", "tool_calls": [{"function": {}}]}, "names no function"),
    ],
)
def test_what_cannot_be_sent_is_one_line_that_names_the_message(tmp_path, turn, said):
    with pytest.raises(PromptError, match=f"message 1: .*{said}"):
        read_messages([turn], tmp_path)


def test_plain_mappings_are_messages():
    assert read_messages({"role": "user", "content": "Hi"}) == (Message(role="user", content="Hi"),)
