from __future__ import annotations

import itertools
import subprocess
import sys
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest

from gencost import CostTracker, load_pricing
from gencost.errors import PricingError
from gencost.pricing import find_price
from gencost.pricing.names import without_date
from gencost.pricing.registry import Registry, Settings
from gencost.types import Response, Usage

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
PRICED = {"input_mtok", "output_mtok"}
RATES = {"input_usd_per_mtok": 7, "output_usd_per_mtok": 7}


def find(key, models=None, at=AT, **settings):
    provider, _, model = key.partition(":")
    return find_price(load_pricing({**settings, "models": models or {}}), provider, model, at)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("claude-3-7-sonnet-20250219", "claude-3-7-sonnet"),
        ("claude-3-5-sonnet@20240620", "claude-3-5-sonnet"),
        ("gpt-4-0613", "gpt-4"),
        ("gpt-3.5-turbo-0229", "gpt-3.5-turbo"),
        ("qwen3-2507", None),  # July 2025, no day of a month
        ("gpt-4-0631", None),
        ("m-2024-13-01", None),
        ("gpt-4o-mini", None),
        ("gemini-1.5-flash-002", None),
        ("2024-08-06", None),
    ],
)
def test_only_a_date_that_exists_is_taken_off_a_name(model, name):
    assert without_date(model) == name


def test_the_exact_key_comes_before_the_one_without_a_date():
    models = {"p:m": RATES, "p:m-2024-08-06": {**RATES, "input_usd_per_mtok": 8}}
    assert find("p:m-2024-08-06", models).pricing.input_usd_per_mtok == 8
    assert find("p:m-2024-08-07", models).pricing.input_usd_per_mtok == 7
    assert find("p:m-large", models).pricing is None


def test_a_date_after_an_at_sign_is_the_same_date():
    """The registry has the snapshot of August 6th at its list price, and the name without a date at another."""
    dated, at_date = (
        find_price(load_pricing(), "openai", f"gpt-4o{it}", AT).pricing for it in ("-2024-08-06", "@2024-08-06")
    )
    assert dated == at_date


def test_an_alias_has_the_price_of_its_model():
    aliases = {"openai:gpt-4o-latest": "openai:gpt-4o"}
    assert find("openai:gpt-4o-latest", {"openai:gpt-4o": RATES}, aliases=aliases).source == "registry"
    assert find("openai:gpt-4o-latest", aliases=aliases).source == "genai-prices==0.2.3"
    assert find("openai:gpt-4o-latest").pricing is None


def test_genai_prices_is_asked_where_the_registry_misses():
    place = find("openai:gpt-4o")
    assert place.source == "genai-prices==0.2.3"
    assert (place.pricing.input_usd_per_mtok, place.pricing.web_search_usd) == (Decimal("2.5"), Decimal("0.01"))
    assert find("openai:gpt-4o", {"openai:gpt-4o": RATES}).source == "registry"
    assert find("openai:gpt-4.1-2025-04-14").pricing.input_usd_per_mtok == 2


def test_a_guess_is_refused_unless_allowed():
    refused = find("anthropic:claude-sonnet-4-5-mini")
    assert refused.pricing is None
    assert refused.reason.startswith(
        "no price for anthropic:claude-sonnet-4-5-mini in the registry; genai-prices==0.2.3 matched "
        "'claude-sonnet-4-5', which is a guess: add an alias, or set pricing.allow_guess=true; add under models in "
        'conf/pricing/NAME.yaml: "anthropic:claude-sonnet-4-5-mini": {input_usd_per_mtok: ..., '
    )
    assert find("anthropic:claude-sonnet-4-5-mini", allow_guess=True).pricing.input_usd_per_mtok == 3


def test_a_registry_without_settings_takes_no_guess():
    assert find_price(Registry({}, Settings()), "anthropic", "claude-sonnet-4-5-mini", AT).pricing is None


def test_a_name_that_genai_prices_lists_as_a_whole_is_no_guess():
    """Its entry gpt-3.5-0301 names gpt-3.5-turbo-0301."""
    assert find("openai:gpt-3.5-turbo-0301").pricing.input_usd_per_mtok == Decimal("1.5")


def test_nobody_else_prices_the_mock_or_where_none_is_wished():
    assert find("mock:gpt-4o").reason.startswith("no price for mock:gpt-4o in the registry; add under models")
    assert find("openai:gpt-4o", fallback="none").pricing is None
    assert "genai-prices==0.2.3 has no provider 'nobody'" in find("nobody:gpt-4o").reason


def test_a_rate_that_begins_later_is_said_to():
    place = find("p:m", {"p:m": [{**RATES, "from": "2027-01-01"}]}, fallback="none")
    assert place.reason.startswith("the rates of p:m in the registry begin after 2026-11-01; add under models")


