from __future__ import annotations

from datetime import UTC, datetime

import pytest
from rows import record, run_row, store

from gencost.analysis.bills.reprice import per_cell, reprice, scale, what_if
from gencost.cost_tracker import CostTracker
from gencost.metrics_db import insert_runs
from gencost.pricing import load_pricing
from gencost.pricing.check import compare

RATES = {
    "p:m": [
        {"from": "2020-01-01", "input_usd_per_mtok": 1, "output_usd_per_mtok": 10},
        {"from": "2025-06-01", "input_usd_per_mtok": 2, "output_usd_per_mtok": 20},
    ],
    "p:other": [{"input_usd_per_mtok": 3, "output_usd_per_mtok": 30}],
}
OLD = 2 * 1_000_000 + 3 * 10_000_000  # the records' 2 tokens in and 3 out, pico-USD


@pytest.fixture
def tracker() -> CostTracker:
    return CostTracker(load_pricing({"models": RATES, "fallback": "none"}))


@pytest.fixture
def two(engine):
    insert_runs(engine, [run_row("a", "x")])
    store(engine, record("a", "q1", pico=OLD), record("a", "q2", pico=OLD))
    return engine


def test_recorded_tokens_cost_what_the_other_rates_say_and_the_bill_stays(two, tracker):
    repriced = reprice(two, ["a"], tracker, None)  # the records are of 2026
    assert repriced["repriced_pico_usd"].tolist() == [2 * OLD] * 2
    (cell,) = per_cell(repriced)
    assert (cell.billed_pico_usd, cell.repriced_pico_usd) == (2 * OLD, 4 * OLD)
    assert reprice(two, ["a"], tracker, None)["cost_pico_usd"].tolist() == [OLD] * 2


def test_another_day_has_the_rates_of_that_day(two, tracker):
    repriced = reprice(two, ["a"], tracker, datetime(2024, 1, 1, tzinfo=UTC))
    assert repriced["repriced_pico_usd"].tolist() == [OLD] * 2
    before = reprice(two, ["a"], tracker, datetime(2019, 1, 1, tzinfo=UTC))
    assert before["repriced_pico_usd"].isna().all()
    assert "begin after 2019-01-01" in before["reason"][0]
    assert per_cell(before)[0].repriced_pico_usd is None


def test_another_model_has_its_rates_and_its_length_where_it_answered_the_same_prompts(two, tracker):
    insert_runs(two, [run_row("b", "y")])
    longer = record("b", "q1")
    longer = _as_model(longer, "other", tokens_out=6)
    store(two, longer)
    assert scale(two, ("p", "m"), ("p", "other")).ratio == 6 / 3
    estimate = what_if(two, ["a"], ("p", "other"), tracker)
    assert estimate["repriced_pico_usd"].tolist() == [2 * 3_000_000 + 3 * 30_000_000] * 2
    assert estimate["scaled_pico_usd"].tolist() == [2 * 3_000_000 + 6 * 30_000_000] * 2


def _as_model(made, model, tokens_out):
    from dataclasses import replace

    from gencost.types import Usage

    usage = Usage(tokens_in=2, tokens_out=tokens_out)
    return replace(made, request=replace(made.request, model=model), response=replace(made.response, usage=usage))


def test_a_machine_of_ones_own_has_no_estimate_since_nobody_knows_how_long_it_would_take(two):
    own = {"local:m": [{"gpu_hour": {"usd_per_hour": 2}}]}
    estimate = what_if(two, ["a"], ("local", "m"), CostTracker(load_pricing({"models": own, "fallback": "none"})))
    assert estimate["repriced_pico_usd"].isna().all()
    assert "local:m is priced by gpu_hour" in estimate["reason"][0]


def test_without_common_prompts_nothing_is_scaled(two, tracker):
    assert scale(two, ("p", "m"), ("p", "other")).ratio is None
    assert what_if(two, ["a"], ("p", "other"), tracker)["scaled_pico_usd"].isna().all()


def test_the_registry_is_compared_with_genai_prices():
    rates = {"input_usd_per_mtok": 2.5, "output_usd_per_mtok": 9, "cached_usd_per_mtok": 1.25}
    rates |= {"web_search_usd": 0.01, "file_search_usd": 0.0025}
    models = {
        "openai:gpt-4o": [{**rates, "checked": "2026-01-01"}],
        "openai:no-such-model": [{**rates, "checked": "2026-01-01"}],
        "mock:small-latest": [{**rates}],
    }
    comparison = compare(load_pricing({"models": models}), datetime(2026, 3, 1, tzinfo=UTC))
    assert [(remark.key, remark.kind) for remark in comparison] == [
        ("openai:gpt-4o", "differs"),
        ("openai:no-such-model", "missing"),
        ("mock:small-latest", "stale"),  # nobody checked it
    ]
    assert comparison[0].what == "output_usd_per_mtok: registry 9, genai-prices==0.2.3 10"
    late = compare(load_pricing({"models": models}), datetime(2026, 4, 2, tzinfo=UTC))  # 91 days after 2026-01-01
    assert [remark.kind for remark in late].count("stale") == 3


def test_long_requests_and_service_tiers_are_compared_too():
    rates = {"input_usd_per_mtok": 1.25, "output_usd_per_mtok": 10, "cached_usd_per_mtok": 0.125}
    fees = {"web_search_usd": 0.01, "file_search_usd": 0.0025}
    flex = {"flex": {"input_usd_per_mtok": 1, "output_usd_per_mtok": 5, "cached_usd_per_mtok": 0.0625}}
    models = {
        "openai:gpt-5": [{**rates, **fees, "service_tiers": flex, "checked": "2026-11-01"}],
        "google:gemini-2.5-pro": [{**rates, "checked": "2026-11-01"}],
    }
    comparison = compare(load_pricing({"models": models}), datetime(2026, 11, 1, tzinfo=UTC))
    assert [it.what.split(":")[0] for it in comparison if it.key == "openai:gpt-5"] == [
        "service_tiers.flex.input_usd_per_mtok"  # 1 here, 0.625 there
    ]
    assert any(
        "above 200000 tokens: registry none" in it.what for it in comparison if it.key == "google:gemini-2.5-pro"
    )


def test_calls_that_had_no_cost_are_priced_too(engine, tracker):
    """That is when one reprices: 2 calls without a bill and one with, each OLD at the first rates, twice that now."""
    insert_runs(engine, [run_row("a", "x")])
    store(engine, record("a", "q1", pico=None), record("a", "q2", pico=None), record("a", "q3", pico=OLD))
    (cell,) = per_cell(reprice(engine, ["a"], tracker, None))
    assert (cell.calls, cell.repriced, cell.compared) == (3, 3, 1)
    assert (cell.repriced_pico_usd, cell.compared_pico_usd, cell.billed_pico_usd) == (6 * OLD, 2 * OLD, OLD)


def test_another_day_keeps_each_calls_own_time_of_day(engine):
    """The window is half price from 00:00 to 01:00; the records are of midnight."""
    window = {"from": "00:00", "to": "01:00", "input_usd_per_mtok": 0.5, "output_usd_per_mtok": 5}
    rates = {"p:m": [{"input_usd_per_mtok": 1, "output_usd_per_mtok": 10, "windows": [window]}]}
    insert_runs(engine, [run_row("a", "x")])
    store(engine, record("a", "q1", pico=OLD))
    cheap = CostTracker(load_pricing({"models": rates, "fallback": "none"}))
    repriced = reprice(engine, ["a"], cheap, datetime(2026, 5, 5, 12, tzinfo=UTC))
    assert repriced["repriced_pico_usd"].tolist() == [OLD // 2]
