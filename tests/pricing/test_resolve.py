from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gencost import CostTracker, load_pricing
from gencost.errors import PricingError
from gencost.pricing import GpuHour, ModelPricing, cost_of
from gencost.pricing.resolve import offer_of
from gencost.types import Response, Usage

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
RATES = {"input_usd_per_mtok": 3, "output_usd_per_mtok": 15}
BATCH = {"input_usd_per_mtok": "1.5", "output_usd_per_mtok": "7.5"}


def tracker(block, **settings) -> CostTracker:
    return CostTracker(load_pricing({"fallback": "none", **settings, "models": {"p:m": block}}))


def bill(block, at=NOON, tier=None, usage=None, machine_ms=None, **settings):
    usage = usage or Usage(tokens_in=100_000, tokens_out=10_000)
    answer = Response(
        text="", usage=usage, latency_ms=1.0, machine_ms=machine_ms, response_model="m", service_tier=tier
    )
    return tracker(block, **settings).price(provider="p", model="m", response=answer, at=at)


def long(tokens: int) -> Usage:
    return Usage(tokens_in=tokens, tokens_out=0)


TIERED = {
    **RATES,
    "tiers": [{**RATES, "above": above, "input_usd_per_mtok": rate} for above, rate in ((200_000, 6), (500_000, 9))],
}


@pytest.mark.parametrize(
    ("tokens", "usd"), [(200_000, "0.6"), (200_001, "1.200006"), (500_000, "3"), (500_001, "4.500009")]
)
def test_the_highest_threshold_exceeded_prices_the_whole_request(tokens, usd):
    # 200000 * 3, 200001 * 6, 500000 * 6, 500001 * 9 per million
    assert bill(TIERED, usage=long(tokens)).usd == Decimal(usd)


def test_cached_tokens_count_towards_the_threshold():
    long = {**RATES, "cached_usd_per_mtok": "0.6", "above": 200_000, "input_usd_per_mtok": 6}
    block = {**RATES, "cached_usd_per_mtok": "0.3", "tiers": [long]}
    # 1 * 6 + 200000 * 0.6 = 120006 per million: both of the tier
    usage = Usage(tokens_in=200_001, tokens_cached=200_000, tokens_out=0)
    assert bill(block, usage=usage).usd == Decimal("0.120006")


def test_a_tier_inherits_no_rate_of_tokens_in_silence_and_every_fee():
    with pytest.raises(PricingError, match=r"tiers\[0\]: lacks cached_usd_per_mtok of the short request"):
        tracker({**TIERED, "cached_usd_per_mtok": "0.3"})
    # 300000 * 6 + 1000 * 15 = 1815000 per million, and the fee
    fee = {**TIERED, "per_request_usd": 1}
    assert bill(fee, usage=Usage(tokens_in=300_000, tokens_out=1000)).usd == Decimal("2.815")


def test_a_served_tier_has_its_own_rates():
    block = {**RATES, "service_tiers": {"batch": BATCH}}
    # 100000 * 3 + 10000 * 15 = 450000; half of it in batch
    assert {bill(block, tier=it).usd for it in (None, "default", "standard", "auto")} == {Decimal("0.45")}
    assert bill(block, tier="batch").usd == Decimal("0.225")


def test_a_served_tier_that_the_price_does_not_name_has_no_total():
    cost = bill({**RATES, "service_tiers": {"batch": BATCH}}, tier="flex")
    assert (cost.pico_usd, cost.status, cost.price_id) == (None, "partial", None)
    assert "'flex'" in cost.reason


def test_a_served_tier_inherits_fees_but_no_token_rate():
    block = {**RATES, "cached_usd_per_mtok": 1, "per_request_usd": "0.5", "service_tiers": {"batch": BATCH}}
    assert bill(block, tier="batch").usd == Decimal("0.725")
    usage = Usage(tokens_in=10, tokens_cached=5, tokens_out=0)
    assert bill(block, tier="batch", usage=usage).reason == "no rate for cached tokens: add cached_usd_per_mtok"


