"""Bodies and streams after OpenAI's documentation of the Responses API."""

from __future__ import annotations

from scripted import http, sse

from gencost.providers.openai_responses import OpenAIResponsesProvider
from gencost.types import Usage

WHOLE = {
    "status": "incomplete",
    "incomplete_details": {"reason": "max_output_tokens"},
    "model": "gpt-5-2025-08-07",
    "output": [
        {"type": "reasoning", "summary": []},
        {"type": "message", "content": [{"type": "output_text", "text": "Hi"}]},
    ],
    "usage": {
        "input_tokens": 36,
        "output_tokens": 87,
        "input_tokens_details": {"cached_tokens": 10},
        "output_tokens_details": {"reasoning_tokens": 64},
    },
}
USAGE = Usage(tokens_in=36, tokens_out=87, tokens_cached=10, tokens_reasoning=64)


def make(url, stream=False):
    return OpenAIResponsesProvider(name="openai", base_url=url, stream=stream)


def test_a_body_gives_text_usage_and_why_it_ended(ask):
    response, said = ask(make, http(WHOLE))
    assert (response.text, response.usage, response.finish_reason) == ("Hi", USAGE, "max_output_tokens")
    assert said.bodies[0] == {"model": "m", "input": [{"role": "user", "content": "hello"}], "store": False}


def test_a_stream_is_what_its_last_event_holds(ask):
    events = [
        {"type": "response.created", "response": {}},
        {"type": "response.output_text.delta", "delta": "Hi"},
        {"type": "response.incomplete", "response": WHOLE},
    ]
    response, _ = ask(lambda url: make(url, stream=True), sse(*events, done=False))
    assert (response.text, response.usage) == ("Hi", USAGE)
    assert response.ttft_ms is not None


def test_a_failed_response_is_an_error(ask):
    failed = {"status": "failed", "error": {"code": "server_error", "message": "sorry"}}
    assert ask(make, http(failed))[0].error_type == "server_error"