def test_the_price_of_the_day_is_taken_with_its_first_day():
    before, after = (find("openai:o3", at=datetime(2025, 6, day, tzinfo=UTC)).pricing for day in (9, 10))
    assert (before.input_usd_per_mtok, before.from_date) == (10, None)
    assert (after.input_usd_per_mtok, after.from_date) == (2, date(2025, 6, 10))


def test_service_tiers_come_over_with_what_they_do_not_name():
    pricing = find("openai:gpt-4o").pricing
    batch, priority = (pricing.service_tiers[name] for name in ("batch", "priority"))
    assert (batch.input_usd_per_mtok, batch.cached_usd_per_mtok) == (Decimal("1.25"), Decimal("1.25"))
    assert priority.output_usd_per_mtok == 17
    early = find("openai:gpt-4o", at=datetime(2025, 1, 1, tzinfo=UTC)).pricing
    assert "priority" not in early.service_tiers


@pytest.mark.parametrize(
    ("key", "day", "half"),
    [
        ("openai:gpt-4o", datetime(2025, 1, 1, tzinfo=UTC), {"input": "1.25", "output": "5"}),  # listed since 10/2026
        ("openai:text-embedding-3-small", AT, {"input": "0.01"}),  # not listed at all
        (
            "anthropic:claude-sonnet-4-5",
            datetime(2025, 12, 1, tzinfo=UTC),
            {"input": "1.5", "output": "7.5", "cached": "0.15", "cache_write": "1.875", "cache_write_1h": "3"},
        ),
    ],
)
def test_batches_cost_half_where_their_makers_say_so_and_the_list_does_not(key, day, half):
    """Of OpenAI's not what a cache holds: with older models it costs as much as any input."""
    pricing = find(key, at=day).pricing
    assert pricing.service_tiers["batch"].named == {f"{name}_usd_per_mtok": Decimal(usd) for name, usd in half.items()}


def test_groq_s_flex_has_the_ordinary_rates():
    pricing = find("groq:llama-3.3-70b-versatile").pricing
    assert pricing.service_tiers["flex"].named == pricing.named
    assert "performance" not in pricing.service_tiers  # capacity that is bought


def test_a_long_batch_costs_half_of_a_long_request():
    pricing = find("anthropic:claude-sonnet-4-5", at=datetime(2025, 12, 1, tzinfo=UTC)).pricing
    ((above, rates),) = ((tier.above, tier.rates.named) for tier in pricing.service_tiers["batch"].tiers)
    long = pricing.tiers[0].rates.named
    assert (above, rates) == (200_000, {name: rate / 2 for name, rate in long.items()})
    assert find("google:gemini-2.5-pro", at=datetime(2025, 12, 1, tzinfo=UTC)).pricing.service_tiers == {}


TIMES = (AT, AT.replace(hour=2), datetime(2025, 3, 1, 18, tzinfo=UTC))


def test_every_price_of_genai_prices_is_billed_as_genai_prices_bills_it():
    """Plain rates of every model, above and below every threshold and at three times of the day."""
    from genai_prices.data_snapshot import get_snapshot
    from genai_prices.types import Usage as TheirUsage

    compared = 0
    for seller in get_snapshot().providers:
        for model in seller.models:
            costs = CostTracker(load_pricing({"models": {}}))
            times = {str(model.get_prices(at)): at for at in TIMES}  # of equal rates one
            for at, tokens in itertools.product(times.values(), (100_000, 300_000)):
                named = model.get_prices(at).__dict__
                if named.get("input_mtok") is None or named.get("output_mtok") is None or "requests_kcount" in named:
                    continue
                usage = Usage(tokens_in=tokens, tokens_out=2000)
                answer = Response(text="", usage=usage, latency_ms=1.0, response_model=model.id)
                ours = costs.price(provider=seller.id, model=model.id, response=answer, at=at)
                theirs = model.calc_price(
                    TheirUsage(input_tokens=tokens, output_tokens=2000), seller, genai_request_timestamp=at
                )
                assert ours.pico_usd == round(theirs.total_price * 10**12), (seller.id, model.id, at, tokens)
                compared += 1
    assert compared > 2000


def context(model, tier: str) -> dict[str, str] | None:
    """The context in which genai-prices has the rates of a tier; None if it has none."""
    kinds = ("service_tier", "speed", "processing")
    given = [dict(it.when) for it in model.price_variants]
    return next(({kind: tier} for kind in kinds if {kind: tier} in given), None)


