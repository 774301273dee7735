"""Pairs of cells: by prompt, tested with the test that fits, in either direction."""

from __future__ import annotations

import numpy as np
import pytest
from cells import cell
from scipy.special import stdtr

from gencost.decision.difference import difference, mcnemar, pair, permutation


def test_repeats_are_averaged_and_unmatched_prompts_dropped_and_counted():
    a = cell("a", [0.0, 1.0, 0.5, 0.9], prompts=["x", "x", "y", "only a"])
    b = cell("b", [1.0, 0.5, 0.3], prompts=["x", "y", "only b"])
    estimate = difference(a, b, "quality")
    assert (estimate.prompts, estimate.dropped) == (2, 2)
    assert (estimate.mean_a, estimate.mean_b) == (0.5, 0.75)  # (0.5 + 0.5) / 2 and (1 + 0.5) / 2
    assert estimate.delta.value == 0.25
    assert (estimate.delta.low, estimate.test, estimate.p_value) == (None, None, None)  # two prompts are too few


def test_cells_without_a_prompt_in_common_have_no_difference():
    assert difference(cell("a", [1.0], prompts=["x"]), cell("b", [1.0], prompts=["y"]), "quality") is None


def test_exact_mcnemar_is_that_of_statsmodels():
    # statsmodels 0.15.0, 2026-11-26: mcnemar([[97, 30], [59, 14]], exact=True).pvalue
    counts = (97, 30, 59, 14)
    a, b = np.repeat([1.0, 1.0, 0.0, 0.0], counts), np.repeat([1.0, 0.0, 1.0, 0.0], counts)
    assert mcnemar(a, b) == pytest.approx(0.002785268996304216)


def test_five_prompts_that_only_one_got_right_are_significant_at_six_percent():
    # 2 * (1/2)^5 = 0.0625
    assert mcnemar(np.zeros(9), np.array([1.0] * 5 + [0.0] * 4)) == 0.0625
    assert mcnemar(np.ones(9), np.ones(9)) == 1.0


def test_six_equal_differences_have_two_of_64_sign_patterns_as_extreme():
    assert permutation(np.full(6, 0.1), 0) == pytest.approx(2 / 64)
    assert permutation(np.zeros(6), 0) == 1.0


def test_differences_that_add_up_to_nothing_are_no_evidence_whatever_their_rounding():
    differences = np.array([-0.3, 0.0, -0.1, 0.3, 0.2, 0.1, -0.2])
    assert differences.cumsum()[-1] != 0  # in floats, added one after the other
    assert permutation(differences, 0) == 1.0  # every pattern is at least as extreme as 0


def test_the_permutation_test_agrees_with_the_t_test_on_normal_differences():
    differences = np.random.default_rng(5).normal(0.3, 1.0, size=60)
    t = differences.mean() / (differences.std(ddof=1) / np.sqrt(60))
    assert permutation(differences, 0) == pytest.approx(2 * stdtr(59, -abs(t)), abs=0.01)


def test_zero_one_scores_get_mcnemar_and_others_the_permutation_test():
    a, b = cell("a", [0.0] * 6), cell("b", [1.0] * 6)
    assert difference(a, b, "quality").test == "mcnemar"
    assert difference(a, b, "cost").test == "permutation"
    assert difference(cell("a", [0.1] * 6), b, "quality").test == "permutation"


def test_two_cells_that_never_differed_may_differ_by_what_was_not_seen():
    # Tango's interval without a discordant pair: 1.96^2 / (50 + 1.96^2) = 7.13 %
    estimate = difference(cell("a", [1.0] * 50), cell("b", [1.0] * 50), "quality")
    assert (estimate.delta.value, estimate.p_value) == (0.0, 1.0)
    assert (estimate.delta.low, estimate.delta.high) == pytest.approx((-0.0713, 0.0713), abs=1e-4)


def test_a_pair_reads_the_same_from_either_side():
    rng = np.random.default_rng(6)
    a = cell("a", rng.random(80), cost=rng.random(80), latency=rng.random(80) + 1)
    b = cell("b", rng.random(80), cost=rng.random(80), latency=rng.random(80) + 2)
    there, back = pair(a, b), pair(a, b).flipped()
    assert (back.first, back.second) == ("b", "a")
    assert back.quality.delta.value == -there.quality.delta.value
    assert back.quality.delta.low == -there.quality.delta.high
    assert back.cost.ratio.value == pytest.approx(1 / there.cost.ratio.value)
    assert back.cost.ratio.low == pytest.approx(1 / there.cost.ratio.high)
    assert back.p95_ratio == pytest.approx(1 / there.p95_ratio)


def test_a_free_cell_has_no_ratio_to_it():
    comparison = pair(cell("free", [1.0] * 6, cost=0.0), cell("b", [1.0] * 6, cost=2.0))
    assert comparison.cost.ratio is None
    assert comparison.cost.delta.value == 2.0
