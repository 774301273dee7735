"""Intervals: against scipy called directly, against figures of statsmodels, and against arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from gencost.analysis.intervals import (
    Estimate,
    blocks,
    bootstrapped,
    clustered_mean,
    itself,
    percentile,
    ratio,
)


def test_the_interval_of_a_median_of_ten_is_its_2nd_to_9th_value():
    # Binomial(10, 1/2): P(X <= 1) = 11 / 1024 = 1.07 % <= 2.5 %, P(X <= 2) = 56 / 1024 = 5.5 %.
    found = percentile(np.arange(1.0, 11.0), 50)
    assert found == Estimate(value=5.5, low=2.0, high=9.0)


@pytest.mark.parametrize(("q", "least"), [(95, 72), (99, 368)])
def test_an_upper_end_needs_a_sample_that_can_reach_it(q, least):
    # 0.95^72 = 2.49 % <= 2.5 % < 0.95^71, and likewise 0.99^368.
    assert percentile(np.arange(least, dtype=float), q).high == least - 1
    assert percentile(np.arange(least - 1, dtype=float), q).high is None


def test_nothing_is_estimated_from_nothing():
    assert percentile(np.array([]), 50) is None
    assert clustered_mean(np.array([]), np.array([], dtype=int)) is None


def test_the_clustered_interval_is_that_of_statsmodels():
    # statsmodels 0.15.0, 2026-11-26: OLS(values, ones).fit(cov_type="cluster", use_t=True, cov_kwds={"groups": prompts,
    # "df_correction": True}).conf_int(). For one regressor its CR1 is G / (G - 1) alone, as here.
    values = np.array([0.1, 0.4, 0.35, 0.8, 0.75, 0.2, 0.5, 0.55, 0.9, 0.65, 0.3, 0.25])
    found = clustered_mean(values, np.repeat(np.arange(6), 2))
    assert (found.low, found.high) == pytest.approx((0.27297414964111, 0.6853591836922236))


def test_repeats_do_not_narrow_the_interval_of_a_mean():
    values, prompts = np.array([0.0, 1, 1, 0, 1, 0]), np.arange(6)
    once = clustered_mean(values, prompts)
    thrice = clustered_mean(np.tile(values, 3), np.tile(prompts, 3))
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high))


def test_below_five_prompts_there_is_no_interval():
    assert clustered_mean(np.array([0.0, 1.0] * 4), np.arange(8) % 4).low is None
    assert bootstrapped((np.array([1.0, 2.0, 3.0, 4.0]),), itself, 0) == Estimate(value=2.5)


def test_a_bootstrap_interval_is_scipys_bca():
    values = np.random.default_rng(2).exponential(size=50)
    direct = stats.bootstrap((values,), np.mean, n_resamples=10_000, method="BCa", rng=np.random.default_rng(0))
    found = bootstrapped((values,), itself, 0)
    width = found.high - found.low
    assert found.value == values.mean()
    assert found.low == pytest.approx(direct.confidence_interval.low, abs=0.03 * width)
    assert found.high == pytest.approx(direct.confidence_interval.high, abs=0.03 * width)


def test_a_ratio_has_its_own_interval():
    b, a = np.array([2.0, 4, 6, 8, 10, 2]), np.array([1.0, 2, 3, 4, 5, 1])
    assert bootstrapped((b, a), ratio, 0).value == 2.0  # b = 2 a in every resample, so there is no width to find
    noise = np.random.default_rng(1).normal(0, 0.1, size=200)
    found = bootstrapped((2 + noise, np.ones(200)), ratio, 0)
    alone = bootstrapped((2 + noise,), itself, 0)
    assert (found.low, found.high) == pytest.approx((alone.low, alone.high))  # over a constant 1


def test_what_does_not_vary_has_an_interval_without_width():
    assert bootstrapped((np.full(8, 0.25),), itself, 0) == Estimate(value=0.25, low=0.25, high=0.25)


def test_random_groups_of_many_prompts_give_the_same_interval():
    values = np.random.default_rng(3).normal(size=20_000)
    found = bootstrapped((values,), itself, 0)
    half = 1.959964 * values.std(ddof=1) / np.sqrt(20_000)  # of that many, the mean is normal
    assert found.value == values.mean()
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.06)
    grouped = blocks((values, values), np.random.default_rng(0))
    assert [len(one) for one in grouped] == [1000, 1000]
    assert (grouped[0] == grouped[1]).all()


def test_the_bootstrap_is_seeded():
    values = np.random.default_rng(4).normal(size=30)
    assert bootstrapped((values,), itself, 7) == bootstrapped((values,), itself, 7)
    assert bootstrapped((values,), itself, 7) != bootstrapped((values,), itself, 8)


def test_a_figure_in_another_unit_or_sign_keeps_its_ends_in_order():
    assert Estimate(value=1.0, low=0.5, high=3.0).scaled(-2) == Estimate(value=-2.0, low=-6.0, high=-1.0)
