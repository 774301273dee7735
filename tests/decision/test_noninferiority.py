"""Tests of "not worse by the margin": Tango's figures, exact error rates, repeats, graded scores."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammaln, ndtri, xlogy

from gencost.analysis.statistics.tilted import above_tilted, tilted_end
from gencost.decision.claims import Claims
from gencost.decision.least_prompts import cannot_show, least_prompts, level
from gencost.decision.noninferiority import (
    Paired,
    above,
    lower_ends,
    needed,
    paired,
    probability,
    tango_z,
)

Z = float(ndtri(0.975))


def two(only_first: int, only_second: int, n: int) -> Paired:
    """n prompts, of which so many only one of two cells has right."""
    rows = [[1.0, 0.0]] * only_first + [[0.0, 1.0]] * only_second + [[1.0, 1.0]] * (n - only_first - only_second)
    return paired(np.array(rows), binary=True)


def passing(n: int, margin: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every count of wins and losses, and whether the first passes with it."""
    wins, losses = np.meshgrid(np.arange(n + 1.0), np.arange(n + 1.0), indexing="ij")
    possible = wins + losses <= n
    every = np.full(wins.shape, float(n))
    pairs = Paired(n=every, wins=wins, losses=losses, squares=wins + losses, n_eff=every, binary=True)
    return wins[possible], losses[possible], above(pairs, -margin, 0.025)[possible]


@pytest.mark.parametrize("n", [30, 34, 50, 200])
@pytest.mark.parametrize("margin", [0.01, 0.02, 0.05, 0.1])
def test_a_cell_that_is_worse_by_the_margin_passes_in_at_most_three_percent_at_any_discordance(n, margin):
    wins, losses, passes = passing(n, margin)
    wins, losses = wins[passes], losses[passes]
    ways = gammaln(n + 1) - gammaln(wins + 1) - gammaln(losses + 1) - gammaln(n - wins - losses + 1)
    for discordance in np.linspace(margin, 1.0, 60):
        loses, gains = (discordance + margin) / 2, (discordance - margin) / 2
        logs = xlogy(wins, gains) + xlogy(losses, loses) + xlogy(n - wins - losses, 1 - discordance)
        assert np.exp(ways + logs).sum() <= 0.03


def test_two_that_never_differ_need_189_prompts_at_two_points_73_at_five_35_at_ten():
    # z = sqrt(n m / (1 - m)) > 1.96
    assert [least_prompts(margin) for margin in (0.02, 0.05, 0.1)] == [189, 73, 35]
    assert not above(two(0, 0, 188), -0.02, 0.025)[0, 1]
    assert above(two(0, 0, 189), -0.02, 0.025)[0, 1]
    assert least_prompts(0.0) is None


@pytest.mark.parametrize(
    ("prompts", "cells", "margin", "line"),
    [
        (
            50,
            2,
            0.02,
            "50 prompts cannot show that a cheaper model loses at most 2 points (decision.margin), unless it is "
            "better: 2 points take about 189, 5 points about 73",
        ),
        # 2.5 % / 2 for three cells: z = 2.2414, z^2 * 0.95 / 0.05 = 95.45
        (
            5,
            3,
            0.05,
            "5 prompts cannot show that a cheaper model loses at most 5 points (decision.margin), unless it is better: "
            "5 points take about 96, 10 points about 46; below 30 there is no verdict",
        ),
        (72, 2, 0.25, None),
        (188, 2, 0.02, "188 prompts cannot show that a cheaper model loses at most 2 points"),
        (189, 2, 0.02, None),
        (5, 1, 0.02, None),
        (5, 2, 0.0, None),
    ],
)
def test_what_so_few_prompts_cannot_show_is_known_before_the_first_call(prompts, cells, margin, line):
    said = cannot_show(prompts, cells, margin)
    assert said is line or said.startswith(line)


def test_the_end_is_where_the_test_turns():
    pairs = two(12, 2, 44)  # Tango's example of 44 patients
    end = float(lower_ends(pairs, 0.025)[0, 1])
    assert end == pytest.approx(0.0692, abs=1e-3)
    assert above(pairs, end - 1e-6, 0.025)[0, 1]
    assert not above(pairs, end + 1e-6, 0.025)[0, 1]
    assert -lower_ends(pairs, 0.025)[1, 0] == pytest.approx(0.386, abs=1e-3)


def test_at_a_margin_of_zero_the_statistic_is_mcnemars():
    assert tango_z(np.array(30), np.array(14), np.array(200), 0.0) == pytest.approx(16 / np.sqrt(44))
    assert not above(two(0, 0, 200), 0.0, 0.025)[0, 1]


def test_the_level_is_shared_by_all_cells_that_may_be_worse_than_the_best():
    assert level(2, 0.02) == 0.025
    assert level(6, 0.02) == 0.005
    assert level(2, 0.0) == 0.0125


