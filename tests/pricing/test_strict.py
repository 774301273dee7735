"""What can be read as a price and is none is refused, in one line that says what to write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gencost.errors import PricingError
from gencost.pricing import load_pricing

MODEL = '"a:m": {input_usd_per_mtok: 1, output_usd_per_mtok: 2}'
RATES = MODEL.partition(": ")[2]
LINE_BREAK = r"\n"
TOMORROW_BUT_ONE = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('models: {"a:m": {input_usd_per_mtok: 010, output_usd_per_mtok: 2}}', "='010': write the number without"),
        ('models: {"a:m": {input_usd_per_mtok: 1, output_usd_per_mtok: 1:30}}', "='1:30': a rate is a number"),
        ('models: {"a:m": {input_usd_per_mtok: 0x10, output_usd_per_mtok: 2}}', "='0x10': a rate is a number"),
        ('models: {"a:m": {input_usd_per_mtok: 1_000, output_usd_per_mtok: 2}}', "='1_000': write the number without"),
        ('models: {"a:m": {from: 2026-02-30, input_usd_per_mtok: 1, output_usd_per_mtok: 2}}', "from='2026-02-30'"),
        (f"models: {{{MODEL.replace('a:m', 'a: m')}}}", 'write "a:m", without spaces'),
        (f"models: {{{MODEL}, {MODEL}}}", "'a:m' stands there twice"),
        ('models: {"a:m": {input_usd_per_mtok: 1, input_usd_per_mtok: 1}}', "'input_usd_per_mtok' stands there twice"),
        ('models: {"a:m": {input_usd_per_mtok: 0.000002, output_usd_per_mtok: 2}}', "looks like USD for one token"),
        ('models: {"a:m": {input_usd_per_mtok: 0.30000000000000004, output_usd_per_mtok: 2}}', "has 17 digits"),
        (f"models: {{{MODEL[:-1]}, checked: {TOMORROW_BUT_ONE}}}}}", "is in the future"),
        (f'{{fallback: none, aliases: {{"a:x": "b:y"}}, models: {{{MODEL}}}}}', "there is no price for it"),
        ('models: {"a:m": {input_usd_per_mtok: 1e-400, output_usd_per_mtok: 2}}', "='1e-400': a rate is a number"),
        ('models: {"a:m": {input_per_million: 1, input_usd_per_mtok: 3, output_per_million: 2}}', "are the same rate"),
        (f'models: {{{MODEL[:-1]}, service_tiers: {{" flex": {RATES}}}}}}}', "without spaces around it"),
        (f'models: {{{MODEL[:-1]}, service_tiers: {{"": {RATES}}}}}}}', "without spaces around it"),
        (f"models: {{{MODEL[:-1]}, service_tiers: {{on_demand_flex: {RATES}}}}}}}", "is billed as flex: write that"),
        (f"models: {{{MODEL.replace('a:m', 'a:m' + LINE_BREAK + 'x')}}}", "without line breaks"),
        (f"models: {{{MODEL[:-1]}, cache_write_5m_usd_per_mtok: 3}}}}", "write cache_write_usd_per_mtok"),
        (f"models: {{{MODEL[:-1]}, region_multiplier: {{EU: 1.1, eu: 1.2}}}}}}", "'eu' stands there twice"),
        (f"models: {{? [a, m] : {RATES}}}", "a list or a mapping is not a name"),
        ('models: {"a:m": {input_usd_per_mtok: !!int x, output_usd_per_mtok: 2}}', "is not what its tag says"),
        ('models: {"a:m": {free: !!bool maybe}}', "is not what its tag says"),
        ('models: {"a:m": {from: !!timestamp 2026-02-30}}', "is not what its tag says"),
        (f'models: {{"a:m": {{input_usd_per_mtok: {"9" * 5000}}}}}', "too many digits"),
        ("models: " + "[" * 3000, "nested too deeply"),
        (f"{{given: 5, models: {{{MODEL}}}}}", "given=5: write a mapping"),
        (f"{{defaults: [{'x' * 300}], models: {{{MODEL}}}}}", "there is no price list"),
    ],
)
def test_it_is_refused(tmp_path, text, said):
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(PricingError) as refused:
        load_pricing(tmp_path / "mine.yaml")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_a_run_recorded_is_read_as_it_was_billed():
    """A tier that inherits, and calls that were taken to share a machine."""
    tiers = [{"above": 5, "input_usd_per_mtok": 6}]
    models = {
        "a:m": {"input_usd_per_mtok": 1, "output_usd_per_mtok": 2, "tiers": tiers},
        "a:gpu": {"gpu_hour": {"usd_per_hour": 1, "concurrency": 4}},
    }
    for key, block in models.items():
        with pytest.raises(PricingError):
            load_pricing({"models": {key: block}})
    assert [*load_pricing({"models": models}, recorded=True)] == ["a:m", "a:gpu"]


def test_what_is_merged_into_a_block_is_overridden_there(tmp_path):
    text = f"models: {{{MODEL.replace(': {', ': &base {', 1)}, 'a:n': {{<<: *base, output_usd_per_mtok: 5}}}}"
    (tmp_path / "mine.yaml").write_text(text)
    rates = load_pricing(tmp_path / "mine.yaml")["a:n"]
    assert (rates.input_usd_per_mtok, rates.output_usd_per_mtok) == (1, 5)


def test_a_list_of_no_models_keeps_its_settings():
    assert load_pricing({"models": None, "fallback": "none"}).settings.fallback == "none"


def test_a_rate_that_is_small_and_true_is_declared():
    block = {"input_usd_per_mtok": 0.00005, "output_usd_per_mtok": 0, "force": True}
    assert "a:m" in load_pricing({"models": {"a:m": block}})
