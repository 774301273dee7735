"""Intervals: against arithmetic, against published figures, and that repeats count for what they are worth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri, stdtrit

from gencost.analysis.statistics.clusters import clopper_pearson, effective_n, even_clusters
from gencost.analysis.statistics.intervals import Estimate, mean_per_call, mean_score, percentile
from gencost.analysis.statistics.studentised import difference_limits, mean_limits, ratio_limits

ONCE = np.ones(60)


def test_the_interval_of_a_median_of_ten_is_its_2nd_to_9th_value():
    # Binomial(10, 1/2): P(X <= 1) = 11 / 1024 = 1.07 % <= 2.5 %, P(X <= 2) = 56 / 1024 = 5.5 %.
    assert percentile(np.arange(1.0, 11.0), 50) == Estimate(value=5.5, low=2.0, high=9.0)


@pytest.mark.parametrize(("q", "least"), [(95, 72), (99, 368)])
def test_a_percentile_has_an_interval_where_the_sample_reaches_beyond_it_or_a_reason_why_not(q, least):
    # 0.95^72 = 2.49 % <= 2.5 % < 0.95^71, and likewise 0.99^368.
    assert percentile(np.arange(least, dtype=float), q).high == least - 1
    too_few = percentile(np.arange(least - 1, dtype=float), q)
    assert (too_few.low, too_few.high) == (None, None)
    assert too_few.reason == f"p{q} needs {least} independent calls; these are worth {least - 1}"


def test_the_ranks_of_scipy_are_ours_where_nothing_was_repeated():
    from scipy import stats

    values = np.random.default_rng(0).lognormal(size=200)
    theirs = stats.quantile_test(values, q=0, p=0.95).confidence_interval(0.95)
    ours = percentile(values, 95)
    assert ours.low <= theirs.low <= ours.value <= theirs.high <= ours.high


def test_repeats_that_agree_widen_the_interval_of_a_percentile():
    values = np.random.default_rng(1).lognormal(size=100)
    alike, prompts = np.repeat(values, 5), np.repeat(np.arange(100), 5)
    once, repeated, naive = percentile(values, 50), percentile(alike, 50, prompts), percentile(alike, 50)
    assert (repeated.low, repeated.high) == pytest.approx((once.low, once.high), rel=0.1)  # 500 calls worth 100
    assert naive.high - naive.low < 0.7 * (repeated.high - repeated.low)  # as if each were of its own


def test_a_prompt_that_was_asked_a_hundred_times_is_one_prompt():
    rng, prompts = np.random.default_rng(8), np.repeat(np.arange(100), [100] + [1] * 99)
    assert even_clusters(np.array([100.0] + [1.0] * 99)) == pytest.approx(199**2 / (100**2 + 99))
    assert mean_per_call(np.arange(1.0, 200.0), prompts).reason == "a few prompts are most of what was asked"
    held = np.zeros(2)
    for _ in range(200):  # repeats that are half alike; the true median is 0, and half of all are right
        times = np.sqrt(0.5) * rng.normal(size=100)[prompts] + np.sqrt(0.5) * rng.normal(size=199)
        median, mean = percentile(times, 50, prompts), mean_score((times < 0).astype(float), prompts)
        held += median.low is None or median.low <= 0 <= median.high, mean.low <= 0.5 <= mean.high
    assert held.min() >= 186  # of 200; as if other prompts told how uncertain that one is: 138 and 164


def test_nothing_is_estimated_from_nothing():
    nothing = np.array([], dtype=int)
    assert percentile(np.array([]), 50) is None
    assert mean_score(np.array([]), nothing) is None
    assert mean_per_call(np.array([]), nothing) is None


def test_independent_repeats_are_worth_all_calls_and_equal_ones_no_more_than_their_prompts():
    rng, prompts = np.random.default_rng(2), np.repeat(np.arange(200), 5)
    hits = (rng.random(200) < 0.5).astype(float)
    assert effective_n(np.repeat(hits, 5), prompts) == pytest.approx(200, rel=0.03)
    assert effective_n((rng.random(1000) < 0.5).astype(float), prompts) > 850
    assert effective_n(hits, np.arange(200)) == 200
    assert effective_n(np.ones(1000), prompts) == 200  # all right: nothing tells how alike repeats are


def test_five_of_five_right_answers_leave_room_for_half():
    from scipy import stats

    # Clopper and Pearson for 5 of 5: 0.025^(1/5) = 0.478 to 1.
    five = mean_score(np.ones(5), np.arange(5))
    assert (five.value, five.low, five.high) == (1.0, pytest.approx(0.478, abs=1e-3), 1.0)
    assert clopper_pearson(0.25, 16) == pytest.approx(tuple(stats.binomtest(4, 16).proportion_ci()))


def test_the_clustered_interval_of_graded_scores_is_that_of_statsmodels():
    # statsmodels 0.15.0, 2026-11-26: OLS(values, ones).fit(cov_type="cluster", use_t=True, cov_kwds={"groups": prompts,
    # "df_correction": True}).conf_int(). For one regressor its CR1 is G / (G - 1) alone, as here.
    rng = np.random.default_rng(3)
    values, prompts = rng.uniform(0.2, 0.8, size=400), np.repeat(np.arange(200), 2)
    sums = np.bincount(prompts, weights=values - values.mean())
    half = stdtrit(199, 0.975) * np.sqrt(200 / 199 * (sums @ sums)) / 400
    by_prompt = mean_score(values, prompts)
    assert (by_prompt.low, by_prompt.high) == pytest.approx((values.mean() - half, values.mean() + half))


def test_equal_scores_have_the_bound_of_what_was_not_seen_and_ends_within_the_range():
    # 0.75 of 5: a share 1 - 0.025^(1/5) = 0.522 of prompts may be 0, or 1: 0.75 (1 - 0.522) to 0.75 + 0.25 x 0.522.
    five = mean_score(np.full(5, 0.75), np.arange(5))
    assert (five.low, five.high) == pytest.approx((0.3586, 0.8805), abs=1e-3)
    near_one = mean_score(np.array([1.0, 1, 1, 0.9, 1, 1]), np.arange(6))
    assert near_one.high <= 1.0


@pytest.mark.parametrize("span", [(0.0, 1.0), (-1.0, 1.0)])
def test_prompts_of_more_calls_than_others_have_an_interval_however_many_there_are(span):
    """2,500 prompts, 9 of 10 of which have two scores: a prompt of two full ones has 2 / 1.9 > 1 parts of the mean."""
    prompts = np.arange(5_000) // 2
    kept = np.arange(5_000) % 20 != 0
    values = np.where(np.arange(5_000) % 8 < 5, span[1], span[0] / 2)
    values[:100] = 0.25
    score = mean_score(values[kept], prompts[kept], span)
    assert score.low < score.value < score.high < score.low + 0.1


def test_below_five_prompts_a_score_has_no_interval_and_below_fifty_a_cost_has_none():
    assert mean_score(np.array([0.0, 1.0] * 4), np.arange(8) % 4).reason == "fewer than 5 prompts"
    assert mean_per_call(np.ones(49), np.arange(49)).reason == "fewer than 50 prompts"


def test_a_mean_that_is_one_call_has_no_interval():
    others = np.random.default_rng(0).uniform(0.5, 1.5, size=59)
    assert mean_limits(np.append(others, 1.01 * others.sum()), ONCE).reason == "one prompt is more than 50% of the sum"
    assert mean_limits(np.append(others, 0.99 * others.sum()), ONCE).low is not None


def test_the_bootstrap_t_of_normal_values_is_students_interval_a_little_wider():
    values = np.random.default_rng(4).normal(10.0, 1.0, size=400)
    half = stdtrit(399, 0.985) * values.std(ddof=1) / 20  # nominal 97 %
    estimate = mean_per_call(values, np.arange(400))
    assert (estimate.low, estimate.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.15 * half)


def test_a_skewed_mean_has_more_room_above_than_below():
    estimate = mean_per_call(np.random.default_rng(5).lognormal(0, 1, size=80), np.arange(80))
    assert estimate.high - estimate.value > 1.2 * (estimate.value - estimate.low)


def test_what_does_not_vary_has_an_interval_without_width():
    same = mean_per_call(np.full(60, 3e-6), np.arange(60))
    assert (same.low, same.high) == pytest.approx((3e-6, 3e-6))
    twice = ratio_limits(np.stack([ONCE * 1e-6, ONCE], 1), np.stack([ONCE * 2e-6, ONCE], 1))
    assert (twice.low, twice.high) == pytest.approx((2.0, 2.0))


def test_paired_ratios_and_differences_cancel_what_the_two_have_in_common():
    rng = np.random.default_rng(6)
    shared = rng.lognormal(0, 1, size=200)
    a, b = np.stack([shared, np.ones(200)], 1), np.stack([2 * shared * rng.uniform(0.9, 1.1, 200), np.ones(200)], 1)
    limits = ratio_limits(a, b)
    assert 1.9 < limits.low < 2.0 < limits.high < 2.1
    apart = difference_limits(a, b)
    assert apart.low < float((b[:, 0] - a[:, 0]).mean()) < apart.high


def test_random_groups_of_many_prompts_give_the_same_interval():
    values = np.random.default_rng(3).normal(size=20_000)
    half = ndtri(0.985) * values.std(ddof=1) / np.sqrt(20_000)  # of that many, the mean is normal
    estimate = mean_per_call(values, np.arange(20_000))
    assert estimate.value == values.mean()
    assert (estimate.high - estimate.low) / 2 == pytest.approx(half, rel=0.08)


def test_the_bootstrap_is_seeded():
    values = np.random.default_rng(4).normal(size=60)
    assert mean_limits(values, ONCE, 7) == mean_limits(values, ONCE, 7)
    assert mean_limits(values, ONCE, 7) != mean_limits(values, ONCE, 8)


def test_a_figure_in_another_unit_or_sign_keeps_its_ends_in_order():
    assert Estimate(value=1.0, low=0.5, high=3.0).scaled(-2) == Estimate(value=-2.0, low=-6.0, high=-1.0)


def test_a_ratio_whose_end_is_out_of_all_bounds_has_no_interval():
    """49 prompts alike and one dear one: resamples without it do not vary at all, so that the end was e^4,000."""
    alike, dear = np.ones((50, 2)), np.ones((50, 2))
    dear[0, 0] = 30.0  # 30 of 79: less than half of the sum
    assert ratio_limits(alike, dear).reason == "one prompt is nearly all that varies"


def test_the_mean_of_graded_scores_with_rare_large_losses_is_seldom_below_its_interval():
    """A tenth of 60 answers gets 0, the others 0.8: Student's t alone ended above the mean of 0.72 in 6 % of sets."""
    rng = np.random.default_rng(4)
    scores = [np.where(rng.random(60) < 0.1, 0.0, 0.8) for _ in range(400)]
    lows = [mean_score(each, np.arange(60)).low for each in scores]
    assert np.mean(np.array(lows) > 0.72) <= 0.035


def test_an_end_lies_where_the_score_test_turns_whichever_side_the_rare_scores_are_on():
    low = np.r_[np.full(4, 0.0), np.full(96, 0.8)]
    ends, turned = (mean_score(each, np.arange(100)) for each in (low, 1 - low))
    assert (turned.low, turned.high) == pytest.approx((1 - ends.high, 1 - ends.low), abs=1e-6)
    # 4 of 100 lost: Wilson's limit of the share is 0.0984, and 0.8 (1 - 0.0984) = 0.721; Student's t says 0.737
    assert ends.low == pytest.approx(0.721, abs=2e-3)
