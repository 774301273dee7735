from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from gencost.errors import PricingError
from gencost.paths import conf_dir
from gencost.pricing import load_pricing

RATES = {"input_usd_per_mtok": 1, "output_usd_per_mtok": 2}


def one(**changes):
    return load_pricing({"models": {"p:m": [{**RATES, **changes}]}})["p:m"]


def test_the_shipped_registry_has_the_mock_and_the_projects_own_value():
    registry = load_pricing()
    gpt_4o = registry["openai:gpt-4o"]
    assert (gpt_4o.input_usd_per_mtok, gpt_4o.output_usd_per_mtok) == (Decimal("5.0"), Decimal("15.0"))
    assert {registry[f"mock:{m}-latest"].source for m in ("small", "large")} == {"simulated"}
    assert registry["mock:echo"].free


def test_the_flat_json_form_is_read(tmp_path):
    path = tmp_path / "prices.json"
    path.write_text(json.dumps({"openai:gpt-4o": {"input_per_million": 5.0, "output_per_million": 15.0}}))
    assert load_pricing(path)["openai:gpt-4o"].output_usd_per_mtok == 15


def test_every_shipped_registry_loads():
    for path in (conf_dir() / "pricing").glob("*.yaml"):
        assert load_pricing(path)


def test_the_rates_of_the_day_hold_from_its_first_second():
    blocks = [{**RATES, "from": "2025-01-01"}, {**RATES, "from": date(2025, 6, 10), "input_usd_per_mtok": 0.5}]
    price = load_pricing({"models": {"p:m": blocks}})["p:m"]

    def rate(*day: int) -> Decimal | None:
        held = price.at(datetime(*day, tzinfo=UTC))
        return held and held.input_usd_per_mtok

    assert rate(2025, 6, 9, 23, 59, 59) == 1
    assert rate(2025, 6, 10) == Decimal("0.5")
    assert rate(2024, 12, 31) is None


def test_a_float_in_yaml_means_its_decimal():
    assert one(input_usd_per_mtok=0.1).input_usd_per_mtok == Decimal("0.1")


def test_the_price_id_is_the_hash_of_the_rates_alone():
    price = one(source="a page", checked="2026-01-01")
    assert price.block == '{"input_usd_per_mtok":"1","output_usd_per_mtok":"2"}'
    assert price.price_id == hashlib.sha256(price.block.encode()).hexdigest() == one(source="another").price_id
    assert price.price_id != one(output_usd_per_mtok=2.5).price_id


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"input_usd_per_mtok": -1}, "p:m.input_usd_per_mtok=-1: a rate is a number from 0 to 2000"),
        ({"input_usd_per_mtok": float("nan")}, "input_usd_per_mtok=nan"),
        ({"input_usd_per_mtok": float("inf")}, "input_usd_per_mtok=inf"),
        ({"input_usd_per_mtok": 2001}, "from 0 to 2000"),
        ({"input_usd_per_mtok": "cheap"}, "'cheap'"),
        ({"input_usd_per_mtok": True}, "True"),
        ({"inputt_usd_per_mtok": 1}, "did you mean 'input_usd_per_mtok'"),
        ({"input_usd_per_mtok": None}, "give input_usd_per_mtok and output_usd_per_mtok"),
        ({"from": "tomorrow"}, "p:m.from='tomorrow': write a day"),
    ],
)
def test_a_price_that_cannot_be_is_refused(changes, said):
    with pytest.raises(PricingError, match=said):
        one(**changes)


def test_blocks_out_of_order_are_refused():
    blocks = [{**RATES, "from": "2025-02-01"}, {**RATES, "from": "2025-01-01"}]
    with pytest.raises(PricingError, match="dates must grow"):
        load_pricing({"models": {"p:m": blocks}})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"models": {"no-colon": RATES}}, 'write "provider:model"'),
        ({"currency": "EUR", "models": {"p:m": RATES}}, "only USD"),
        ({"curency": "USD", "models": {"p:m": RATES}}, "did you mean 'currency'"),
        ({"models": {"p:m": []}}, "has no rates"),
        ({"models": {"p:m": 5}}, "rates are a mapping"),
    ],
)
def test_a_registry_that_cannot_be_is_refused(content, said):
    with pytest.raises(PricingError, match=said):
        load_pricing(content)


def test_a_missing_file_is_named():
    with pytest.raises(PricingError, match="nowhere.yaml: No such file"):
        load_pricing("nowhere.yaml")
