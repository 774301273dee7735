"""Bodies and streams after OpenAI's, xAI's, OpenRouter's and DeepSeek's documentation."""

from __future__ import annotations

import gzip
import json
import time
from decimal import Decimal

import pytest
from scripted import http, sse

from gencost.providers.openai import OpenAIProvider
from gencost.types import Usage
from gencost.usage.read_counts import read_counts

BODY = {
    "id": "chatcmpl-1",
    "model": "gpt-4o-2024-08-06",
    "service_tier": "default",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi there"}, "finish_reason": "stop"}],
    "usage": {
        "prompt_tokens": 2006,
        "completion_tokens": 300,
        "total_tokens": 2306,
        "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 120},
    },
}
CHUNKS = [
    {"model": "gpt-4o-2024-08-06", "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]},
    {"model": "gpt-4o-2024-08-06", "choices": [{"index": 0, "delta": {"content": "Hi "}}]},
    {"choices": [{"index": 0, "delta": {"content": "thére"}}], "service_tier": "flex"},
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]},
    {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}},
]


def plain(url, **settings):
    return OpenAIProvider(name="openai", base_url=url, **settings)


def streaming(url):
    return plain(url, stream=True)


def test_a_body_gives_text_inclusive_usage_model_tier_and_ids(ask):
    response, said = ask(plain, http(BODY, x_request_id="req_7"), temperature=0.5)
    assert (response.text, response.finish_reason) == ("Hi there", "stop")
    assert response.usage == Usage(tokens_in=2006, tokens_out=300, tokens_cached=1920, tokens_reasoning=120)
    assert (response.response_model, response.service_tier) == ("gpt-4o-2024-08-06", "default")
    assert (response.provider_request_id, response.raw_usage) == ("req_7", BODY["usage"])
    assert said.bodies == [{"model": "m", "messages": [{"role": "user", "content": "hello"}], "temperature": 0.5}]


def test_a_stream_gives_the_same_and_the_time_to_its_first_token(ask):
    head, *events = sse(*CHUNKS).split(b"data: ")
    pieces = [head, *(b"data: " + event for event in events)]
    response, said = ask(streaming, *pieces[:2], 0.03, *pieces[2:4], 0.04, *pieces[4:])
    assert (response.text, response.finish_reason, response.service_tier) == ("Hi thére", "length", "flex")
    assert response.usage == Usage(tokens_in=9, tokens_out=2)
    assert 30 <= response.ttft_ms < response.latency_ms  # 30 ms before the first text, 40 ms after it
    assert response.latency_ms >= 70
    assert said.bodies[0]["stream_options"] == {"include_usage": True}


def test_an_answer_that_is_whole_although_a_stream_was_asked_is_taken_without_a_first_token(ask):
    response, _ = ask(streaming, http(BODY, Content_Type="application/json; charset=utf-8"))
    assert (response.text, response.ttft_ms) == ("Hi there", None)


def test_latency_ends_with_the_last_byte_not_with_its_reading(ask):
    began = time.perf_counter()
    response, _ = ask(plain, 0.05, http(BODY))
    assert 49 <= response.latency_ms <= (time.perf_counter() - began) * 1e3


def test_xai_counts_reasoning_on_top_and_says_what_it_charged():
    raw = {
        "prompt_tokens": 32,
        "completion_tokens": 9,
        "total_tokens": 135,
        "completion_tokens_details": {"reasoning_tokens": 94},
    }
    assert read_counts(raw, "chat").usage == Usage(
        tokens_in=32, tokens_out=103, tokens_reasoning=94
    )  # 32 + 9 + 94 = 135


@pytest.mark.parametrize(
    ("said", "usd"),
    [
        ({"cost": 0.00014, "is_byok": False, "cost_details": {"upstream_inference_cost": 0.00014}}, "0.00014"),
        ({"cost": 0.00001, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.0002}}, "0.00021"),
        ({"cost_in_usd_ticks": 37756000}, "0.0037756"),
    ],
)
def test_what_the_provider_charged_is_kept_exactly(ask, said, usd):
    body = {**BODY, "usage": {**BODY["usage"], **said}}
    assert ask(plain, http(body))[0].provider_cost_usd == Decimal(usd)


