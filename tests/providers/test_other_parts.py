"""What an answer holds beside its text, its functions and its thoughts is kept as it was sent."""

from __future__ import annotations

import pytest
from scripted import http, sse
from test_whole_answers import chat, messages, responses_api

from gencost.messages import ToolCall
from gencost.metrics_db.answer_parts import answer_parts_row, parts_of
from gencost.providers.other_parts import kept

SEARCH = {"type": "web_search_call", "id": "ws", "status": "completed", "action": {"type": "search", "query": "q"}}
CITED = {"type": "url_citation", "url": "https://example.org", "title": "E"}
RESULT = {"type": "web_search_tool_result", "tool_use_id": "s", "content": [{"title": "E", "encrypted_content": "x"}]}
OTHERS = {
    "an item of Responses": (
        responses_api,
        {"status": "completed", "output": [SEARCH, {"type": "quantum_call", "qubits": 3}]},
        (SEARCH, {"type": "quantum_call", "qubits": 3}),
    ),
    "citations of Responses": (
        responses_api,
        {
            "status": "completed",
            "output": [
                {"type": "message", "content": [{"type": "output_text", "text": "a", "annotations": [CITED]}]},
            ],
        },
        ({"type": "output_text", "annotations": [CITED]},),
    ),
    "a block of Messages": (
        messages,
        {"content": [RESULT, {"type": "text", "text": "a"}], "stop_reason": "stop_sequence", "stop_sequence": "5"},
        ({"stop_sequence": "5"}, {**RESULT, "content": [{"title": "E"}]}),
    ),
    "a field of Chat Completions": (
        chat,
        {"choices": [{"message": {"content": "a", "annotations": [CITED], "odd": None}}], "citations": ["u"]},
        ({"type": "message", "annotations": [CITED]}, {"citations": ["u"]}),
    ),
    "nothing": (chat, {"choices": [{"message": {"role": "assistant", "content": "a", "refusal": None}}]}, ()),
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_is_neither_text_nor_function_nor_thought_is_kept_as_sent(ask, what):
    made, body, parts = OTHERS[what]
    answer, _ = ask(lambda url: made(url, stream=False), http({"model": "m", **body}))
    assert answer.parts == parts
    _, _, _, extra = answer_parts_row(answer)
    assert parts_of(extra) == parts
    assert (extra is None) == (not parts)


def test_a_sound_and_logprobs_in_pieces_are_put_together(ask):
    pieces = [{"audio": {"id": "au", "data": "AA", "transcript": "Hel"}}, {"audio": {"data": "BB", "transcript": "lo"}}]
    odds = [{"content": [{"token": token, "logprob": -0.5}]} for token in ("Hel", "lo")]
    chunks = [
        {"choices": [{"index": 0, "delta": piece, "logprobs": odd}]} for piece, odd in zip(pieces, odds, strict=True)
    ]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    answer, _ = ask(lambda url: chat(url, stream=True), sse(*chunks, end))
    assert answer.text == "Hello"
    both = {"content": [odds[0]["content"][0], odds[1]["content"][0]]}
    assert answer.parts == (
        {"type": "message", "audio": {"id": "au", "data": "AABB", "transcript": "Hello"}, "logprobs": both},
    )


def test_a_function_of_its_own_form_is_called_like_any_other(ask):
    custom = {"id": "c1", "type": "custom", "custom": {"name": "sql", "input": "select 1"}}
    completion = {"choices": [{"message": {"content": None, "tool_calls": [custom]}}]}
    item = {"type": "custom_tool_call", "call_id": "c1", "name": "sql", "input": "select 1"}
    for made, body in ((chat, completion), (responses_api, {"status": "completed", "output": [item]})):
        answer, _ = ask(lambda url, made=made: made(url, stream=False), http({"model": "m", **body}))
        assert answer.tool_calls == (ToolCall(id="c1", name="sql", arguments="select 1"),)


def test_a_text_of_a_size_that_only_bytes_have_is_kept_by_its_digest():
    (short,) = kept([{"data": "A" * 100_001, "signature": "x"}])
    assert set(short) == {"data"}
    assert len(short["data"]) < 300
    assert "100,001 characters" in short["data"]
    assert kept({"data": "A" * 100_000}) == {"data": "A" * 100_000}
