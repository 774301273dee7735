"""Words beside the counts on which a bill depends, names of counts that relays made, and counts that are texts."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from usage.test_spellings_of_counts import PLAIN, bill_of

from gencost.cost_tracker import CostTracker
from gencost.pricing import load_pricing
from gencost.types import Response
from gencost.usage import Usages, read_usage

NEW_API = {"claude_cache_creation_5_m_tokens": 10, "claude_cache_creation_1_h_tokens": 0}
COUNTS = {"input_tokens": 100, "output_tokens": 50}
SEARCHED = {"x_billing_type": "response_api", "plugins": {"web_search": {"count": 1}}}
BESIDE = {**PLAIN, "prompt_tokens": 36}


@pytest.mark.parametrize("value", [{"name": "priority"}, ["flex"], 2, True])
def test_a_tier_a_speed_or_a_region_that_is_not_a_text_is_not_a_plain_one(value):
    assert read_usage(PLAIN, "chat", service_tier=value).service_tier is not None
    assert read_usage({**COUNTS, "speed": value}, "messages").service_tier is not None
    assert read_usage({**COUNTS, "inference_geo": value}, "messages").region is not None


@pytest.mark.parametrize(
    ("words", "usd"),
    [
        ({"cost": 0.5}, "0.5"),
        ({"cost": 0.5, "currency": "usd"}, "0.5"),
        ({"cost": 0.5, "currency": "CNY"}, None),
        ({"cost": 0.5, "cost_currency": "EUR"}, None),
        ({"cost": {"total_cost": 0.5, "currency": "EUR"}}, None),
        ({"cost": {"total_cost": 0.5, "currency": "USD"}}, "0.5"),
        ({"cost": 0.5, "currency": 7}, None),
    ],
)
def test_an_amount_of_another_currency_is_not_what_was_charged_in_usd(words, usd):
    charged = read_usage({**PLAIN, **words}, "chat").charged_usd
    assert charged == (None if usd is None else Decimal(usd))


@pytest.mark.parametrize("text", ["1,290", "1 290", "1'290", "\uff15", "$0.01", "7"])
def test_an_amount_written_as_text_is_not_free(text):
    assert bill_of({**PLAIN, "mystery": text}).status == "partial"


@pytest.mark.parametrize("text", ["fp_44709", "2026-11-27T02:00:00Z", "0,000", "v1.2", "", "\uff10"])
def test_a_text_that_is_not_an_amount_withholds_nothing(text):
    assert bill_of({**PLAIN, "word": text}).status == "priced"


@pytest.mark.parametrize(
    ("usage", "micro_usd"),
    [
        # 36 * 2 + 64 * .2 + 50 * 8
        ({**PLAIN, "cached_input_tokens": 64, "reasoning_tokens": 20}, "484.8"),  # Inception
        # 16 * 2 + 64 * .2 + 20 * 2.5 + 50 * 8
        ({**PLAIN, "prompt_tokens_details": {"cached_tokens": 64, "caching_tokens": 20}}, "494.8"),  # Requesty
        ({**PLAIN, "prompt_tokens_details": {"cached_tokens": 64, "cached_creation_tokens": 20}}, "494.8"),  # new-api
        # 90 * 2 + 10 * 2.5 + 50 * 8
        ({**PLAIN, "prompt_tokens_details": {"cached_creation_tokens": 10}, **NEW_API}, "605"),
        ({**COUNTS, "cached_input_tokens": 64, "cache_write_input_tokens": 20, "reasoning_output_tokens": 7}, "494.8"),
        ({**PLAIN, "market_cost": 0.0007, "gateway_cost": 0.0007}, "600"),  # Vercel
        # DashScope's Responses say their cache in x_details alone: 16 * 2 + 64 * .2 + 20 * 2.5 + 50 * 8
        (
            {
                **COUNTS,
                "input_tokens_details": {"cached_tokens": 0},
                "x_details": [{"prompt_tokens_details": {"cached_tokens": 64, "cache_creation_input_tokens": 20}}],
            },
            "494.8",
        ),
        # its search is said twice, and one of its own kind nowhere else
        ({**COUNTS, "x_tools": {"web_search": {"count": 1}}, "x_details": [SEARCHED]}, "10600"),
        ({**COUNTS, "x_details": [SEARCHED, {"input_tokens": 100, "output_tokens": 50, "total_tokens": 150}]}, "10600"),
        ({**COUNTS, "x_details": [{"quantum": 7}]}, None),
        # 36 * 2 + 64 * .2 + 50 * 8: nobody but Anthropic has cached tokens beside the input
        ({**COUNTS, "cached_tokens": 64}, "484.8"),
        ({**COUNTS, "prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 36}, "484.8"),
        # SGLang's shares of nothing
        ({**PLAIN, "prompt_tokens_details": {"cached_tokens": 0, "cached_tokens_details": {"device": 64}}}, None),
        ({**PLAIN, "latency_checkpoint": {"engine_ttft_ms": 126, "service_ttft_ms": 330}}, "600"),  # Azure
        (
            {  # vLLM says its turns again
                **COUNTS,
                "input_tokens_details": {"input_tokens_per_turn": [60, 40], "cached_tokens_per_turn": [0, 0]},
                "output_tokens_details": {"output_tokens_per_turn": [20, 30], "tool_output_tokens": 25},
            },
            "600",
        ),
        ({**PLAIN, "prompt_tokens_per_sec": 512.5, "completion_tokens_after_first_per_sec_first_ten": 250}, "600"),
        ({**COUNTS, "total_tokens": 150, "prompt_tps": 300, "generation_tps": 31.5, "peak_memory": 5}, "600"),  # MLX
        ({**PLAIN, "usage_semantic": "openai", "prompt_tokens_details": {"cached_tokens": 64}}, "484.8"),
        ({**PLAIN, "usage_semantic": "anthropic"}, "600"),
        ({**PLAIN, "usage_semantic": "gemini", "completion_tokens_details": {"reasoning_tokens": 20}}, "600"),
        # 36 * 2 + 64 * .2 + 50 * 8: the total holds them beside the 36, as the word says
        ({**BESIDE, "usage_semantic": "anthropic", "prompt_tokens_details": {"cached_tokens": 64}}, "484.8"),
        # cached beside or within the 100? the total does not say
        ({**PLAIN, "usage_semantic": "anthropic", "prompt_tokens_details": {"cached_tokens": 64}}, None),
    ],
)
def test_counts_of_relays_and_servers_are_read(usage, micro_usd):
    assert bill_of(usage).usd == (None if micro_usd is None else Decimal(micro_usd) / 10**6)


@pytest.mark.parametrize("protocol", ["chat", "messages", "responses"])
@pytest.mark.parametrize("name", ["cached_tokens", "cached_input_tokens", "num_cached_tokens", "prompt_tokens_cached"])
def test_cached_tokens_of_no_name_of_anthropics_are_inside_the_input(protocol, name):
    usage = read_usage({**COUNTS, name: 64}, protocol).usage
    assert (usage.tokens_in, usage.tokens_cached, usage.unread) == (100, 64, ())


def test_pictures_that_dashscope_counts_in_its_x_details_are_of_the_input():
    told = [{"input_tokens": 100, "output_tokens": 50, "total_tokens": 150, "image_tokens": 80}]
    usage = read_usage({**COUNTS, "x_details": told}, "responses").usage
    assert (usage.more, usage.unread) == ({"image_in": 80}, ())


def test_a_tier_and_a_vendors_usage_that_never_end_are_not_read():
    tier: object = "flex"
    usage: dict[str, object] = dict(COUNTS)
    for n in range(1, 900):
        tier, usage = {"type": tier}, {**COUNTS, "nativeUsage" if n % 2 else "raw": usage}
    assert read_usage(usage, "responses").usage.unread
    assert read_usage({**PLAIN, "service_tier": tier}, "chat").service_tier != "flex"


IN = {"cached_tokens": 64, "cache_write_tokens": 20, "audio_tokens": 0}
OUT = {"reasoning_tokens": 30, "audio_tokens": 0}


@pytest.mark.parametrize("protocol", ["chat", "messages", "responses"])
@pytest.mark.parametrize("details", ["chat", "responses", "both"])
def test_details_are_read_under_the_names_of_either_protocol(protocol, details):
    """16 of 100 are neither cached nor written; Messages counts the 84 beside its 16."""
    named = {
        "chat": {"prompt_tokens_details": IN, "completion_tokens_details": OUT},
        "responses": {"input_tokens_details": IN, "output_tokens_details": OUT},
    }
    named["both"] = named["chat"] | named["responses"]
    totals = {"chat": PLAIN, "responses": {**COUNTS, "total_tokens": 150}, "messages": {**COUNTS, "input_tokens": 16}}
    usage = read_usage({**totals[protocol], **named[details]}, protocol, text=True).usage
    assert (usage.tokens_in, usage.tokens_cached, usage.tokens_cache_write, usage.unread) == (100, 64, 20, ())
    assert (usage.tokens_out, usage.tokens_reasoning) == (50, 30)


def test_a_total_that_two_readings_explain_is_not_guessed_at():
    """100 + 100 + 50: the cached tokens beside the input, or the thought ones beside the output."""
    parts = {"prompt_tokens_details": {"cached_tokens": 50}, "completion_tokens_details": {"reasoning_tokens": 50}}
    counts = {"prompt_tokens": 100, "completion_tokens": 100, "total_tokens": 250}
    reading = read_usage({**counts, **parts}, "chat", text=True)
    assert (reading.usage, "cached or reasoning tokens" in reading.problem) == (None, True)
    parts["prompt_tokens_details"]["cached_tokens"] = 40
    usage = read_usage({**counts, **parts}, "chat", text=True).usage
    assert (usage.tokens_in, usage.tokens_out, usage.unread) == (100, 150, ())


@pytest.mark.parametrize(
    ("events", "counts"),
    [
        # the total is of the counts before
        ([{**PLAIN, "completion_tokens": 1, "total_tokens": 101}, {"completion_tokens": 50}], (100, 50)),
        ([{"prompt_tokens": 100, "total_tokens": 100}, {"prompt_tokens": 100, "completion_tokens": 50}], (100, 50)),
        ([PLAIN, {"prompt_tokens_details": {"cached_tokens": 64}}], (100, 50)),
        ([PLAIN, {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}], (100, 50)),
    ],
)
def test_a_total_does_not_outlive_the_counts_that_it_is_of(events, counts):
    usages = Usages()
    for event in events:
        usages.take(event)
    usage = read_usage(usages.raw, "chat", text=True).usage
    assert (usage.tokens_in, usage.tokens_out) == counts


@pytest.mark.parametrize(
    ("inner", "usd"),
    [
        ("m", "0.0012"),  # 2 * (100 * 2 + 50 * 8) millionths
        ("m-20260101", "0.0012"),
        ("big", None),  # has no price of its own
    ],
)
def test_a_call_inside_of_another_model_does_not_have_the_price_of_the_one_that_was_asked(inner, usd):
    rates = {"p:m": {"input_usd_per_mtok": 2, "output_usd_per_mtok": 8}}
    iterations = [{"type": "message", **COUNTS}, {"type": "advisor_message", "model": inner, **COUNTS}]
    usage = read_usage({**COUNTS, "iterations": iterations}, "messages", text=True).usage
    tracker = CostTracker(load_pricing({"fallback": "none", "models": rates}))
    answer = Response(text="a", usage=usage, latency_ms=1.0, response_model="m")
    cost = tracker.price(provider="p", model="m", response=answer, at=datetime(2026, 11, 27, tzinfo=UTC))
    assert cost.usd == (None if usd is None else Decimal(usd))
    assert usd is not None or inner in cost.reason