def test_counts_that_cannot_be_true_are_unknown_and_kept_as_sent(ask):
    usage = {"prompt_tokens": 5, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 9}}
    response, _ = ask(plain, http({**BODY, "usage": usage}))
    assert (response.usage, response.raw_usage) == (None, usage)


def test_an_answer_without_usage_has_none(ask):
    response, _ = ask(plain, http({k: v for k, v in BODY.items() if k != "usage"}))
    assert (response.text, response.usage) == ("Hi there", None)


@pytest.mark.parametrize(
    ("script", "error_type"),
    [
        ([http(b"")], "empty"),
        ([http(b"<html>Bad gateway</html>")], "invalid_body"),
        ([http(b'{"choices": [')], "truncated"),
        ([http(b'{"choices": }')], "invalid_body"),
        ([http(gzip.compress(json.dumps(BODY).encode())[:-30], Content_Encoding="gzip")], "truncated"),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], "empty"),
        ([http([1, 2])], "invalid_body"),
        ([http({"choices": []})], "invalid_body"),
        ([http({"error": {"message": "no", "type": "server_error"}})], "server_error"),
        ([http({"error": {"message": "no", "code": 400}})], "bad_request"),
        ([http({"error": {"message": "no", "code": "X1"}})], "error_body"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\nConnection: close\r\n\r\n{"], "truncated"),
        ([b"\x00\x01\x02 nonsense\r\n\r\nConnection: close"], "invalid_body"),
        ([], "connection"),
        ([http({"error": "slow down"}, status="429 Too Many Requests")], "rate_limit"),
        ([http(b"", status="500 Internal Server Error")], "server_error"),
        ([http(b"", status="302 Found", Location="http://127.0.0.1:9/steal")], "redirect"),
    ],
)
def test_what_is_no_answer_is_an_error_with_its_type(ask, script, error_type):
    error, _ = ask(plain, *script)
    assert error.error_type == error_type, error


@pytest.mark.parametrize(
    ("stream", "error_type"),
    [
        (sse(done=False), "truncated"),
        (sse(*CHUNKS[:2], done=False), "truncated"),
        (sse(CHUNKS[0], {"error": {"message": "overloaded", "type": "overloaded_error"}}), "overloaded"),
        (sse(CHUNKS[0], b"{broken"), "invalid_body"),
    ],
)
def test_a_stream_that_does_not_end_well_is_an_error(ask, stream, error_type):
    error, _ = ask(streaming, stream)
    assert error.error_type == error_type, error


def test_a_streamed_answer_reuses_its_connection(ask):
    body = b"".join(sse(*CHUNKS).split(b"\r\n\r\n", 1)[1:])
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    response, said = ask(streaming, chunked, times=3)
    assert (response.text, len(said.heads), said.connections) == ("Hi thére", 3, 1)


def test_a_wait_asked_for_is_kept(ask):
    error, _ = ask(plain, http(b"", status="429 Too Many Requests", Retry_After="7"))
    assert (error.retry_after_s, error.http_status) == (7.0, 429)


@pytest.mark.parametrize(
    ("settings", "script"),
    [({"stream": True, "first_token_s": 0.05}, [0.5]), ({"total_s": 0.1}, [0.5])],
)
def test_a_server_that_hangs_is_a_timeout(ask, settings, script):
    error, _ = ask(lambda url: plain(url, **settings), *script)
    assert error.error_type == "timeout", error
    assert error.service_ms >= 49  # epoll rounds its timer to a millisecond


def test_a_port_where_nobody_listens_cannot_be_connected_to(ask):
    error, _ = ask(lambda url: plain("http://127.0.0.1:9/v1"))
    assert error.error_type == "connect"
