"""Agreement of a judge with people, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from gencost.analysis.recorded.judged import places
from gencost.analysis.statistics.agreement import (
    agreement,
    ceiling,
    constant,
    kappa,
    macro_f1,
    rank_correlation,
    share_equal,
)

# Cohen's own kind of table: both yes 20, both no 15, only the first yes 5, only the second yes 10; n = 50.
ONE = np.array([1] * 20 + [0] * 15 + [1] * 5 + [0] * 10)
OTHER = np.array([1] * 20 + [0] * 15 + [0] * 5 + [1] * 10)


def test_kappa_is_agreement_beyond_chance():
    assert share_equal(ONE, OTHER) == 0.7  # 35 / 50
    # expected: 0.5 * 0.6 + 0.5 * 0.4 = 0.5; (0.7 - 0.5) / 0.5
    assert kappa(ONE, OTHER) == pytest.approx(0.4)
    assert np.isnan(kappa(np.ones(3, int), np.ones(3, int)))


def test_macro_f1_is_the_mean_over_labels():
    # yes: 2 * 20 / (25 + 30); no: 2 * 15 / (25 + 20)
    assert macro_f1(ONE, OTHER) == pytest.approx((40 / 55 + 30 / 45) / 2)


def test_a_constant_judge_has_the_share_of_the_most_frequent_label_and_no_kappa():
    held = agreement(constant(OTHER), OTHER, [str(i) for i in range(50)])
    assert held.share.value == 0.6
    assert held.kappa.value == 0.0
    assert held.macro_f1.value == pytest.approx((60 / 80 + 0) / 2)  # yes: 2 * 30 / (50 + 30)


def test_repeats_of_one_prompt_are_one_cluster():
    alone = agreement(ONE, OTHER, [str(i) for i in range(50)])
    # the same 50 answers, ten times each: no more is known
    tenfold = agreement(np.tile(ONE, 10), np.tile(OTHER, 10), [str(i) for i in range(50)] * 10)
    assert tenfold.share.value == alone.share.value
    assert (tenfold.share.low, tenfold.share.high) == (alone.share.low, alone.share.high)
    assert alone.share.low < 0.7 < alone.share.high
    assert agreement(ONE[:4], OTHER[:4], list("abcd")).share.low is None


def test_prompts_that_all_agree_leave_doubt():
    labels = np.array([0, 1] * 10)
    held = agreement(labels, labels, [str(i) for i in range(20)])
    assert (held.share.low, held.share.high) == (pytest.approx(0.025 ** (1 / 20)), 1.0)  # 20 of 20
    assert held.kappa.high == 1.0
    assert held.kappa.low < 0.8
    few = agreement(labels[:19], labels[:19], [str(i) for i in range(19)])
    assert (few.kappa.low, few.macro_f1.low) == (None, None)


def test_intervals_of_kappa_and_macro_f1_hold_the_truth():
    rng, hits = np.random.default_rng(4), np.zeros(2)
    for _ in range(300):  # of 30 answers 20 % differ: kappa 0.6, F1 of either label 0.8
        truth = rng.integers(2, size=30)
        held = agreement(np.where(rng.random(30) < 0.8, truth, 1 - truth), truth, [str(i) for i in range(30)])
        hits += [f.low <= value <= f.high for f, value in ((held.kappa, 0.6), (held.macro_f1, 0.8))]
    assert hits.min() >= 276  # of 300: 95 % - 3 %


def test_the_ceiling_is_the_mean_over_pairs_of_people():
    nan = float("nan")
    people = [np.array([1, 1, 0, nan]), np.array([1, 0, 0, 1]), np.array([nan, nan, 0, 1])]
    # first and second 2 of 3, first and third 1 of 1, second and third 2 of 2
    assert ceiling(people) == pytest.approx((2 + 1 + 2) / (3 + 1 + 2))
    assert ceiling(people[:1]) is None


def test_ranks_are_correlated_and_ties_averaged():
    assert rank_correlation([1, 2, 3], [10, 20, 30]) == pytest.approx(1.0)
    assert rank_correlation([1, 2, 2, 4], [4, 3, 3, 1]) == pytest.approx(-1.0)
    assert rank_correlation([1, 1, 1], [1, 2, 3]) is None


def test_a_preference_for_a_place_is_seen():
    first = "as the first: 1, good; as the second: 0, bad"  # the first place won both times
    fair = "as the first: 1, good; as the second: 1, good"
    assert places([first, None, "other"]) == (1, 1, 1.0)
    assert places([fair]) == (1, 0, 0.5)
    assert places(["no places"]) is None
