"""What servers say of their own times, in bodies, in usage and in headers; and when the pieces of a stream came."""

from __future__ import annotations

import pytest
from scripted import http, sse

from gencost.errors import ConfigError
from gencost.providers.openai import OpenAIProvider
from gencost.values.chunk_times import offsets_us

ANSWER = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}
USAGE = {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}
LLAMA = {"timings": {"prompt_n": 3, "prompt_ms": 12.5, "predicted_n": 1, "predicted_ms": 30.0}}
GROQ = {"usage": {**USAGE, "queue_time": 0.01, "prompt_time": 0.02, "completion_time": 0.1, "total_time": 0.12}}
CEREBRAS = {"time_info": {"queue_time": 0.001, "prompt_time": 0.002, "completion_time": 0.003, "total_time": 0.007}}
SAMBANOVA = {"usage": {**USAGE, "total_latency": 0.5, "time_to_first_token": 0.1}}


def plain(url):
    return OpenAIProvider(name="local", base_url=url)


def streaming(url):
    return OpenAIProvider(name="local", base_url=url, stream=True)


def recording(url):
    return OpenAIProvider(name="local", base_url=url, stream=True, record_chunks=True)


@pytest.mark.parametrize(
    ("more", "headers", "times"),
    [
        (LLAMA, {}, (42.5, 12.5)),
        (GROQ, {}, (120.0, 30.0)),
        (CEREBRAS, {}, (7.0, 3.0)),
        (SAMBANOVA, {}, (500.0, 100.0)),
        ({}, {"openai_processing_ms": "17"}, (17.0, None)),
        ({}, {"x_total_time": "21"}, (21.0, None)),
        ({}, {"x_envoy_upstream_service_time": "33"}, (33.0, None)),
        (LLAMA, {"openai_processing_ms": "17"}, (42.5, 12.5)),
        ({"timings": {"prompt_ms": "?"}}, {"openai_processing_ms": "soon"}, (None, None)),
        ({"timings": {"prompt_ms": -1, "predicted_ms": 2}}, {}, (None, None)),
        ({}, {}, (None, None)),
    ],
)
def test_a_server_that_says_what_it_took_is_believed_and_silence_is_unknown(ask, more, headers, times):
    response, _ = ask(plain, http({**ANSWER, **more}, **headers))
    assert (response.server_ms, response.server_ttft_ms) == pytest.approx(times)


def event(text: str, finish: str | None = None, **more):
    return {"choices": [{"delta": {"content": text}, "finish_reason": finish}], **more}


def test_a_stream_has_its_times_in_its_last_chunk_and_its_headers_came_first(ask):
    response, _ = ask(streaming, sse(event("Hi"), event("", "stop", **LLAMA)))
    assert (response.server_ms, response.server_ttft_ms) == (42.5, 12.5)
    stream = sse(event("Hi", "stop")).replace(b"\r\n\r\n", b"\r\nopenai-processing-ms: 17\r\n\r\n", 1)
    response, _ = ask(streaming, stream)
    assert (response.server_ms, response.server_ttft_ms) == (None, 17.0)


def test_a_cost_in_a_header_is_the_providers_word(ask):
    response, _ = ask(plain, http(ANSWER, x_litellm_response_cost="0.00012"))
    assert float(response.provider_cost_usd) == 0.00012


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(*events) -> bytes:
    data = sse(*events, done=False).partition(b"\r\n\r\n")[2]
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def test_the_pieces_of_a_stream_are_timed_where_that_is_asked(ask):
    """Two pieces 0.15 s after each other, the end 0.1 s later; the first one has no content yet."""
    role = {"choices": [{"delta": {"role": "assistant", "content": ""}}]}
    script = (
        HEAD + chunk(role),
        0.1,
        chunk(event("a")),
        0.15,
        chunk(event("b")),
        0.1,
        chunk(event("", "stop")) + b"0\r\n\r\n",
    )
    response, _ = ask(recording, *script)
    first, second, last = offsets_us(response.chunk_times)
    assert response.text == "ab"
    assert first / 1000 == pytest.approx(response.ttft_ms, abs=0.001)
    assert second - first > 100_000
    assert last - second > 60_000
    assert last / 1000 == pytest.approx(response.latency_ms, abs=0.001)
    assert ask(streaming, *script)[0].chunk_times is None


def test_an_answer_that_came_at_once_has_no_pieces(ask):
    assert ask(recording, http(ANSWER))[0].chunk_times is None


def test_pieces_are_those_of_a_stream():
    with pytest.raises(ConfigError, match="add provider.stream=true"):
        OpenAIProvider(name="local", base_url="http://127.0.0.1:1", record_chunks=True)
