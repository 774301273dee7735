"""Counts under names of vendors, relays and libraries, and facts that make a bill another one: read, or not priced."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gencost.cost_tracker import CostTracker
from gencost.pricing import load_pricing
from gencost.providers import anthropic, chat, openai_responses
from gencost.providers.answer import Answer, facts_of
from gencost.providers.gemini import GeminiStream
from gencost.types import Cost, Response
from gencost.usage.items import of_chat, with_items

# USD per 1e6 tokens: 2 in, .2 cached, 2.5 written, 8 out; half of it as flex. A search is .01 USD.
RATES = {"input_usd_per_mtok": 2, "cached_usd_per_mtok": 0.2, "cache_write_usd_per_mtok": 2.5, "output_usd_per_mtok": 8}
FLEX = {"input_usd_per_mtok": 1, "output_usd_per_mtok": 4}
MODEL = {**RATES, "web_search_usd": 0.01, "service_tiers": {"flex": FLEX}, "source": "test"}
TRACKER = CostTracker(load_pricing({"fallback": "none", "models": {"p:m": MODEL}}))
PLAIN = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}  # 100 * 2 + 50 * 8 = 600
PARTS = {"prompt_tokens": 120, "completion_tokens": 30}  # 64 of 120 cached: 56 * 2 + 64 * .2 + 30 * 8 = 364.8


def bill(answer: Answer) -> Cost:
    response = Response(text="hi", latency_ms=1.0, **facts_of(answer.reading))
    return TRACKER.price(provider="p", model="m", response=response, at=datetime(2026, 11, 26, tzinfo=UTC))


def bill_of(usage: dict) -> Cost:
    return bill(chat.completion({"choices": [{"message": {"content": "hi"}}], "usage": usage}))


def of_gemini(model: str = "m", grounded: dict | None = None, **usage: object) -> Cost:
    counts = {"promptTokenCount": 100, "candidatesTokenCount": 50, "totalTokenCount": 150, **usage}
    candidate = {"content": {"parts": [{"text": "hi"}]}, "groundingMetadata": grounded or {}}
    stream = GeminiStream()
    stream.take({"candidates": [candidate], "usageMetadata": counts, "modelVersion": model}, "")
    return bill(stream.answer())


@pytest.mark.parametrize(
    ("usage", "micro_usd"),
    [
        ({**PARTS, "prompt_token_details": {"cached_tokens": 64}}, "364.8"),  # Writer
        ({**PARTS, "num_cached_tokens": 64, "prompt_token_details": {"cached_tokens": 64}}, "364.8"),  # Mistral
        (  # LangChain
            {
                "input_tokens": 120,
                "output_tokens": 30,
                "total_tokens": 150,
                "input_token_details": {"cache_read": 64, "cache_creation": 0},
                "output_token_details": {"reasoning": 20},
            },
            "364.8",
        ),
        # 200 * 2 + 1000 * 2.5 + 30 * 8
        ({"input_tokens": 1200, "output_tokens": 30, "input_token_details": {"cache_creation": 1000}}, "3140"),
        # Vercel's AI SDK 5 and 6
        ({"inputTokens": 120, "outputTokens": 30, "totalTokens": 150, "cachedInputTokens": 64}, "364.8"),
        (
            {
                "inputTokens": 120,
                "outputTokens": 30,
                "totalTokens": 150,
                "inputTokenDetails": {"noCacheTokens": 56, "cacheReadTokens": 64},
                "outputTokenDetails": {"textTokens": 10, "reasoningTokens": 20},
            },
            "364.8",
        ),
        (  # Google's Python library: 100 * 2 + 250 * 8
            {
                "prompt_token_count": 100,
                "candidates_token_count": 50,
                "thoughts_token_count": 200,
                "total_token_count": 350,
            },
            "2200",
        ),
        # Cohere bills 100 and 50 of them
        (
            {
                "billed_units": {"input_tokens": 100, "output_tokens": 50},
                "tokens": {"input_tokens": 180, "output_tokens": 52},
                "cached_tokens": 176,
            },
            "600",
        ),
        ({**PLAIN, "extra_properties": {"google": {"traffic_type": "ON_DEMAND"}}}, "600"),  # Vertex AI
        ({**PLAIN, "extra_properties": {"google": {"traffic_type": "ON_DEMAND_FLEX"}}}, "300"),
    ],
)
def test_each_spelling_is_read(usage, micro_usd):
    assert bill_of(usage).usd == Decimal(micro_usd) / 10**6


CALLED = [{"id": "c", "function": {"name": "f", "arguments": "{}"}}]


@pytest.mark.parametrize(
    "answer",
    [
        chat.completion({"choices": [{"message": {"tool_calls": CALLED}}], "usage": {**PARTS, "completion_tokens": 0}}),
        chat.completion({"choices": [{"message": {"reasoning": "Hm."}}], "usage": {**PARTS, "completion_tokens": 0}}),
        anthropic.message_object(
            {
                "content": [{"type": "tool_use", "name": "f", "input": {}}],
                "usage": {"input_tokens": 9, "output_tokens": 0},
            }
        ),
        openai_responses.response_object(
            {
                "output": [{"type": "function_call", "name": "f", "arguments": "{}"}],
                "usage": {"input_tokens": 9, "output_tokens": 0},
            }
        ),
    ],
)
def test_no_function_s_call_and_no_thought_is_written_for_0_tokens(answer):
    assert (answer.reading.usage, answer.reading.problem) == (None, "usage says 0 output tokens beside an answer")


@pytest.mark.parametrize(
    ("usage", "reason"),
    [
        (
            {**PLAIN, "extra_properties": {"google": {"traffic_type": "PROVISIONED_THROUGHPUT"}}},
            "provisioned_throughput",
        ),
        ({**PLAIN, "search_context_size": "ultra"}, "search_context_size='ultra'"),
        # 60 hit and 30 missed are not 100
        (
            {**PLAIN, "prompt_cache_hit_tokens": 60, "prompt_cache_miss_tokens": 30},
            "prompt_cache_miss_tokens=30 where 40 input tokens are not cached",
        ),
    ],
)
def test_what_would_change_the_bill_and_is_not_known_withholds_it(usage, reason):
    cost = bill_of(usage)
    assert (cost.pico_usd, cost.status, reason in cost.reason) == (None, "partial", True)


@pytest.mark.parametrize(
    ("tier", "micro_usd"),
    [
        ("ON_DEMAND", "600"),
        ("TRAFFIC_TYPE_UNSPECIFIED", "600"),
        ("ON_DEMAND_FLEX", "300"),
        ("PROVISIONED_THROUGHPUT", None),
    ],
)
def test_vertex_s_traffic_is_a_tier(tier, micro_usd):
    assert of_gemini(trafficType=tier).usd == (None if micro_usd is None else Decimal(micro_usd) / 10**6)


def test_gemini_s_live_answers_count_under_another_name():
    counts = {"promptTokenCount": 100, "responseTokenCount": 50, "totalTokenCount": 150}
    stream = GeminiStream()
    stream.take({"candidates": [{"content": {"parts": [{"text": "hi"}]}}], "usageMetadata": counts}, "")
    assert bill(stream.answer()).usd == Decimal("0.0006")


@pytest.mark.parametrize(
    "grounded",
    [
        {"groundingChunks": [{"maps": {"uri": "u", "placeId": "p"}}]},
        {"webSearchQueries": ["a"], "groundingChunks": [{"web": {"uri": "u"}}, {"maps": {"uri": "u"}}]},
        {"imageSearchQueries": ["a"]},
    ],
)
def test_grounding_in_maps_or_pictures_has_a_fee_that_nobody_named(grounded):
    cost = of_gemini("gemini-3-pro", grounded)
    assert (cost.pico_usd, "output item" in cost.reason) == (None, True)


def test_tools_that_ran_are_counted_over_all_pieces_of_a_stream():
    ran = [{"index": 0, "type": "search"}, {"index": 0, "type": "search", "output": "x"}, {"index": 1, "type": "visit"}]
    before: dict = {}
    for tool in ran:
        before = with_items(before, {"executed_tools": [tool]})
    both = with_items(before, {"annotations": [{"type": "url_citation"}]})
    assert of_chat(both) == {"server_tool": 2, "web_search": 1}


def test_grounding_in_the_web_is_billed_by_the_query_and_before_gemini_3_by_the_answer():
    grounded = {"webSearchQueries": ["a", "b", ""], "groundingChunks": [{"web": {"uri": "u"}}]}
    assert of_gemini("gemini-3-pro", grounded).usd == Decimal("0.0206")
    assert of_gemini("gemini-2.5-flash", grounded).usd == Decimal("0.0106")
