from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gencost.errors import ConfigError
from gencost.sending.budget import Budget


def reserve(budget: Budget, worst: int) -> bool:
    return asyncio.run(budget.reserve(worst))


def test_a_call_that_could_exceed_the_limit_is_refused():
    budget = Budget(0.000003)  # 3,000,000 pico
    budget.settle(0, 2_000_000)
    assert not reserve(budget, 2_000_000)  # 2 + 2 > 3


def test_what_a_call_did_not_use_is_free_again():
    budget = Budget(0.000003)
    assert reserve(budget, 2_000_000)
    budget.settle(2_000_000, 500_000)
    assert reserve(budget, 2_500_000)  # 0.5 + 2.5 = 3


def test_a_call_waits_for_money_that_calls_in_flight_may_give_back():
    async def main() -> tuple[bool, bool]:
        budget = Budget(0.000003)
        await budget.reserve(3_000_000)
        second = asyncio.create_task(budget.reserve(1_000_000))
        await asyncio.sleep(0)
        waited = not second.done()
        budget.settle(3_000_000, 10)  # it cost far less than its worst case
        return waited, await second

    assert asyncio.run(main()) == (True, True)


def test_after_the_first_refusal_every_call_is_refused():
    budget = Budget(0.000003)
    assert not reserve(budget, 4_000_000)
    assert not reserve(budget, 1)


def test_one_more_try_never_waits():
    budget = Budget(0.000003)
    reserve(budget, 2_000_000)
    assert not asyncio.run(budget.reserve_again(2_000_000))
    assert asyncio.run(budget.reserve_again(1_000_000))


def test_what_is_held_for_judging_an_answer_is_not_free_until_it_is_let_go():
    async def main() -> tuple[bool, bool, bool]:
        budget = Budget(0.000003)
        first = await budget.reserve(1_000_000, held_pico_usd=1_500_000)  # 2.5 of 3
        second = asyncio.create_task(budget.reserve(1_000_000))
        await asyncio.sleep(0)
        waited = not second.done()
        budget.settle(1_000_000, 500_000)  # 0.5 + 1.5 + 1 = 3
        return first, waited, await second

    assert asyncio.run(main()) == (True, True, True)


def test_a_call_whose_answer_could_not_be_judged_is_refused_and_holds_nothing():
    budget = Budget(0.000003)
    assert not asyncio.run(budget.reserve(1_000_000, held_pico_usd=2_000_001))
    assert (budget.reserved_pico_usd, budget.held_pico_usd) == (0, 0)
    budget = Budget(0.000003)
    assert asyncio.run(budget.reserve(1_000_000, held_pico_usd=2_000_000))
    assert (budget.reserved_pico_usd, budget.held_pico_usd) == (1_000_000, 2_000_000)
    budget.let_go(2_000_000)
    assert budget.held_pico_usd == 0
    assert reserve(budget, 2_000_000)


def test_judges_may_spend_what_was_held_though_calls_were_refused():
    budget = Budget(0.000003)
    assert asyncio.run(budget.reserve(1_000_000, held_pico_usd=2_000_000))
    budget.settle(1_000_000, 1_000_000)
    assert not reserve(budget, 1)
    with budget.judging():
        assert reserve(budget, 2_000_000)
    assert not reserve(budget, 0)


def test_without_a_limit_nothing_is_refused():
    assert reserve(Budget(None), 10**30)


@pytest.mark.parametrize("usd", [-1, float("nan"), float("inf")])
def test_an_impossible_budget_is_refused(usd):
    with pytest.raises(ConfigError, match="budget.usd"):
        Budget(usd)


@given(st.integers(0, 10**7), st.integers(1, 10**6), st.integers(0, 10**6))
def test_spent_and_reserved_never_exceed_the_limit(limit_pico, worst, seed):
    budget, draw, seen = Budget(limit_pico / 1e12), random.Random(seed), []

    async def call() -> None:
        if await budget.reserve(worst):
            seen.append(budget.spent_pico_usd + budget.reserved_pico_usd)
            await asyncio.sleep(0)
            budget.settle(worst, draw.randint(0, worst))

    async def main() -> None:
        await asyncio.gather(*(call() for _ in range(50)))

    asyncio.run(main())
    assert max(seen, default=0) <= limit_pico
    assert budget.reserved_pico_usd == 0
