from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gencost.errors import ConfigError
from gencost.runner.budget import Budget


def test_reservations_count_before_they_are_settled():
    budget = Budget(0.000003)  # 3,000,000 pico
    assert budget.reserve(2_000_000)
    assert not budget.reserve(2_000_000)  # 2 + 2 > 3


def test_what_a_call_did_not_use_is_free_again():
    budget = Budget(0.000003)
    budget.reserve(2_000_000)
    budget.settle(2_000_000, 500_000)
    assert budget.reserve(2_500_000)  # 0.5 + 2.5 = 3


def test_an_unknown_cost_counts_as_its_worst_case():
    budget = Budget(1)
    budget.reserve(7)
    budget.settle(7, None)
    assert budget.spent_pico_usd == 7


def test_after_the_first_refusal_every_call_is_refused():
    budget = Budget(0.000003)
    assert not budget.reserve(4_000_000)
    assert not budget.reserve(1)


def test_without_a_limit_nothing_is_refused():
    assert Budget(None).reserve(10**30)


@pytest.mark.parametrize("usd", [-1, float("nan"), float("inf")])
def test_an_impossible_budget_is_refused(usd):
    with pytest.raises(ConfigError, match="budget.usd"):
        Budget(usd)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.floats(0, 1)), max_size=200), st.integers(0, 10**7))
def test_spent_and_reserved_never_exceed_the_limit(calls, limit_pico):
    budget, in_flight = Budget(limit_pico / 1e12), []
    for worst, used in calls:
        if budget.reserve(worst):
            in_flight.append((worst, int(worst * used)))
        assert budget.spent_pico_usd + budget.reserved_pico_usd <= limit_pico
        if len(in_flight) > 5:
            budget.settle(*in_flight.pop(0))