def test_all_pairs_at_once_are_each_pair_alone():
    rng = np.random.default_rng(0)
    scores = (rng.random((80, 5)) < 0.7).astype(float)
    scores[rng.random((80, 5)) < 0.1] = np.nan
    all_pairs = paired(scores, binary=True)
    for i, j in [(0, 1), (3, 2)]:
        alone = paired(scores[:, [i, j]], binary=True)
        assert all_pairs.n[i, j] == alone.n[0, 1]
        assert (all_pairs.wins[i, j], all_pairs.losses[i, j]) == (alone.wins[0, 1], alone.losses[0, 1])
        assert lower_ends(all_pairs, 0.025)[i, j] == pytest.approx(lower_ends(alone, 0.025)[0, 1])


def test_repeats_that_agree_are_worth_their_prompts_and_others_more():
    rng = np.random.default_rng(1)
    agree = (rng.random((100, 2)) < 0.7).astype(float)
    assert paired(agree, binary=True).n_eff[0, 1] == 100
    differ = rng.binomial(5, 0.7, size=(100, 2)) / 5
    assert 250 < paired(differ, binary=True).n_eff[0, 1] < 500  # five repeats, all independent, in doubt


def test_graded_scores_that_never_differ_carry_no_more_than_as_many_equal_values():
    # 1 - 0.025^(1/n) < 0.02 from n = 183 on
    for n, passes in ((182, False), (183, True)):
        pairs = paired(np.full((n, 2), 0.75), binary=False)
        assert bool(above(pairs, -0.02, 0.025)[0, 1]) is passes


@pytest.mark.parametrize(("margin", "prompts"), [(0.02, 189), (0.05, 73), (0.1, 36)])
def test_as_many_equal_graded_scores_are_needed_as_pass(margin, prompts):
    """Here the score test wants more than 1 - 0.025^(1/n), which 0.02 exceeds from n = 183 on."""
    for n, passes in ((prompts - 1, False), (prompts, True)):
        means = np.full((n, 2), 0.5)
        claims = Claims(cells=("a", "b"), means=means, pairs=paired(means, binary=False), margin=margin)
        assert claims.not_worse("a", "b") is passes
        assert claims.needed("a", "b") == prompts


def test_the_prompts_that_are_needed_show_graded_cells_equal_in_four_of_five_data_sets():
    """Differences of sd 0.1 at 2 points: Student's t alone takes 194, which pass in 56 %, for what was not seen."""
    rng, passed = np.random.default_rng(3), 0
    for _ in range(150):
        base = rng.uniform(0.3, 0.7, (256, 1))
        means = base + rng.normal(0, 0.1 / np.sqrt(2), (256, 2))
        claims = Claims(cells=("a", "b"), means=means, pairs=paired(means, binary=False), margin=0.02)
        passed += claims.not_worse("a", "b")
    assert 230 < claims.needed("a", "b") < 285
    assert 0.7 < passed / 150 < 0.92


def test_rare_large_losses_are_not_taken_for_a_small_variance():
    # 200 prompts, each lost with probability 0.05 / 0.9 of 0.9: worse by 0.05. Student's t errs in 6.7 %.
    rng = np.random.default_rng(2)
    wrong = naive = 0
    for _ in range(2000):
        differences = np.where(rng.random(200) < 0.05 / 0.9, -0.9, 0.0)
        error = differences.std(ddof=1) / np.sqrt(200)
        naive += differences.mean() - 1.972 * error > -0.05
        wrong += above_tilted(differences, -0.05, Z)
    assert naive / 2000 > 0.05
    assert wrong / 2000 < 0.03


def test_the_tilted_end_is_students_where_differences_are_normal():
    differences = np.random.default_rng(3).normal(0.01, 0.1, size=400)
    half = Z * differences.std() / 20
    assert tilted_end(differences, Z) == pytest.approx(differences.mean() - half, abs=0.1 * half)


def test_many_differences_in_bins_give_the_same_end():
    differences = np.random.default_rng(4).normal(0.0, 0.1, size=20_000).clip(-1, 1)
    half = Z * differences.std() / np.sqrt(20_000)
    assert tilted_end(differences, Z) == pytest.approx(differences.mean() - half, abs=0.05 * half)


def test_the_prompts_needed_are_those_of_equal_cells_with_the_discordance_seen():
    # d = (14 + 2) / (44 + 2) = 0.3478; (1.95996 + 0.8416)^2 d / 0.1^2 = 273.001
    assert needed(two(12, 2, 44), 0, 1, 0.1, 0.025) == 274
    assert needed(two(0, 0, 30), 0, 1, 0.02, 0.025) == 1227  # d = 2 / 32
    assert needed(two(0, 0, 1000), 0, 1, 0.02, 0.025) == 189  # d = 0.002, so the least that can show it
    assert needed(two(12, 2, 44), 0, 1, 0.0, 0.025) is None


def test_probability_is_half_for_equal_chances_and_near_one_far_from_the_margin():
    assert probability(two(10, 10, 200), 0, 1, 0.0) == pytest.approx(0.5, abs=0.02)
    assert probability(two(30, 2, 200), 0, 1, -0.02) > 0.999
    assert probability(two(2, 30, 200), 0, 1, -0.02) < 0.001