def test_a_served_tier_without_long_context_rates_does_not_borrow_them():
    block = {**TIERED, "service_tiers": {"batch": BATCH, "flex": {**BATCH, "tiers": []}}}
    cost = bill(block, tier="batch", usage=long(200_001))
    assert (cost.status, cost.reason) == (
        "partial",
        "the price names no long-context rates for the served tier 'batch', above 200000 input tokens: give it tiers",
    )
    assert bill(block, tier="batch", usage=long(200_000)).usd == Decimal("0.3")
    # an empty list says that they are the same: 200001 * 1.5
    assert bill(block, tier="flex", usage=long(200_001)).usd == Decimal("0.3000015")


WINDOW = {**RATES, "windows": [{"from": "16:30", "to": "00:30", **BATCH}]}


@pytest.mark.parametrize(
    ("clock", "usd"), [("16:29", "0.45"), ("16:30", "0.225"), ("23:59", "0.225"), ("00:29", "0.225"), ("00:30", "0.45")]
)
def test_a_window_wraps_over_midnight_and_is_half_open(clock, usd):
    at = datetime.fromisoformat(f"2026-01-01T{clock}:59+00:00")
    assert bill(WINDOW, at=at).usd == Decimal(usd)


def test_windows_are_utc_whatever_the_zone_of_the_call():
    assert bill(WINDOW, at=datetime.fromisoformat("2026-01-01T18:00:00+02:00")).usd == Decimal("0.45")


def test_one_tracker_prices_each_call_in_its_own_window():
    costs = tracker(WINDOW)
    answer = Response(text="", usage=Usage(tokens_in=100_000, tokens_out=10_000), latency_ms=1.0, response_model="m")
    hours = [datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (12, 18, 12)]
    bills = [costs.price(provider="p", model="m", response=answer, at=hour).usd for hour in hours]
    assert bills == [Decimal("0.45"), Decimal("0.225"), Decimal("0.45")]


def test_a_region_multiplies_tokens_and_not_fees():
    block = {**RATES, "per_request_usd": 1, "region_multiplier": {"eu": 1.1}}
    assert bill(block).usd == Decimal("1.45")
    # 0.45 * 1.1 + 1
    assert bill(block, region="eu").usd == Decimal("1.495")


def test_a_gpu_hour_bills_the_busy_share():
    block = {"gpu_hour": {"usd_per_hour": "1.8"}}
    # 1.8 / 3600 * 0.5 s = 0.00025; 0.025 ms is exactly 0.000025 s: 1.8 / 3600 * 0.000025 = 1.25e-8
    assert bill(block, machine_ms=500.0).usd == Decimal("0.00025")
    assert bill(block, machine_ms=0.025).usd == Decimal("1.25e-8")


def test_a_gpu_hour_is_one_line_of_the_bill_and_no_token_rate():
    (line,) = bill({"gpu_hour": {"usd_per_hour": "1.8"}}, machine_ms=500.0).lines
    assert (line.bucket, line.tokens, line.usd_per_mtok) == ("gpu_hour", 1, None)
    assert line.usd == line.usd_each == Decimal("0.00025")


def test_a_gpu_hour_of_unknown_time_is_no_bill():
    cost = bill({"gpu_hour": {"usd_per_hour": "1.8"}})
    assert (cost.pico_usd, cost.status, cost.lines) == (None, "unpriced", ())
    assert cost.reason == "no time on the machine to price by gpu_hour"


def test_a_gpu_hour_rounds_once_half_even():
    # 1 USD/h: 1 ms is 1e12 / 3600000 = 277777.7... pico-USD
    assert bill({"gpu_hour": {"usd_per_hour": 1}}, machine_ms=1.0).pico_usd == 277_778


EVERYTHING = {
    **TIERED,
    "from": "2025-01-01",
    "region_multiplier": {"eu": "1.1"},
    "windows": [{"from": "10:00", "to": "14:00", **BATCH, "tiers": [{"above": 50, **BATCH, "output_usd_per_mtok": 8}]}],
    "service_tiers": {"flex": BATCH},
}


