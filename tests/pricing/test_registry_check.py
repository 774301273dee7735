"""The registry beside genai-prices: what differs, what is missing there, and what nobody looked at for long."""

from __future__ import annotations

from datetime import UTC, datetime

from gencost import load_pricing
from gencost.pricing.check import compare

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
FEES = {"request_low_usd": 0.005, "request_medium_usd": 0.008, "request_high_usd": 0.012}
SONAR = {"input_usd_per_mtok": 1, "output_usd_per_mtok": 1, **FEES}


def remarks(key: str, now: datetime = NOW, **changes) -> list[tuple[str, str]]:
    rates = {**SONAR, "checked": "2026-10-01", **changes}
    return [(it.kind, it.what) for it in compare(load_pricing({"models": {key: rates}}), now)]


def test_rates_that_agree_and_were_checked_lately_are_not_remarked_upon():
    assert remarks("perplexity:sonar") == []


def test_each_rate_that_differs_or_stands_on_one_side_alone_is_named():
    differing = remarks("perplexity:sonar", input_usd_per_mtok=2, cached_usd_per_mtok=0.5)
    assert differing == [
        ("differs", "cached_usd_per_mtok: registry 0.5, genai-prices==0.2.3 none"),
        ("differs", "input_usd_per_mtok: registry 2, genai-prices==0.2.3 1"),
    ]


def test_a_rate_for_which_genai_prices_has_no_name_is_no_difference():
    assert remarks("perplexity:sonar", image_generation_usd=0.04, web_search_preview_usd=0.025) == []


def test_a_rate_of_long_requests_and_one_of_a_service_tier_have_a_place_of_their_own():
    tiers = [{"above": 1000, "input_usd_per_mtok": 3, "output_usd_per_mtok": 3}]
    batch = {"batch": {"input_usd_per_mtok": 0.5, "output_usd_per_mtok": 0.5, "per_request_usd": 0.001}}
    places = [what.partition(":")[0] for _, what in remarks("perplexity:sonar", tiers=tiers, service_tiers=batch)]
    assert "input_usd_per_mtok above 1000 tokens" in places
    assert "service_tiers.batch.output_usd_per_mtok" in places
    assert "service_tiers.batch.per_request_usd" not in places  # a fee, which genai-prices does not name by tier


def test_what_was_not_checked_for_ninety_days_is_stale():
    assert remarks("perplexity:sonar", datetime(2026, 12, 30, tzinfo=UTC)) == []  # 90 days after October 1st
    stale = ("stale", "checked on 2026-10-01: read its source again and set checked")
    assert remarks("perplexity:sonar", datetime(2026, 12, 31, tzinfo=UTC)) == [stale]
    never = ("stale", "checked never: read its source again and set checked")
    assert remarks("perplexity:sonar", checked=None) == [never]


def test_a_model_that_genai_prices_lacks_is_missing_and_the_mock_is_not_looked_for():
    ((kind, what),) = remarks("perplexity:nobody")
    assert (kind, "nobody" in what) == ("missing", True)
    assert remarks("mock:nobody") == []
