"""A real peer: a LiteLLM proxy with mock models, asked in both of its languages.

Needs the proxy's program in a venv of its own: ``pip install 'litellm[proxy]'``, then put it on the PATH or name it by
``GENCOST_LITELLM``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from peers.servers import KEY, litellm_proxy

from gencost.llm import UnifiedLLM, to_sample
from gencost.metrics_db import Writer
from gencost.providers.anthropic import AnthropicProvider
from gencost.providers.openai import OpenAIProvider
from gencost.sending.retry import Retry
from gencost.sending.sender import Sender

pytestmark = pytest.mark.peer

MOCKS = {
    "good": "The answer is forty-two.",
    "limited": "litellm.RateLimitError",
    "broken": "litellm.InternalServerError",
}


@pytest.fixture(scope="module")
def proxy(tmp_path_factory) -> Iterator[str]:
    models = [
        {"model_name": name, "litellm_params": {"model": "openai/gpt-4o-mini", "api_key": "x", "mock_response": text}}
        for name, text in MOCKS.items()
    ]
    with litellm_proxy(tmp_path_factory.mktemp("litellm"), models) as url:
        yield url


def made(kind: str, proxy: str, stream: bool):
    settings = {"base_url": proxy, "api_key_env": "PROXY_KEY", "stream": stream}
    if kind == "anthropic":
        return AnthropicProvider(name="anthropic", **settings)
    return OpenAIProvider(name="openai", **settings)


@pytest.fixture(params=["openai", "anthropic"])
def kind(request, monkeypatch) -> str:
    monkeypatch.setenv("PROXY_KEY", KEY)
    return request.param


@pytest.mark.parametrize("stream", [False, True])
def test_twenty_calls_are_answered_counted_and_timed(proxy, engine, kind, stream):
    provider = made(kind, proxy, stream)
    with Writer(engine) as writer, UnifiedLLM(provider=provider, model="good", writer=writer) as llm:
        llm.params = {"max_tokens": 50}
        records = [llm.complete(f"What is {n}?") for n in range(20)]
    for record in records:
        assert record.error_message is None
        assert record.response.text == MOCKS["good"]
        assert record.response.usage.tokens_out > 0
        assert record.response.usage.source == "provider"
        assert 0 < record.response.latency_ms < 10_000
        # The proxy answers whole what a mock model was asked to stream as a message.
        streamed = stream and kind == "openai"
        assert (record.response.ttft_ms is not None) == streamed
        assert not streamed or 0 < record.response.ttft_ms <= record.response.latency_ms


def test_an_application_reads_the_pieces_of_an_answer(proxy, engine, kind):
    with Writer(engine) as writer, UnifiedLLM(provider=made(kind, proxy, True), model="good", writer=writer) as llm:
        llm.params = {"max_tokens": 50}
        stream = llm.stream("What is 6 times 7?")
        pieces = list(stream)
    assert "".join(pieces) == stream.record.response.text == MOCKS["good"]
    assert stream.record.response.usage.source == "provider"


@pytest.mark.parametrize("model", ["limited", "broken"])
@pytest.mark.parametrize("stream", [False, True])
def test_an_injected_error_is_tried_again_and_recorded_with_its_type(proxy, engine, kind, stream, model):
    with Writer(engine) as writer:
        llm = UnifiedLLM(provider=made(kind, proxy, stream), model=model, writer=writer, params={"max_tokens": 50})
        sender = replace(Sender.plain(llm), retry=Retry(tries=2, base_s=0.01))

        async def call():
            request = llm.request(to_sample("hi"), 0, time.perf_counter_ns())
            await llm.begin(request)
            record = await llm.finish(request, await sender.send(request), time.perf_counter_ns())
            await llm.aclose()
            return record

        record = asyncio.run(call())
    error, status = {"limited": ("rate_limit", 429), "broken": ("server_error", 500)}[model]
    assert (record.status, record.error_type) == ("error", error)
    assert [(attempt.error_type, attempt.http_status) for attempt in record.attempts] == [(error, status)] * 2
    assert KEY not in record.error_message


def test_a_wrong_key_is_told_without_the_key(proxy, engine, kind, monkeypatch):
    monkeypatch.setenv("PROXY_KEY", "sk-wrong-987654")
    with Writer(engine) as writer:
        llm = UnifiedLLM(provider=made(kind, proxy, stream=False), model="good", writer=writer)
        llm.params = {"max_tokens": 5}
        with llm:
            record = llm.complete("hi")
    assert (record.status, record.error_type) == ("error", "bad_request")  # without a database it says 400, not 401
    assert "987654" not in record.error_message
