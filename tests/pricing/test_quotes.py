"""The price of a call as it was served: which model's, and at which time of the day."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gencost import load_pricing
from gencost.pricing.quote import Asked, Quotes

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def rates(usd: float) -> dict[str, float]:
    return {"input_usd_per_mtok": usd, "output_usd_per_mtok": usd}


def quote(models, provider: str, model: str, served: str | None = None, at: datetime = NOON, **settings):
    registry = load_pricing({"models": models, "fallback": "none", **settings})
    asked = Asked(provider=provider, model=model, served=served, tier=None, region=None, day=at.date())
    return Quotes(registry).of(asked, at)


def input_rate(made, at: datetime = NOON) -> Decimal:
    return made.offer(at).rates(1).input_usd_per_mtok


@pytest.mark.parametrize(
    ("served", "usd", "basis"),
    [
        (None, 1, "requested"),
        ("", 1, "requested"),  # as some servers say that they do not say it
        ("m", 1, "served"),
        ("other", 2, "served"),
        ("m-2026-01-01", 1, "served"),  # the same model with a date
        ("renamed", 1, "requested"),  # a row of the registry holds for whatever name the server gives
    ],
)
def test_the_served_model_is_billed_if_it_has_a_price(served, usd, basis):
    made = quote({"p:m": rates(1), "p:other": rates(2)}, "p", "m", served)
    assert (made.found.pricing.input_usd_per_mtok, made.basis) == (usd, basis)


def test_a_fine_tuned_model_is_another_product():
    assert quote({"openai:m": rates(1)}, "openai", "m", "ft:m:acme").found.pricing is None


def test_a_price_of_the_command_line_holds_whatever_the_server_calls_the_model():
    models = {"p:m": rates(1), "p:other": rates(2)}
    made = quote(models, "p", "m", "other", given={"p:m": rates(7)})
    assert (made.found.pricing.input_usd_per_mtok, made.basis) == (7, "requested")


def test_litellm_leaves_the_true_provider_out_of_the_served_name():
    models = {"litellm:openai/m": rates(1), "litellm:openai/other": rates(2)}
    made = quote(models, "litellm", "openai/m", "other")
    assert (made.found.pricing.input_usd_per_mtok, made.basis) == (2, "served")
    assert quote(models, "litellm", "openai/m", "openai/other").found.pricing.input_usd_per_mtok == 2


def test_a_price_by_the_time_of_day_is_that_of_the_minute():
    windows = [{"from": "16:30", "to": "00:30", **rates(0.5)}]
    made = quote({"p:m": {**rates(1), "windows": windows}}, "p", "m")
    at = [NOON.replace(hour=hour, minute=minute) for hour, minute in ((16, 29), (16, 30), (0, 29), (0, 30))]
    assert [input_rate(made, moment) for moment in at] == [1, Decimal("0.5"), Decimal("0.5"), 1]
