"""Bodies and streams after Anthropic's documentation."""

from __future__ import annotations

from scripted import http, sse

from gencost.providers.anthropic import AnthropicProvider
from gencost.types import Usage
from gencost.usage.read_counts import read_counts

BODY = {
    "type": "message",
    "model": "claude-sonnet-4-5-20250929",
    "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Hi"}],
    "stop_reason": "end_turn",
    "usage": {
        "input_tokens": 21,
        "cache_creation_input_tokens": 456,
        "cache_read_input_tokens": 1800,
        "cache_creation": {"ephemeral_5m_input_tokens": 56, "ephemeral_1h_input_tokens": 400},
        "output_tokens": 393,
        "service_tier": "standard",
    },
}
EVENTS = [
    {"type": "message_start", "message": {"model": "claude-x", "usage": {"input_tokens": 25, "output_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hel"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "lo"}},
    {"type": "message_delta", "delta": {"stop_reason": "max_tokens"}, "usage": {"output_tokens": 15}},
    {"type": "message_stop"},
]


def plain(url):
    return AnthropicProvider(name="anthropic", base_url=url)


def streaming(url):
    return AnthropicProvider(name="anthropic", base_url=url, stream=True)


def test_cache_reads_and_writes_come_on_top_of_input_tokens(ask):
    response, said = ask(plain, http(BODY, request_id="req_9"), system="Be brief.")
    # 21 + 1800 read + 456 written (56 for 5 minutes, 400 for an hour) = 2277
    assert response.usage == Usage(
        tokens_in=2277, tokens_out=393, tokens_cached=1800, tokens_cache_write=56, tokens_cache_write_1h=400
    )
    assert (response.text, response.finish_reason, response.provider_request_id) == ("Hi", "end_turn", "req_9")
    assert said.bodies[0] == {
        "model": "m",
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "hello"}],
        "max_tokens": 4096,
    }


def test_a_stream_adds_its_pieces_and_keeps_the_last_counts(ask):
    response, _ = ask(streaming, sse(*EVENTS, done=False))
    assert (response.text, response.finish_reason, response.response_model) == ("Hello", "max_tokens", "claude-x")
    assert response.usage == Usage(tokens_in=25, tokens_out=15)
    assert response.ttft_ms is not None


def test_a_stream_without_its_stop_is_truncated_and_an_error_event_keeps_its_type(ask):
    assert ask(streaming, sse(*EVENTS[:-2], done=False))[0].error_type == "truncated"
    failed = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    assert ask(streaming, sse(EVENTS[0], failed, done=False))[0].error_type == "overloaded"


def test_a_body_without_content_is_no_answer(ask):
    assert ask(plain, http({"type": "message"}))[0].error_type == "invalid_body"


def test_counts_that_are_no_numbers_are_unknown():
    assert read_counts({"input_tokens": "many", "output_tokens": 1}, "messages").usage is None