def test_the_stored_block_is_enough_to_bill_again():
    usage = Usage(tokens_in=100_000, tokens_out=10_000)
    costs = tracker(EVERYTHING, region="eu")
    answer = Response(text="", usage=usage, latency_ms=1.0, response_model="m")
    cost = costs.price(provider="p", model="m", response=answer, at=NOON)
    row = costs.price_row(cost.price_id)
    assert row["block"] == (
        '{"applies":"window=10:00-14:00, tokens_in>50, region=eu","from":"2025-01-01",'
        '"input_usd_per_mtok":"1.65","output_usd_per_mtok":"8.8"}'
    )
    # 100000 * 1.65 + 10000 * 8.8 = 253000 per million
    assert cost.usd == Decimal("0.253")
    again = ModelPricing.from_block(row["block"])
    assert cost_of(usage, again) == cost
    assert again.block == row["block"]


@pytest.mark.parametrize("block", ['{"free":"true"}', '{"gpu_hour":{"concurrency":"2","usd_per_hour":"1.5"}}'])
def test_what_is_not_priced_by_tokens_is_read_back_too(block):
    assert ModelPricing.from_block(block).block == block


@pytest.mark.parametrize(
    "block",
    [
        "",
        "[]",
        "{",
        '{"input_usd_per_mtok":1}',
        '{"input_usd_per_mtok":"NaN"}',
        '{"tiers":[]}',
        '{"gpu_hour":{"a":"1"}}',
    ],
)
def test_a_damaged_block_is_refused(block):
    with pytest.raises(PricingError, match="is not a resolved rate block"):
        ModelPricing.from_block(block)


def test_rates_with_something_left_to_choose_are_not_billed():
    with pytest.raises(PricingError, match="choose among them"):
        cost_of(long(1), load_pricing({"models": {"p:m": TIERED}})["p:m"])


def test_days_that_share_rates_share_their_block():
    costs = tracker(TIERED)
    answer = Response(text="", usage=long(300_000), latency_ms=1.0, response_model="m")
    days = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2)]
    first, second = (costs.price(provider="p", model="m", response=answer, at=day) for day in days)
    assert first.price_id is second.price_id


def test_the_worst_case_is_the_dearest_of_every_tier_and_window():
    block = {
        **TIERED,
        "tiers": [{**tier, "cache_write_1h_usd_per_mtok": 7} for tier in TIERED["tiers"]],
        "cache_write_1h_usd_per_mtok": 7,
        "per_request_usd": "0.5",
        "service_tiers": {"priority": {"input_usd_per_mtok": 5, "output_usd_per_mtok": 30}},
    }
    costs = tracker(block)
    # plain: 100000 * 7 + 10000 * 15 = 0.85; priority: 100000 * 5 + 10000 * 30 = 0.8; and the fee
    assert costs.worst_pico_usd("p", "m", 100_000, 10_000) == 1_350_000_000_000
    # above 500000 tokens: 1000000 * 9
    assert costs.worst_pico_usd("p", "m", 1_000_000, 0) == 9_500_000_000_000
    assert costs.worst_pico_usd("p", "nobody", 1, 1) is None
    assert tracker({"free": True}).worst_pico_usd("p", "m", 1, 1) == 0
    hourly = tracker({"gpu_hour": {"usd_per_hour": 1}})
    assert hourly.worst_pico_usd("p", "m", 1, 1) is None
    assert hourly.worst_pico_usd("p", "m", 1, 1, longest_s=3600) == 10**12


def test_what_is_free_or_paid_by_the_hour_is_so_in_every_service_tier():
    free = ModelPricing(free=True)
    assert offer_of(free, service_tier="batch", window=None, region=None).rates(10**9) == free
    hourly = ModelPricing(gpu_hour=GpuHour(usd_per_hour=Decimal(2)))
    assert offer_of(hourly, service_tier="batch", window=None, region=None).rates(1) == hourly
