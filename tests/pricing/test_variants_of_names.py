"""Words that relays and clouds write behind a model's name: some change its price, some do not."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gencost import CostTracker, load_pricing
from gencost.pricing import find_price
from gencost.types import Response, Usage

NOW = datetime(2026, 11, 26, tzinfo=UTC)
REGISTRY = load_pricing({"models": {}})


def pricing_of(key: str):
    provider, _, model = key.partition(":")
    return find_price(REGISTRY, provider, model, NOW).pricing


@pytest.mark.parametrize(
    ("key", "same_as"),
    [
        ("openrouter:openai/gpt-oss-120b:exacto", "openrouter:openai/gpt-oss-120b"),
        ("openrouter:anthropic/claude-sonnet-4:thinking", "openrouter:anthropic/claude-sonnet-4"),
        ("openrouter:anthropic/claude-sonnet-4.5:thinking:nitro", "openrouter:anthropic/claude-sonnet-4.5"),
        ("openrouter:anthropic/claude-3.5-sonnet:beta", "openrouter:anthropic/claude-3.5-sonnet"),
        ("litellm:openrouter/openai/gpt-oss-120b:floor", "openrouter:openai/gpt-oss-120b"),
        ("huggingface:openai/gpt-oss-120b:cerebras", "huggingface_cerebras:openai/gpt-oss-120b"),
        ("vertex_ai:claude-opus-4-5@default", "google:claude-opus-4-5"),
        ("mistral:magistral-medium-2509", "mistral:magistral-medium"),
    ],
)
def test_these_have_the_price_of_the_model(key, same_as):
    assert pricing_of(key).named == pricing_of(same_as).named


@pytest.mark.parametrize(
    "key",
    [
        "openrouter:meta-llama/llama-3.3-70b-instruct:extended",  # another context, another price
        "openrouter:openai/gpt-4o:thinking:quantum",
        "huggingface:openai/gpt-oss-120b",  # whose price?
        "huggingface:openai/gpt-oss-120b:fastest",
        "mistral:magistral-medium-2513",  # no month
        "openai:gpt-4o-mini:thinking",  # not a word of OpenAI's
    ],
)
def test_these_have_none(key):
    assert pricing_of(key) is None


def test_a_variant_that_is_listed_has_its_own_price():
    listed = pricing_of("openrouter:google/gemini-2.5-flash-preview:thinking")
    assert listed.named != pricing_of("openrouter:google/gemini-2.5-flash-preview").named
    assert pricing_of("openrouter:openai/gpt-oss-120b:batch").input_usd_per_mtok is not None


@pytest.mark.parametrize(
    ("provider", "asked", "served", "searches", "usd"),
    [
        ("openrouter", "google/gemma-4-31b-it:free", "google/gemma-4-31b-it", 0, "0"),
        # OpenAI gives its open models away, others serve them: .02 for the search
        ("openrouter", "openai/gpt-oss-20b:free:online", "openai/gpt-oss-20b:free", 0, "0.02"),
        ("openrouter", "openai/gpt-oss-20b:free:online", "openai/gpt-oss-20b", 1, "0.02"),
        ("openrouter", "openai/gpt-oss-20b:free:online", "openai/gpt-oss-20b", 2, None),
        ("openrouter", "google/gemini-2.5-pro:online:nitro", "google/gemini-2.5-pro", 1, "0.02225"),
        ("openrouter", "openai/gpt-4o:nitro:online", "openai/gpt-4o", 0, None),
        ("together", "meta-llama/Llama-3.3-70B-Instruct-Turbo-Free", None, 0, "0"),
        # 1000 * .35 + 100 * .75 millionths
        ("huggingface", "openai/gpt-oss-120b:cerebras", "openai/gpt-oss-120b", 0, "0.000425"),
    ],
)
def test_a_served_name_that_lacks_them_is_billed_as_it_was_asked(provider, asked, served, searches, usd):
    usage = Usage(tokens_in=1000, tokens_out=100, web_searches=searches)
    answer = Response(text="a", usage=usage, latency_ms=1.0, response_model=served)
    cost = CostTracker(REGISTRY).price(provider=provider, model=asked, response=answer, at=NOW)
    assert cost.usd == (None if usd is None else Decimal(usd)), cost.reason


@pytest.mark.parametrize(
    ("provider", "asked", "usd"),
    [
        # 1000 * 5 + 100 * 25 millionths; of one region's 1.1 times as much
        ("bedrock", "global.anthropic.claude-opus-4-6-v1", "0.0075"),
        ("litellm", "bedrock/global.anthropic.claude-opus-4-6-v1", "0.0075"),
        ("bedrock", "eu.anthropic.claude-opus-4-6-v1", "0.00825"),
        ("bedrock", "anthropic.claude-opus-4-6-v1:0", "0.00825"),
    ],
)
def test_a_model_of_bedrock_that_answers_by_its_own_name_is_billed_where_it_was_asked(provider, asked, usd):
    answer = Response(
        text="a", usage=Usage(tokens_in=1000, tokens_out=100), latency_ms=1.0, response_model="claude-opus-4-6"
    )
    cost = CostTracker(REGISTRY).price(provider=provider, model=asked, response=answer, at=NOW)
    assert cost.usd == Decimal(usd)


def test_an_open_model_of_openai_is_searched_for_by_openrouter():
    online, plain = (pricing_of(f"openrouter:openai/gpt-oss-120b{it}") for it in (":online", ""))
    assert {**plain.named, "per_request_usd": Decimal("0.02")} == online.named


@pytest.mark.parametrize(
    ("model", "same_as"),
    [
        ("gpt-4o-mini", "openai:gpt-4o-mini"),
        ("o3", "openai:o3"),
        ("claude-sonnet-4-5-20250929", "anthropic:claude-sonnet-4-5"),
        ("gemini-2.5-flash", "google:gemini-2.5-flash"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("amazon.nova-pro-v1:0", "bedrock:amazon.nova-pro-v1:0"),
        ("gpt-oss-120b", None),  # litellm does not know whose it is
        ("gpt-99", None),
        ("my-model", None),
    ],
)
def test_the_library_litellm_takes_names_of_some_makers_alone(model, same_as):
    named = None if same_as is None else pricing_of(same_as).named
    pricing = pricing_of(f"litellm:{model}")
    assert (pricing and pricing.named) == named
    assert pricing_of(f"litellm_proxy:{model}") is None  # its owner names models


def test_a_row_of_ones_own_holds_for_a_name_alone_too():
    registry = load_pricing({"models": {"openai:gpt-4o": {"input_usd_per_mtok": 7, "output_usd_per_mtok": 9}}})
    assert find_price(registry, "litellm", "gpt-4o", NOW).pricing.input_usd_per_mtok == Decimal(7)
