from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gencost.errors import UsageError
from gencost.pricing import GpuHour, ModelPricing, buckets, cost_of
from gencost.pricing.cost import machine_cost
from gencost.pricing.rates import rate_fields
from gencost.types import Usage

ALL = ModelPricing(
    input_usd_per_mtok=Decimal("2.5"),
    output_usd_per_mtok=Decimal(10),
    cached_usd_per_mtok=Decimal("1.25"),
    cache_write_usd_per_mtok=Decimal("3.125"),
    cache_write_1h_usd_per_mtok=Decimal(5),
    reasoning_usd_per_mtok=Decimal(12),
)
PLAIN = ModelPricing(input_usd_per_mtok=Decimal("0.15"), output_usd_per_mtok=Decimal("0.6"))
FREE = ModelPricing(free=True)


@st.composite
def usages(draw) -> Usage:
    parts = [draw(st.integers(0, 10**7)) for _ in range(6)]
    return Usage(
        tokens_in=sum(parts[:4]),
        tokens_cached=parts[1],
        tokens_cache_write=parts[2],
        tokens_cache_write_1h=parts[3],
        tokens_out=parts[4] + parts[5],
        tokens_reasoning=parts[5],
    )


def test_the_parts_of_a_bill_add_up_by_hand():
    usage = Usage(tokens_in=1000, tokens_cached=200, tokens_cache_write=100, tokens_out=50, tokens_reasoning=20)
    # 700*2.5 + 200*1.25 + 100*3.125 + 30*10 + 20*12 = 1750 + 250 + 312.5 + 300 + 240 = 2852.5 per million
    assert cost_of(usage, ALL).usd == Decimal("0.0028525")


def test_reasoning_without_its_own_rate_is_output():
    assert cost_of(Usage(tokens_in=0, tokens_out=100, tokens_reasoning=90), PLAIN).usd == Decimal("0.00006")


def test_a_part_without_a_rate_has_no_total():
    cost = cost_of(Usage(tokens_in=10, tokens_cached=4, tokens_out=1), PLAIN)
    assert (cost.pico_usd, cost.status, cost.reason) == (
        None,
        "partial",
        "no rate for cached tokens: add cached_usd_per_mtok",
    )
    assert [line.bucket for line in cost.lines] == ["input", "cached", "output"]


def test_declared_free_is_zero_and_says_so():
    cost = cost_of(Usage(tokens_in=10**6, tokens_out=10**6), FREE)
    assert (cost.pico_usd, cost.status) == (0, "free")


def test_a_fee_is_charged_once_a_request():
    fee = ModelPricing(input_usd_per_mtok=Decimal(1), output_usd_per_mtok=Decimal(1), per_request_usd=Decimal("0.005"))
    assert cost_of(Usage(tokens_in=1, tokens_out=0), fee).usd == Decimal("0.005001")


def test_a_web_search_has_a_fee_of_its_own():
    usage = Usage(tokens_in=1, tokens_out=0, web_searches=3)
    searches = ModelPricing(
        input_usd_per_mtok=Decimal(1), output_usd_per_mtok=Decimal(1), web_search_usd=Decimal("0.01")
    )
    cost = cost_of(usage, searches)
    assert cost.usd == Decimal("0.030001")
    assert [(line.bucket, line.tokens, line.usd_each) for line in cost.lines][1] == ("web_search", 3, Decimal("0.01"))
    assert cost_of(usage, PLAIN).reason == "no rate for web_search: add web_search_usd"


def test_searches_are_counted_in_whole_numbers():
    with pytest.raises(UsageError, match="web_searches=-1: a count is a whole number"):
        Usage(tokens_in=1, tokens_out=1, web_searches=-1)


def test_without_counts_only_what_is_not_priced_by_tokens_has_a_cost():
    share = ModelPricing(gpu_hour=GpuHour(usd_per_hour=Decimal("3.6")))
    assert cost_of(None, PLAIN).status == "unpriced"
    assert cost_of(None, FREE).status == "free"
    assert machine_cost(share, 1.0).usd == Decimal("0.000001")
    assert machine_cost(share, None).reason == "no time on the machine to price by gpu_hour"


def test_a_machine_that_costs_more_than_a_bill_holds_is_refused_with_its_amount():
    share = machine_cost(ModelPricing(gpu_hour=GpuHour(usd_per_hour=Decimal("1e23"))), 3_600_000.0)
    assert (share.pico_usd, share.status, "more than one bill holds" in share.reason) == (None, "unpriced", True)


def test_half_a_pico_dollar_is_rounded_to_even():
    rate = Decimal("0.0000005")  # half a pico-dollar a token
    half = ModelPricing(input_usd_per_mtok=rate, output_usd_per_mtok=rate)
    assert [cost_of(Usage(tokens_in=n, tokens_out=0), half).pico_usd for n in (1, 3)] == [0, 2]


@given(usages())
def test_each_token_is_in_exactly_one_bucket(usage):
    assert sum(tokens for _, tokens, _ in buckets(usage, ALL)) == usage.tokens_in + usage.tokens_out


@given(usages())
def test_the_pico_total_is_the_exact_sum_of_the_lines(usage):
    cost = cost_of(usage, ALL)
    assert cost.pico_usd == sum((line.usd for line in cost.lines), Decimal(0)) * 10**12


@given(usages(), st.integers(1, 10**6))
def test_more_tokens_never_cost_less(usage, more):
    longer = Usage(tokens_in=usage.tokens_in + more, tokens_out=usage.tokens_out + more)
    shorter = Usage(tokens_in=usage.tokens_in, tokens_out=usage.tokens_out)
    assert cost_of(longer, ALL).pico_usd > cost_of(shorter, ALL).pico_usd


def test_seconds_of_audio_are_billed_by_the_hour_where_only_the_hour_has_a_rate():
    hourly = ModelPricing(**rate_fields({"audio_hour_usd": Decimal("0.36")}))
    assert cost_of(Usage(tokens_in=0, tokens_out=0, more={"audio_second": 90}), hourly).usd == Decimal("0.009")
