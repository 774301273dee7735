"""The Pareto front: who dominates whom, and how sure that is."""

from __future__ import annotations

import numpy as np
from cells import cell

from gencost.decision.pareto import front, pareto


def test_a_cell_that_another_beats_in_everything_is_not_on_the_front():
    #                  quality, cost, p95
    points = np.array([[0.9, 2.0, 50.0], [0.8, 1.0, 40.0], [0.7, 1.5, 45.0]])
    assert front(points).tolist() == [True, True, False]  # the third is worse than the second in all three


def test_equal_cells_are_both_on_the_front():
    assert front(np.array([[0.9, 1.0, 50.0], [0.9, 1.0, 50.0]])).tolist() == [True, True]


def test_a_sure_front_has_probability_one_and_a_dominated_cell_zero():
    good = cell("good", [0.9] * 20, cost=1.0, latency=10.0)
    bad = cell("bad", [0.5] * 20, cost=2.0, latency=20.0)
    places = {place.cell: place for place in pareto([good, bad])}
    assert (places["good"].on_front, places["good"].probability) == (True, 1.0)
    assert (places["bad"].on_front, places["bad"].probability) == (False, 0.0)
    assert places["bad"].prompts == 20


def test_a_coin_toss_between_two_cells_is_half_sure():
    # b costs more and is as fast; it is on the front where its resampled quality is higher, half of the time.
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.1, size=200)
    noise -= noise.mean()
    places = pareto([cell("a", np.full(200, 0.5)), cell("b", 0.5 + noise, cost=2.0)])
    assert places[0].probability == 1.0
    assert 0.45 < places[1].probability < 0.55


def test_a_cell_without_a_cost_has_no_place_and_does_not_disturb_the_others():
    places = pareto([cell("a", [0.5] * 6), cell("unpriced", [0.9] * 6, cost=np.nan)])
    assert (places[1].on_front, places[1].probability) == (None, None)
    assert places[0].on_front is True


def test_below_five_common_prompts_nobody_is_sure():
    assert pareto([cell("a", [0.5] * 4), cell("b", [0.6] * 4)])[0].probability is None


def test_cells_are_held_against_each_other_on_the_prompts_that_all_have_scores_for():
    # On q20 to q39, which both were asked, "a" is better; "b" has 1.0 where nobody else was asked.
    a = cell("a", [0.5] * 20 + [0.9] * 20)
    b = cell("b", [0.2] * 20 + [1.0] * 40, prompts=[f"q{i}" for i in range(20, 80)])
    assert [(place.prompts, place.probability) for place in pareto([a, b])] == [(20, 1.0), (20, 0.0)]