def test_every_service_tier_is_billed_as_genai_prices_bills_it():
    from genai_prices.data_snapshot import get_snapshot
    from genai_prices.types import Usage as TheirUsage

    compared = 0
    costs = CostTracker(load_pricing({"models": {}}))
    for seller in get_snapshot().providers:
        for model in (it for it in seller.models if it.price_variants and set(it.get_prices(AT).__dict__) >= PRICED):
            for tier in find_price(costs._registry, seller.id, model.id, AT).pricing.service_tiers:
                if (listed := context(model, tier)) is None:
                    continue
                usage = Usage(tokens_in=300_000, tokens_out=2000)
                answer = Response(
                    text="", usage=usage, latency_ms=1.0, response_model=model.id, service_tier=tier.upper()
                )
                ours = costs.price(provider=seller.id, model=model.id, response=answer, at=AT)
                theirs = model.calc_price(
                    TheirUsage(input_tokens=300_000, output_tokens=2000),
                    seller,
                    genai_request_timestamp=AT,
                    price_context=listed,
                )
                assert ours.pico_usd == round(theirs.total_price * 10**12), (seller.id, model.id, tier)
                compared += 1
    assert compared > 150


def test_the_windows_of_genai_prices_are_whole_minutes():
    from genai_prices.data_snapshot import get_snapshot

    models = [model for seller in get_snapshot().providers for model in seller.models if isinstance(model.prices, list)]
    constraints = [entry.constraint for model in models for entry in model.prices]
    times = [t for it in constraints if hasattr(it, "start_time") for t in (it.start_time, it.end_time)]
    assert times
    assert all(isinstance(t, time) and t.second == t.microsecond == 0 for t in times)


def test_deepseek_is_cheaper_at_night():
    windows = find("deepseek:deepseek-chat").pricing.windows
    assert [(it.from_minute, it.to_minute, it.rates.input_usd_per_mtok) for it in windows] == [
        (30, 16 * 60 + 30, Decimal("0.27"))
    ]


def test_a_seller_of_one_input_price_has_it_for_images_and_video_also_in_its_tiers():
    flash = find("google:gemini-2.5-flash").pricing.named
    assert [flash[f"{kind}_in_usd_per_mtok"] for kind in ("image", "video", "audio")] == [Decimal("0.3")] * 2 + [1]
    assert flash["cached_image_usd_per_mtok"] == flash["cached_usd_per_mtok"] == Decimal("0.03")
    assert find("google:gemini-2.5-flash-image").pricing.named["image_out_usd_per_mtok"] == 30
    (tier,) = find("google:gemini-2.5-pro").pricing.tiers
    assert tier.rates.named["image_in_usd_per_mtok"] == tier.rates.input_usd_per_mtok == Decimal("2.5")
    assert "image_in_usd_per_mtok" in find("xai:grok-4.7").pricing.tiers[0].rates.named
    assert "image_in_usd_per_mtok" not in find("deepseek:deepseek-chat").pricing.named


@pytest.mark.parametrize(("model", "fees"), [("sonar", "5 8 12"), ("sonar-reasoning-pro", "6 10 14")])
def test_the_fee_of_a_request_to_perplexity_depends_on_the_size_of_its_search_context(model, fees):
    """USD a thousand; what genai-prices names is that of the greatest."""
    named = find(f"perplexity:{model}").pricing.named
    shown = [named[f"request_{size}_usd"] * 1000 for size in ("low", "medium", "high")]
    assert (shown, "per_request_usd" in named) == ([Decimal(it) for it in fees.split()], False)


def test_genai_prices_is_imported_only_where_the_registry_misses():
    code = (
        "import sys; from gencost import CostTracker; costs = CostTracker();"
        "costs.compute_cost_usd('openai:gpt-4o', tokens_in=1, tokens_out=1); costs.known('mock', 'nobody');"
        "assert 'genai_prices' not in sys.modules;"
        "assert costs.known('openai', 'gpt-4o-mini'); assert 'genai_prices' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"aliases": ["a"]}, "aliases=.*write a mapping"),
        ({"aliases": {"a": "p:m"}}, "aliases: 'a': write \"provider:model\""),
        ({"aliases": {"p:a": "m"}}, "aliases.p:a: 'm'"),
        ({"aliases": {"p:m": "p:x"}}, "aliases.p:m: has rates of its own"),
        ({"aliases": {"p:a": "p:b", "p:b": "p:m"}}, "aliases.p:a='p:b': is an alias, too"),
        ({"allow_guess": "yes"}, "allow_guess='yes': write true or false"),
        ({"fallback": "litellm"}, "fallback='litellm': choose genai-prices or none"),
        ({"region": "eu"}, "region='eu': no model has a region_multiplier"),
        ({"region": 5}, "region=5: write the name"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, said):
    with pytest.raises(PricingError, match=said):
        load_pricing({**settings, "models": {"p:m": RATES}})
