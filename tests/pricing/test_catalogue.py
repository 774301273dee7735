from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import yaml

from gencost.cost_tracker import CostTracker
from gencost.errors import PricingError
from gencost.paths import conf_dir
from gencost.pricing import load_pricing
from gencost.pricing.rates import MORE_RATES
from gencost.pricing.rates import RATES as EVERY_RATE

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
        ({"input_usd_per_mtok": "1e-30"}, "input_usd_per_mtok='1e-30'"),
        ({"force": "yes"}, "p:m.force='yes': write true or false"),
        ({"force": True, "input_usd_per_mtok": -1}, "input_usd_per_mtok=-1"),
        ({"web_search_usd": float("inf")}, "p:m.web_search_usd=inf"),
        ({"free": True}, "p:m.input_usd_per_mtok=1: beside free: true it has no sense"),
        ({"gpu_hour": {"usd_per_hour": 1}}, "beside gpu_hour it has no sense"),
        ({"tiers": {"above": 5}}, "p:m.tiers={'above': 5}: write a list"),
        ({"tiers": [{"input_usd_per_mtok": 5}]}, r"p:m.tiers\[0\].above=None: write the input tokens"),
        ({"tiers": [{"above": 5}]}, r"p:m.tiers\[0\]: names no rate"),
        ({"tiers": [{"above": n, **RATES} for n in (5, 5)]}, r"p:m.tiers\[1\].above=5: must be more than"),
        ({"tiers": [{"above": 5, "input_usd_per_mtok": 2001}]}, r"p:m.tiers\[0\].input_usd_per_mtok=2001"),
        (
            {"service_tiers": {"batch": {"input_usd_per_mtok": 1}}},
            "p:m.service_tiers.batch: give input_usd_per_mtok and",
        ),
        ({"service_tiers": {"batch": {**RATES, "factor": 2}}}, "p:m.service_tiers.batch.factor: there is no such key"),
        ({"service_tiers": {"default": {**RATES, "input_usd_per_mtok": 9}}}, "p:m.service_tiers.default: .* own rates"),
        ({"service_tiers": ["batch"]}, "p:m.service_tiers=.*write a mapping"),
        ({"windows": [{"from": 990, "to": "00:30", **RATES}]}, r"p:m.windows\[0\].from=990: write a time of day, UTC"),
        ({"windows": [{"from": "24:00", "to": "00:30", **RATES}]}, "from='24:00'"),
        ({"windows": [{"from": "01:00", "to": "01:00", **RATES}]}, "a window has a length"),
        ({"region_multiplier": {"eu": 0}}, "p:m.region_multiplier.eu=0: a multiplier is a number above 0"),
    ],
)
def test_a_price_that_cannot_be_is_refused(changes, said):
    with pytest.raises(PricingError, match=said):
        one(**changes)


@pytest.mark.parametrize(
    ("share", "said"),
    [
        ({"usd_per_hour": -1}, "p:m.gpu_hour.usd_per_hour=-1"),
        ({"usd_per_hour": 1, "concurrency": 4}, "p:m.gpu_hour.concurrency=4: drop it: how many share .* is measured"),
        ({"usd": 1}, "p:m.gpu_hour.usd: there is no such key"),
        (1, "p:m.gpu_hour=1: .*a mapping"),
    ],
)
def test_a_gpu_hour_that_cannot_be_is_refused(share, said):
    with pytest.raises(PricingError, match=said):
        load_pricing({"models": {"p:m": {"gpu_hour": share}}})


def test_a_forced_rate_may_be_above_the_bound():
    assert one(input_usd_per_mtok=2001, force=True).input_usd_per_mtok == 2001


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
        ({"models": []}, "models is to map"),
        ({"models": False}, "models is to map"),
        ({"models": {"p:m": 5}}, "rates are a mapping"),
    ],
)
def test_a_registry_that_cannot_be_is_refused(content, said):
    with pytest.raises(PricingError, match=said):
        load_pricing(content)


def test_a_missing_file_is_named():
    with pytest.raises(PricingError, match="nowhere.yaml: No such file"):
        load_pricing("nowhere.yaml")


def test_what_the_menu_shows_as_an_example_is_a_registry():
    """The comment at the end of default.yaml, without its marks, reads as models; each key of a block is in it."""
    text = (conf_dir() / "pricing" / "default.yaml").read_text(encoding="utf-8")
    _, example = text.split("defines each, `gencost prices list --pricing FILE` reads it):\n")
    models = yaml.safe_load("\n".join(line.removeprefix("#") for line in example.splitlines()))
    shown = load_pricing({"models": models})
    assert shown["local:qwen3:8b"].gpu_hour.usd_per_hour == Decimal("1.8")
    assert shown["vendor:preview"].free
    assert {*EVERY_RATE, *MORE_RATES} <= {*models["vendor:model"][0]}
    assert [*shown["vendor:model"].service_tiers] == ["batch", "flex", "priority"]
    assert shown["vendor:model"].windows[0].holds(17 * 60)


def test_the_pinned_gpt_4o_is_not_billed_as_the_name_that_moves():
    """1,000 in and 2,000 out: 0.0025 + 0.020; under "openai:gpt-4o" 0.035."""
    for model in ("gpt-4o-2024-08-06", "gpt-4o-2024-11-20"):
        assert CostTracker().compute_cost_usd(f"openai:{model}", tokens_in=1000, tokens_out=2000) == 0.0225
    assert CostTracker().compute_cost_usd("openai:gpt-4o-2024-05-13", tokens_in=1000, tokens_out=2000) == 0.035
