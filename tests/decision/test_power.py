"""How many prompts a difference needs: against the textbook formula."""

from __future__ import annotations

import numpy as np
import pytest
from cells import cell

from gencost.decision.power import Power, power, prompts_needed, t_test_power
from gencost.errors import ConfigError


def test_the_paired_n_is_that_of_the_normal_formula_and_a_little_more():
    rng = np.random.default_rng(0)
    base = rng.normal(size=400)
    effort = power(cell("a", base), cell("b", base + rng.normal(0, 0.2, size=400)), delta=0.02)
    # (1.95996 + 0.84162)^2 * (sd / delta)^2, and Student's t adds about two.
    normal = (1.959964 + 0.841621) ** 2 * (effort.sd_difference / 0.02) ** 2
    assert normal < effort.paired < normal + 4
    assert effort.correlation > 0.95
    assert effort.unpaired > 20 * effort.paired  # the prompts' own spread, 1 instead of 0.2, counts twice


@pytest.mark.parametrize(("paired", "enough"), [(2, 30), (364, 364), (None, None)])
def test_fewer_prompts_than_a_verdict_takes_are_not_enough(paired, enough):
    effort = Power(first="a", second="b", prompts=5, sd_difference=0.01, correlation=None, paired=paired, unpaired=9)
    assert effort.enough == enough


def test_too_few_prompts_or_no_difference_say_nothing():
    assert power(cell("a", [0.1] * 4), cell("b", [0.2] * 4), delta=0.1) is None
    assert power(cell("a", [0.1] * 9), cell("b", [0.2] * 9), delta=0.1) is None


def test_a_difference_that_does_not_vary_but_for_rounding_says_nothing():
    base = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
    assert power(cell("a", base), cell("b", base + 0.1), delta=0.1) is None


@pytest.mark.parametrize(
    ("effect", "paired", "unpaired"), [(0.2, 199, 394), (0.5, 34, 64), (0.8, 15, 26), (1.2, 8, 12), (2.0, 5, 6)]
)
def test_the_numbers_are_those_of_statsmodels(effect, paired, unpaired):
    # statsmodels 0.15.0, 2026-11-26: TTestPower and TTestIndPower, alpha=0.05, power=0.8, rounded up; Cohen's table
    # 2.4.1 has 393, 64 and 26 of each group for 0.2, 0.5 and 0.8.
    assert prompts_needed(effect, 0.8, paired=True) == paired
    assert prompts_needed(effect, 0.8, paired=False) == unpaired


def test_the_power_of_a_test_is_that_of_statsmodels():
    # statsmodels 0.15.0, 2026-11-26: TTestPower().power(0.5, 20, 0.05), TTestIndPower().power(0.5, 20, 0.05)
    assert t_test_power(0.5, 20, paired=True) == pytest.approx(0.5645044184390203)
    assert t_test_power(0.5, 20, paired=False) == pytest.approx(0.3379390289250411)


def test_two_values_see_a_large_effect_as_often_as_simulated_samples_do():
    # With one degree of freedom t is 12.7: an effect of 10 is seen by 73 % of pairs, so 80 % need a third value.
    pairs = np.random.default_rng(0).normal(10, 1, size=(100_000, 2))
    seen = np.abs(pairs.mean(axis=1) / (pairs.std(axis=1, ddof=1) / np.sqrt(2))) > 12.7062
    assert t_test_power(10.0, 2, paired=True) == pytest.approx(seen.mean(), abs=0.005)
    assert [prompts_needed(effect, 0.8, paired=True) for effect in (10.0, 15.0, 1e3, 1e9, 1e300)] == [3, 2, 2, 2, 2]


@pytest.mark.parametrize("paired", [True, False])
def test_a_larger_effect_never_needs_more_and_every_answer_is_the_smallest(paired):
    last = None
    for effect in 10 ** np.linspace(-3, 4, 60):
        n = prompts_needed(effect, 0.8, paired=paired)
        assert last is None or n <= last
        assert t_test_power(effect, n, paired=paired) >= 0.8
        assert n == 2 or t_test_power(effect, n - 1, paired=paired) < 0.8
        last = n


def test_more_than_a_hundred_million_prompts_are_no_number():
    assert prompts_needed(2.9e-4, 0.8, paired=True) == pytest.approx((2.801585 / 2.9e-4) ** 2, rel=1e-5)
    assert [prompts_needed(effect, 0.8, paired=True) for effect in (2.8e-4, 1e-12, 1e-300)] == [None] * 3


@pytest.mark.parametrize(("delta", "level"), [(0.0, 0.8), (-1.0, 0.8), (np.inf, 0.8), (np.nan, 0.8), (0.1, 1.0)])
def test_an_impossible_question_is_refused(delta, level):
    with pytest.raises(ConfigError, match="power"):
        power(cell("a", [0.1] * 9), cell("b", [0.2] * 9), delta=delta, level=level)
