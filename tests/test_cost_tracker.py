from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gencost import CostTracker
from gencost.errors import PricingError, UsageError
from gencost.pricing import find_price, load_pricing
from gencost.types import Response, Usage

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def answer(tokens: int | None = 1000, served: str | None = None) -> Response:
    usage = None if tokens is None else Usage(tokens_in=tokens, tokens_out=2 * tokens)
    return Response(text="", usage=usage, latency_ms=1.0, response_model=served)


def test_a_thousand_in_and_two_thousand_out_of_gpt_4o_cost_0_035():
    # 1000 * 5 / 1e6 + 2000 * 15 / 1e6 = 0.005 + 0.03
    assert CostTracker().compute_cost_usd("openai:gpt-4o", tokens_in=1000, tokens_out=2000) == 0.035


def test_the_result_is_rounded_to_six_decimals_half_even():
    # 1 * 5 / 1e6 = 0.000005; 1 token in of mock:small 0.15 / 1e6 = 0.00000015 -> 0
    assert CostTracker().compute_cost_usd("openai:gpt-4o", tokens_in=1, tokens_out=0) == 0.000005
    assert CostTracker().compute_cost_usd("mock:small-latest", tokens_in=1, tokens_out=0) == 0.0


def test_a_model_without_a_price_has_no_cost():
    assert CostTracker().compute_cost_usd("openai:nobody", tokens_in=1, tokens_out=1) is None


def test_a_key_without_a_provider_is_refused():
    with pytest.raises(PricingError, match="provider:model"):
        CostTracker().compute_cost_usd("gpt-4o", tokens_in=1, tokens_out=1)


def test_impossible_counts_are_refused():
    with pytest.raises(UsageError, match=r"cached \+ cache-written tokens \(5\) exceed tokens_in \(1\)"):
        CostTracker().compute_cost_usd("openai:gpt-4o", tokens_in=1, tokens_out=1, tokens_cached=5)


def test_unpriced_calls_are_counted_and_add_nothing():
    tracker = CostTracker()
    for model, tokens in (("gpt-4o", 1000), ("nobody", 1000), ("gpt-4o", None)):
        tracker.add(tracker.price(provider="openai", model=model, response=answer(tokens), at=NOW))
    assert tracker.total_usd == Decimal("0.035")
    assert tracker.statuses == {"priced": 1, "unpriced": 2}


def test_the_served_model_is_priced_before_the_asked_one():
    rates = {"input_per_million": 1, "output_per_million": 1}
    from gencost import load_pricing

    tracker = CostTracker(load_pricing({"p:asked": rates, "p:served": {**rates, "input_per_million": 3}}))
    # 3 * 1000 + 1 * 2000 = 5000 per million
    served = tracker.price(provider="p", model="asked", response=answer(served="served"), at=NOW)
    assert (served.usd, served.basis) == (Decimal("0.005"), "served")
    for name in ("another", None):
        asked = tracker.price(provider="p", model="asked", response=answer(served=name), at=NOW)
        assert (asked.usd, asked.basis) == (Decimal("0.003"), "requested")
    dated = tracker.price(provider="p", model="asked", response=answer(served="asked-2026-01-01"), at=NOW)
    assert (dated.usd, dated.basis) == (Decimal("0.003"), "served")


def test_the_row_of_a_price_holds_its_rates():
    tracker = CostTracker()
    cost = tracker.price(provider="mock", model="echo", response=answer(), at=NOW)
    assert tracker.price_row(cost.price_id) == {
        "price_id": cost.price_id,
        "block": '{"free":"true"}',
        "source": "registry",
    }


def test_the_row_of_a_price_from_elsewhere_names_the_package_and_its_version():
    tracker = CostTracker()
    cost = tracker.price(provider="openai", model="gpt-4o-mini", response=answer(), at=NOW)
    assert tracker.price_row(cost.price_id)["source"] == "genai-prices==0.2.3"


def test_a_model_is_searched_for_once_a_day(monkeypatch):
    from gencost.pricing import quote

    searched = []

    def counted(*asked):
        searched.append(asked)
        return find_price(*asked)

    find_price = quote.find_price
    monkeypatch.setattr(quote, "find_price", counted)
    tracker = CostTracker()
    for _ in range(3):
        tracker.price(provider="mock", model="echo", response=answer(), at=NOW)
    assert len(searched) == 1


def test_rates_that_two_lists_name_alike_have_both_as_sources():
    listed = find_price(load_pricing(), "azure", "gpt-4.1-mini", NOW)
    assert listed.pricing is not None
    tracker = CostTracker({"mine:gpt-4.1-mini": listed.pricing})
    costs = [
        tracker.price(provider=provider, model="gpt-4.1-mini", response=answer(), at=NOW)
        for provider in ("mine", "azure")
    ]
    assert costs[0].price_id == costs[1].price_id
    assert tracker.sources() == {(costs[0].price_id, "registry"), (costs[0].price_id, listed.source)}
