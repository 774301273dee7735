"""A span that sums the calls inside of it is not one more call; Langfuse's spans and AI SDK 4's are read whole."""

from __future__ import annotations

import json
from itertools import permutations

import pytest
from traffic.imports import PICO_USD, calls, gencost, write

ASKED = {"gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o-mini"}
CALL = {**ASKED, "gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 30}
CALL |= {"gen_ai.usage.cache_read.input_tokens": 64}
START, END = 1795168800_000000000, 1795168801_250000000


def span(number: int, facts: dict, parent: int = 0) -> dict:
    kinds = {int: "intValue", str: "stringValue", float: "doubleValue"}
    listed = [{"key": key, "value": {kinds[type(it)]: it}} for key, it in facts.items()]
    ids = {"traceId": "a" * 32, "spanId": f"{number:016x}", "parentSpanId": f"{parent:016x}" if parent else ""}
    one = {**ids, "name": "chat", "startTimeUnixNano": str(START), "endTimeUnixNano": str(END), "attributes": listed}
    return {"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]}


def imported(capsys, *spans: dict, words: tuple[str, ...] = ()) -> str:
    return gencost(capsys, "import", "otlp", write("spans.jsonl", list(spans)), *words, "texts=keep")


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_an_agent_s_span_that_sums_its_calls_is_none(capsys, order):
    agent = {**ASKED, "gen_ai.usage.input_tokens": 240, "gen_ai.usage.output_tokens": 60}
    spans = [span(1, agent), span(2, {**CALL, "gen_ai.response.id": "a"}, 1)]
    spans.append(span(3, {**CALL, "gen_ai.response.id": "b"}, 1))
    assert "2 calls imported" in imported(capsys, *(spans[place] for place in order))
    assert calls("a.cost_pico_usd") == [(PICO_USD,), (PICO_USD,)]


def test_sums_inside_of_sums_are_none_either(capsys):
    """A workflow of three calls, two of them an agent's: 120 + 120 in the agent, 360 in all."""
    told = {number: {**CALL, "gen_ai.response.id": str(number)} for number in (3, 4, 5)}
    sums = {n: {**ASKED, "gen_ai.usage.input_tokens": 120 * n, "gen_ai.usage.output_tokens": 30 * n} for n in (2, 3)}
    inner = [span(3, told[3], 2), span(4, told[4], 2), span(2, sums[2], 1)]
    assert "3 calls imported" in imported(capsys, *inner, span(5, told[5], 1), span(1, sums[3]))
    assert calls("a.cost_pico_usd") == [(PICO_USD,)] * 3


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_a_sum_that_two_spans_tell_is_no_call_either(capsys, order):
    agent = {**ASKED, "gen_ai.usage.input_tokens": 240, "gen_ai.usage.output_tokens": 60}
    told = [{**CALL, "gen_ai.response.id": it} for it in "ab"]
    spans = [span(1, agent), span(2, agent, 1), span(3, told[0], 2), span(4, told[1], 2)]
    assert "2 calls imported" in imported(capsys, *(spans[place] for place in order))


def test_a_call_around_calls_whose_tokens_are_others_stays(capsys):
    other = {**ASKED, "gen_ai.usage.input_tokens": 999, "gen_ai.usage.output_tokens": 60}
    imported(capsys, span(1, other), span(2, CALL, 1), span(3, CALL, 1))
    assert len(calls("a.cost_pico_usd")) == 3


LANGFUSE = {
    "langfuse.observation.type": "generation",
    "langfuse.observation.model.name": "gpt-4o-mini",
    "langfuse.observation.usage_details": json.dumps({"input": 56, "input_cached_tokens": 64, "output": 30}),
    "langfuse.observation.input": json.dumps([{"role": "user", "content": "Capital of France?"}]),
    "langfuse.observation.output": json.dumps({"role": "assistant", "content": "Paris."}),
    "langfuse.observation.cost_details": json.dumps({"total": 0.0000312}),
    "langfuse.observation.completion_start_time": json.dumps("2026-11-20T10:00:00.400Z"),
    "langfuse.observation.prompt.name": "faq",
    "langfuse.session.id": "s",
}


def test_langfuse_s_own_attributes_tell_a_call(capsys):
    around = {"langfuse.observation.type": "span"}
    imported(capsys, span(1, around), span(2, LANGFUSE, 1), words=("provider=openai",))
    facts = "a.cost_pico_usd, t.source_cost_pico_usd, a.ttft_ms, p.text, a.response, t.site, t.session"
    assert calls(facts) == [(PICO_USD, 31_200_000, 400.0, "Capital of France?", "Paris.", "faq", "s")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("completion_start_time", "soon"),
        ("completion_start_time", "1e999999999"),
        ("usage_details", json.dumps({"input": "9" * 5000, "output": 30})),
        ("usage_details", json.dumps({"original_usage.a": 5, "original_usage.a.b": 3, "original_usage.a.b.c": 3})),
    ],
)
def test_an_odd_value_of_langfuse_s_loses_itself_alone(capsys, name, value):
    told = {**LANGFUSE, f"langfuse.observation.{name}": value}
    imported(capsys, span(2, told), span(3, {**LANGFUSE, "gen_ai.response.id": "b"}), words=("provider=openai",))
    cost = PICO_USD if name == "completion_start_time" else None
    assert sorted(calls("a.cost_pico_usd"), key=str) == sorted([(cost,), (PICO_USD,)], key=str)


def test_a_span_of_langfuse_around_another_tool_s_is_the_same_call(capsys):
    imported(capsys, span(1, LANGFUSE), span(2, CALL, 1))
    assert calls("q.provider, a.cost_pico_usd, a.cost_reason") == [("openai", PICO_USD, None)]


def test_without_a_provider_the_remedy_is_named(capsys):
    failed = {**LANGFUSE, "langfuse.observation.level": "ERROR", "langfuse.observation.status_message": "HTTP 429"}
    printed = imported(capsys, span(1, LANGFUSE), span(2, failed))
    assert "if they are all of one provider: provider=NAME" in printed
    assert "calls that are stored stay as they are: import with these words into another --db" in printed
    assert [row[0] for row in calls("q.error_type")] == [None, "rate_limit"]


OPENROUTERS = {"promptTokens": 120, "completionTokens": 30, "totalTokens": 150, "cost": 3e-5}
OPENROUTERS |= {"promptTokensDetails": {"cachedTokens": 64}, "costDetails": {"upstreamInferenceCost": 3e-5}}


@pytest.mark.parametrize(
    ("told", "cost"),
    [
        # claude-sonnet-4-5: 120 * 3 + 64 * .30 + 30 * 15 USD per 1e6 calls
        ({"input_tokens": 120, "cache_read_input_tokens": 64, "output_tokens": 30}, 829_200_000),
        ({"input_tokens": 56, "cache_read_input_tokens": 64, "output_tokens": 30}, 637_200_000),  # all inside 120
        ({"input_tokens": 120, "cache_read_input_tokens": 64, "output_tokens": 31}, None),
        ({"input_tokens": 120, "cache_read_input_tokens": 65, "output_tokens": 30}, None),
        ({"cache_read_input_tokens": 64}, None),
    ],
)
def test_anthropic_s_own_usage_in_ai_sdk_5_s_metadata_says_where_its_cache_stands(capsys, told, cost):
    facts = {"gen_ai.system": "anthropic.messages", "gen_ai.request.model": "claude-sonnet-4-5"}
    facts |= {"ai.usage.inputTokens": 120, "ai.usage.outputTokens": 30, "ai.usage.cachedInputTokens": 64}
    imported(capsys, span(1, {**facts, "ai.response.providerMetadata": json.dumps({"anthropic": {"usage": told}})}))
    assert calls("a.cost_pico_usd") == [(cost,)]


@pytest.mark.parametrize(
    ("maker", "told", "cost"),
    [
        ("openai", {"openai": {"cachedPromptTokens": 64, "reasoningTokens": 0}}, PICO_USD),
        ("openai", {"openai": {"logprobs": None}}, 36_000_000),
        ("openai", {"openai": {"usage": {"input_tokens": 120, "input_tokens_details": {"cached_tokens": 64}}}}, None),
        ("anthropic", {"anthropic": {"cacheReadInputTokens": 64}}, None),
        ("openai", {"openrouter": {"provider": "OpenAI", "usage": OPENROUTERS}}, PICO_USD),
        ("openai", {"openrouter": {"usage": {**OPENROUTERS, "promptTokensDetails": {"quantum": 7}}}}, None),
    ],
)
def test_cached_tokens_in_ai_sdk_4_s_metadata_are_read_or_withhold_the_cost(capsys, maker, told, cost):
    facts = {"gen_ai.system": f"{maker}.chat", "gen_ai.request.model": "gpt-4o-mini", "ai.usage.promptTokens": 120}
    facts |= {"ai.usage.completionTokens": 30, "ai.response.providerMetadata": json.dumps(told)}
    imported(capsys, span(1, facts))
    assert calls("a.cost_pico_usd") == [(cost,)]
