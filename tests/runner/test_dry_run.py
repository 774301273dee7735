"""The estimate of a command without a call: its arithmetic, and what it rests on."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from gencost import CostTracker, load_pricing
from gencost.config.schema import LimitsConfig
from gencost.metrics_db.lengths import Lengths
from gencost.runner.dry_run import (
    DryRunEstimate,
    _arithmetic,
    _basis,
    _between,
    _cost,
    _text,
    _total,
    _usd,
    _within_limits,
)


@pytest.fixture(scope="module")
def sender():
    rates = {"input_usd_per_mtok": 1, "output_usd_per_mtok": 2}
    tracker = CostTracker(load_pricing({"models": {"p:m": rates}, "fallback": "none"}))
    return SimpleNamespace(cost_tracker=tracker, provider=SimpleNamespace(name="p"), model="m")


def test_ten_calls_cost_their_tokens_times_the_rates(sender):
    # 1,000 x 1 + 500 x 2 = 2,000 per million
    assert _usd(sender, 1000, 500, 10) == pytest.approx(0.002)
    assert (_usd(sender, 1000, None, 10), _usd(sender, 0, 0, 0)) == (None, 0.0)


def test_calls_of_an_asked_tier_are_expected_at_its_rates_and_at_worst_at_the_dearer_ones():
    flex = {"input_usd_per_mtok": 0.5, "output_usd_per_mtok": 1}
    rates = {"input_usd_per_mtok": 1, "output_usd_per_mtok": 2, "service_tiers": {"flex": flex}}
    tracker = CostTracker(load_pricing({"models": {"p:m": rates}, "fallback": "none"}))
    provider = SimpleNamespace(name="p")
    asking = SimpleNamespace(cost_tracker=tracker, provider=provider, model="m", params={"service_tier": "flex"})
    tokens = ((1000, 1000, 1000), (500, 500, 500))
    plan = SimpleNamespace(sender=asking)
    assert _cost(plan, tokens, None, 10) == pytest.approx((0.001, 0.001, 0.002))  # half; no room in flex: all of it


def test_the_arithmetic_shows_tokens_and_rates_and_says_where_they_do_not_come_to_the_cost(sender):
    head = "expected: (1,000 in x $1 + 500 out x $2) / 1,000,000"
    assert _arithmetic(sender, (1000, 500, None), 0.002) == f"{head} = $0.002000"
    assert _arithmetic(sender, (1000, 500, None), 0.003) == (
        f"{head} = $0.002000; with tiers, regions and fees $0.003000"
    )
    assert _arithmetic(sender, (1000, None, None), 0.001) == "expected: (1,000 in x $1) / 1,000,000 = $0.001000"
    assert _arithmetic(sender, (1000, 500, None), None) == ""


def test_a_total_of_something_unknown_is_unknown():
    assert (_total([1.0, 2.5]), _total([]), _total([1.0, None])) == (3.5, 0, None)
    assert (_text(1234.5, 2), _text(None, 2)) == ("1,234.50", "n/a")


def lengths(**changes) -> Lengths:
    facts = {"calls": 8, "tokens_in": 3.0, "low": 1.0, "mean": 2.0, "high": 3.0, "latency_ms": (1.0, 2.0, 3.0)}
    return Lengths(**{**facts, "left_out": 0, "same_prompts": True, "same_settings": True, **changes})


def test_what_the_length_rests_on_is_said():
    assert _basis(None, 200) == "max_tokens=200, no answer recorded yet"
    assert _basis(None, None) == "no answer recorded, no max_tokens"
    assert _basis(lengths(), 200) == "8 recorded answers of these settings"
    assert _basis(lengths(left_out=3), 200) == "8 recorded answers of these settings; 3 of other settings are left out"
    other = "8 recorded answers to other prompts, all of other settings"
    assert _basis(lengths(same_prompts=False, same_settings=False), 200) == other


def test_of_a_cell_that_a_gate_may_leave_out_only_the_ends_are_known():
    def made(calls: int) -> DryRunEstimate:
        three = (calls, 2 * calls, 3 * calls)
        return DryRunEstimate(
            cell="policy", calls=calls, tokens_in=three, tokens_out=three, usd=three, minutes=three, basis="history"
        )

    first, later = _between("small", made(4), made(4)), _between("large", made(1), made(4))
    assert (first.cell, first.usd, first.basis) == ("small in policy", (4, 8, 12), "history")
    assert (later.usd, later.basis) == ((1, None, 12), "history; 1 call is certain")


@pytest.mark.parametrize(
    ("limits", "minutes", "within"),
    [
        ({"requests_per_min": 10.0}, (1.0, 2.0, 5.0), (2.9, 2.9, 5.0)),  # 30 calls, the first at once: 29 / 10
        ({"tokens_per_min": 100.0}, (None, None, None), (29.0, None, None)),  # (600 + 30 x 80) x 29 / 30 / 100
        ({"requests_per_min": 100.0, "tokens_per_min": 100.0}, (1.0, 2.0, 40.0), (29.0, 29.0, 40.0)),
        ({}, (1.0, 2.0, 5.0), (1.0, 2.0, 5.0)),
    ],
)
def test_no_call_comes_before_the_limits_of_its_account_let_it(limits, minutes, within):
    cell = SimpleNamespace(config=SimpleNamespace(limits=LimitsConfig(**limits)))
    plan = SimpleNamespace(cell=cell, sender=SimpleNamespace(params={"max_tokens": 80}))
    assert _within_limits(plan, minutes, 600, 30) == pytest.approx(within)
