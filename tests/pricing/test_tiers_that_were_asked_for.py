"""The tier that decides the rates: the one that was served, wherever the provider says it, else the one asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gencost import CostTracker, load_pricing
from gencost.messages import Message
from gencost.providers.headers import add_headers
from gencost.types import Attempt, Request, Response, Sample, Usage

RATES = {"input_usd_per_mtok": 2, "output_usd_per_mtok": 8}
FLEX = {"service_tiers": {"flex": {"input_usd_per_mtok": 1, "output_usd_per_mtok": 4}}}
TRACKER = CostTracker(load_pricing({"fallback": "none", "models": {"p:m": {**RATES, **FLEX}, "p:plain": RATES}}))
NOW = datetime(2026, 11, 27, tzinfo=UTC)
PLAIN, CHEAP = Decimal("0.0014"), Decimal("0.0007")  # 300 * 2 + 100 * 8, 300 * 1 + 100 * 4
SAMPLE = Sample(id="1", messages=(Message(role="user", content="Hi"),))


def accounted(asked: str | None, served: str | None, model: str = "m"):
    params = {} if asked is None else {"service_tier": asked}
    request = Request(request_id="r", run_id=None, ts=NOW, provider="p", model=model, sample=SAMPLE, params=params)
    usage = Usage(tokens_in=300, tokens_out=100)
    response = Response(text="a", usage=usage, latency_ms=1.0, response_model=model, service_tier=served)
    failed = Attempt(attempt=1, ts=NOW, service_ms=1.0, error_type="empty", billed=response)
    tries = (failed, Attempt(attempt=2, ts=NOW, service_ms=1.0))
    return TRACKER.account(request, tries, response)


@pytest.mark.parametrize(
    ("asked", "served", "usd", "named"),
    [
        ("flex", None, CHEAP, "asked: flex"),
        ("flex", "default", PLAIN, "default"),  # it was asked for and not given
        (None, "flex", CHEAP, "flex"),
        ("auto", None, PLAIN, None),
        (None, None, PLAIN, None),
        ("priority", None, PLAIN, "asked: priority"),  # no rates for it, and nobody says that it was served
    ],
)
def test_the_asked_tier_holds_where_nobody_says_which_was_served_and_is_marked(asked, served, usd, named):
    (failed, last), response, cost = accounted(asked, served)
    assert (response.service_tier, cost.usd, cost.status) == (named, usd, "priced")
    assert failed.cost.usd == last.cost.usd == usd
    assert cost.basis == ("requested" if usd == CHEAP and served is None else "served")


def test_a_served_tier_without_rates_has_no_bill():
    assert accounted(None, "flex", "plain")[2].status == "partial"


@pytest.mark.parametrize(
    ("body", "header", "tier"),
    [(None, "flex", "flex"), ("standard", "priority", "priority"), ("ON_DEMAND_FLEX", "standard", "ON_DEMAND_FLEX")],
)
def test_google_names_the_tier_in_a_header(body, header, tier):
    facts = {"service_tier": body}
    add_headers(facts, {"x-gemini-service-tier": header}, streamed=True)
    assert facts["service_tier"] == tier


@pytest.mark.parametrize(
    ("name", "usd"),
    [("SERVICE_TIER_FLEX", CHEAP), ("ON_DEMAND_FLEX", CHEAP), ("SERVICE_TIER_STANDARD", PLAIN)],
)
def test_google_s_words_are_those_of_prices(name, usd):
    assert accounted(None, name)[2].usd == usd
