"""Every ready model has a price; names as people write them find the price of the model that they mean."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import yaml

from gencost.cost_tracker import CostTracker
from gencost.errors import PricingError
from gencost.paths import conf_dir
from gencost.pricing import find_price, load_pricing
from gencost.types import Response, Usage

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
WITHOUT = {"any", "local", "recorded", "smollm2"}  # the user names their model, or what their machine costs


def menu() -> list[tuple[str, str]]:
    paths = [path for path in sorted((conf_dir() / "model").glob("*.yaml")) if path.stem not in WITHOUT]
    names = [yaml.safe_load(path.read_text())["model"]["name"] for path in paths]
    return [(path.stem, f"{provider_of(path.stem)}:{name}") for path, name in zip(paths, names, strict=True)]


def provider_of(choice: str) -> str:
    """The name of the provider that a file of conf/model, or the one that it inherits from, chooses."""
    for entry in yaml.safe_load((conf_dir() / "model" / f"{choice}.yaml").read_text())["defaults"]:
        if isinstance(entry, dict):
            provider = next(iter(entry.values()))
            return yaml.safe_load((conf_dir() / "provider" / f"{provider}.yaml").read_text())["name"]
    parent = next(it for it in yaml.safe_load((conf_dir() / "model" / f"{choice}.yaml").read_text())["defaults"])
    return provider_of(parent)


@pytest.mark.parametrize(("choice", "key"), menu())
def test_every_ready_model_is_priced(choice, key):
    provider, _, model = key.partition(":")
    answer = Response(text="a", usage=Usage(tokens_in=1000, tokens_out=100), latency_ms=1.0, response_model=model)
    cost = CostTracker().price(provider=provider, model=model, response=answer, at=NOW)
    assert cost.status in ("priced", "free"), cost.reason


@pytest.mark.parametrize(
    ("key", "rate"),
    [
        ("azure:gpt-4o-mini-2024-07-18", "0.15"),
        ("azure:claude-sonnet-4-5", "3"),
        ("litellm:openai/gpt-4o-mini", "0.15"),
        ("litellm:bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0", "3.3"),
        ("litellm:vertex_ai/gemini-2.5-pro", "1.25"),
        ("litellm:groq/llama-3.3-70b-versatile", "0.59"),
        ("bedrock:global.anthropic.claude-sonnet-4-5-20250929-v1:0", "3"),
        ("bedrock:eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "3.3"),
        # without a region's prefix one region answers: https://aws.amazon.com/bedrock/pricing, read 2026-11-26
        ("bedrock:anthropic.claude-sonnet-4-5-20250929-v1:0", "3.3"),
        ("bedrock:arn:aws:bedrock:us-east-1:123:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0", "3.3"),
        ("bedrock:arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0", "0.25"),
        ("litellm:bedrock/us-west-2/anthropic.claude-3-haiku-20240307-v1:0", "0.25"),
        ("litellm:bedrock/converse/us.anthropic.claude-haiku-4-5-20251001-v1:0", "1.1"),
        ("litellm:openai/responses/gpt-4o-mini", "0.15"),
        ("vertex:claude-sonnet-4-5@20250929", "3"),
        ("Amazon Bedrock:us.amazon.nova-lite-v1:0", "0.06"),
        ("Google Vertex AI:gemini-2.5-flash", "0.3"),
        ("vertex:google/gemini-2.5-flash", "0.3"),
        ("vertex:publishers/anthropic/models/claude-sonnet-4-5", "3"),
        ("google:gemini-2.0-flash-001", "0.1"),
        ("anthropic:claude-sonnet-4-20250514", "3"),
        ("anthropic:claude-3-7-sonnet-20250219", "3"),
        ("openai:ft:gpt-4o-mini-2024-07-18:acme::abc123", "0.3"),
        ("google:models/gemini-2.5-pro", "1.25"),
        ("openrouter:anthropic/claude-sonnet-4.5:nitro", "3"),
        ("moonshot:kimi-k2.7-code", "0.95"),
    ],
)
def test_a_name_as_people_write_it_has_the_price_of_its_model(key, rate):
    provider, _, model = key.partition(":")
    price = find_price(load_pricing({"models": {}}), provider, model, NOW)
    assert price.reason is None
    assert price.pricing.input_usd_per_mtok == Decimal(rate)


def test_what_openrouter_calls_free_is_free_and_online_has_its_search():
    registry = load_pricing({"models": {}})
    assert find_price(registry, "openrouter", "google/gemma-4-31b-it:free", NOW).pricing.free
    online = find_price(registry, "openrouter", "google/gemini-2.5-pro:online", NOW)
    assert online.pricing.per_request_usd == Decimal("0.02")
    own_search = find_price(registry, "openrouter", "openai/gpt-4o:online", NOW)
    assert (own_search.pricing, "maker's own search" in own_search.reason) == (None, True)


@pytest.mark.parametrize(
    ("asked", "served", "searches", "usd"),
    [
        ("google/gemma-4-31b-it:free", "google/gemma-4-31b-it:free", 0, "0"),
        ("google/gemma-4-31b-it:free", "google/gemma-4-31b-it:free", 1, None),  # its tokens are free, not its search
        # 1000 * 1.25 + 100 * 10 millionths, and .02 for the search that the served name does not say
        ("google/gemini-2.5-pro:online", "google/gemini-2.5-pro", 0, "0.02225"),
        ("google/gemini-2.5-pro:online", "google/gemini-2.5-pro", 1, "0.02225"),  # the same one, told by its citations
        ("google/gemini-2.5-pro:online", "google/gemini-2.5-pro", 2, None),
        ("openai/gpt-4o:online", "openai/gpt-4o", 0, None),  # OpenAI's own search at OpenAI's fee
    ],
)
def test_a_search_of_openrouter_is_not_free_whatever_the_model_is(asked, served, searches, usd):
    counts = Usage(tokens_in=1000, tokens_out=100, web_searches=searches)
    answer = Response(text="a", usage=counts, latency_ms=1.0, response_model=served)
    cost = CostTracker(load_pricing({"models": {}})).price(provider="openrouter", model=asked, response=answer, at=NOW)
    assert (cost.usd, bool(cost.reason)) == (None if usd is None else Decimal(usd), usd is None)


def test_openrouter_has_google_s_one_price_of_text_pictures_and_video_and_not_of_sound():
    counts = Usage(tokens_in=270, tokens_out=28, more={"video_in": 258})
    bill = CostTracker(load_pricing({"models": {}})).price
    ask = {"provider": "openrouter", "model": "google/gemini-2.5-flash", "at": NOW}
    video = bill(response=Response(text="a", usage=counts, latency_ms=1.0), **ask)
    assert video.usd == Decimal("0.000151")  # 270 x .3 + 28 x 2.5 millionths, as OpenRouter said
    sound = Usage(tokens_in=270, tokens_out=28, more={"audio_in": 258})
    assert bill(response=Response(text="a", usage=sound, latency_ms=1.0), **ask).status == "partial"


def test_what_the_user_declares_free_is_free_with_all_it_does():
    counts = Usage(tokens_in=1000, tokens_out=100, web_searches=2)
    answer = Response(text="a", usage=counts, latency_ms=1.0)
    registry = load_pricing({"models": {"p:m": {"free": True}}})
    assert CostTracker(registry).price(provider="p", model="m", response=answer, at=NOW).status == "free"


@pytest.mark.parametrize("tier", ["on_demand", "ON_DEMAND", "default", "standard", "auto", None, ""])
def test_an_ordinary_tier_has_ordinary_rates(tier):
    answer = Response(text="a", usage=Usage(tokens_in=40, tokens_out=16), latency_ms=1.0, service_tier=tier)
    cost = CostTracker().price(provider="groq", model="llama-3.3-70b-versatile", response=answer, at=NOW)
    assert cost.usd == Decimal("0.00003624")  # 40 x 0.59 + 16 x 0.79 millionths


def test_the_models_rates_do_not_stand_for_another_model_that_was_served():
    answer = Response(
        text="a", usage=Usage(tokens_in=1000, tokens_out=100), latency_ms=1.0, response_model="gpt-wonder"
    )
    cost = CostTracker().price(provider="openai", model="gpt-4o-mini", response=answer, at=NOW)
    assert (cost.pico_usd, cost.status) == (None, "unpriced")
    assert "gpt-wonder" in cost.reason


def test_a_router_takes_its_fee_on_top_of_the_model_it_chose():
    """1,000,000 x 0.05 of the model + 1,000,000 x 0.14 of the router = 0.19."""
    models = {
        "azure:gpt-5-nano": {"input_usd_per_mtok": 0.05, "output_usd_per_mtok": 0.4},
        "v:router": {"on_top": True, "input_usd_per_mtok": 0.14, "output_usd_per_mtok": 0},
        "v:gpt-5-nano": {"input_usd_per_mtok": 0.05, "output_usd_per_mtok": 0.4},
    }
    tracker = CostTracker(load_pricing({"fallback": "none", "models": models}))
    usage = Usage(tokens_in=1_000_000, tokens_out=0)
    answer = Response(text="", usage=usage, latency_ms=1.0, response_model="gpt-5-nano")
    cost = tracker.price(provider="v", model="router", response=answer, at=NOW)
    assert (cost.usd, len(cost.other_price_ids)) == (Decimal("0.19"), 1)


def test_a_region_that_the_provider_names_has_its_factor_or_no_price():
    usage = Usage(tokens_in=1_000_000, tokens_out=0)
    us, capital, moon = (
        Response(text="", usage=usage, latency_ms=1.0, region=region) for region in ("us", "US", "moon")
    )
    ask = {"provider": "anthropic", "model": "claude-opus-4-8", "at": NOW}
    assert CostTracker().price(response=us, **ask).usd == Decimal("5.5")  # 5 x 1.1
    assert CostTracker().price(response=capital, **ask).usd == Decimal("5.5")
    assert "region 'moon'" in CostTracker().price(response=moon, **ask).reason


def test_a_bill_that_no_column_holds_is_refused_with_its_amount():
    """6e12 x 2 / 1e6 = 12,000,000 USD."""
    tracker = CostTracker(load_pricing({"models": {"p:m": {"input_usd_per_mtok": 2, "output_usd_per_mtok": 8}}}))
    answer = Response(text="", usage=Usage(tokens_in=6 * 10**12, tokens_out=0), latency_ms=1.0)
    cost = tracker.price(provider="p", model="m", response=answer, at=NOW)
    assert (cost.pico_usd, cost.status) == (None, "unpriced")
    assert cost.reason == "$12,000,000.00 is more than one bill holds ($9,223,372.04)"


def test_a_plain_tier_may_repeat_the_rates_of_its_block_and_no_others():
    own = {"input_usd_per_mtok": 0.59, "output_usd_per_mtok": 0.79}
    listed = {"models": {"groq:m": [{**own, "service_tiers": {"on_demand": own}}]}}
    assert load_pricing(listed)["groq:m"].service_tiers == {}
    listed["models"]["groq:m"][0]["service_tiers"]["on_demand"] = {**own, "input_usd_per_mtok": 0.6}
    with pytest.raises(PricingError, match="service_tiers.on_demand: .* billed at the block's own rates"):
        load_pricing(listed)
