"""Hull, AIQ, PGR, APGR and CPT, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from gencost.policies.curves import aiq, apgr, cpt, hull, on_hull, recovered


def test_the_hull_goes_from_the_cheapest_to_the_best_and_leaves_out_what_a_mixture_equals():
    cost = np.array([1.0, 2.0, 3.0, 4.0, 2.5])
    quality = np.array([0.2, 0.7, 0.8, 0.6, 0.74])
    # Half 2.0 and half 3.0 give 0.75 at 2.5, more than 0.74; 4.0 costs more than the best and gives less.
    assert hull(cost, quality) == [0, 1, 2]


def test_of_equally_dear_cells_only_the_better_is_on_the_hull():
    assert hull(np.array([1.0, 1.0]), np.array([0.3, 0.5])) == [1]


def test_an_unknown_cost_or_quality_is_on_no_hull():
    assert hull(np.array([np.nan, 1.0, 2.0]), np.array([0.9, 0.5, np.nan])) == [1]


def test_aiq_is_the_mean_height_of_the_hull():
    # From (1, .2) straight to (3, .6), then level to 5: (.4 * 2 + .6 * 2) / 4
    assert aiq(np.array([1.0, 3.0, 5.0]), np.array([0.2, 0.6, 0.4]), (1.0, 5.0)) == pytest.approx(0.5)


def test_a_hull_that_begins_below_the_range_is_cut_at_it():
    # The line from (0, 0) to (2, 1) is .5 at 1 and 1 at 2.
    assert aiq(np.array([0.0, 2.0]), np.array([0.0, 1.0]), (1.0, 2.0)) == pytest.approx(0.75)


def test_there_is_no_aiq_where_every_cell_costs_the_same():
    assert aiq(np.array([1.0, 1.0]), np.array([0.2, 0.6]), (1.0, 1.0)) is None


def test_mixtures_are_on_the_line_between_corners():
    assert on_hull([(1.0, 0.2), (3.0, 0.6)], np.array([0.5, 2.0, 9.0])).tolist() == pytest.approx([0.2, 0.4, 0.6])


def test_the_gap_recovered_by_sending_the_highest_scores_first():
    weak, strong = np.array([0.0, 1.0, 0.0, 1.0]), np.array([1.0, 1.0, 1.0, 0.0])
    curve = recovered(weak, strong, np.array([4.0, 3.0, 2.0, 1.0]))
    assert curve is not None
    assert curve.tolist() == [0.0, 1.0, 1.0, 2.0, 1.0]  # gains 1, 0, 1, -1 of a gap of 1
    assert apgr(curve) == pytest.approx((0.5 + 1 + 1.5 + 1.5) / 4)
    assert cpt(curve, 50) == 25.0  # the first of four calls recovers all of it
    assert cpt(curve, 100) == 25.0  # the running maximum: that it rises further later changes nothing


def test_ties_are_taken_by_lot_or_in_their_order():
    weak, strong, same = np.zeros(4), np.array([1.0, 1.0, 0.0, 0.0]), np.zeros(4)
    by_lot, in_order = recovered(weak, strong, same), recovered(weak, strong, same, mix_ties=False)
    assert by_lot is not None
    assert by_lot.tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert in_order is not None
    assert in_order.tolist() == [0.0, 0.5, 1.0, 1.0, 1.0]


def test_rows_with_an_unknown_quality_are_left_out_and_not_taken_for_wrong():
    weak, strong = np.array([0.0, np.nan, 0.0]), np.array([1.0, 1.0, np.nan])
    curve = recovered(weak, strong, np.arange(3.0))
    assert curve is not None
    assert curve.tolist() == [0.0, 1.0]


def test_there_is_no_gap_where_the_dear_cell_is_no_better():
    assert recovered(np.ones(3), np.zeros(3), np.arange(3.0)) is None


def test_a_level_that_is_never_reached_has_no_threshold():
    assert cpt(np.array([0.0, 0.4, 0.3]), 80) is None
