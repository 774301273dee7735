"""The verdict's figures are not written as the limits that they keep."""

from __future__ import annotations

import numpy as np
import pytest

from gencost.analysis.recorded.grid import make_grid
from gencost.analysis.statistics.intervals import Estimate
from gencost.policies.claims import difference
from gencost.policies.describe import percent_less, points


@pytest.mark.parametrize(
    ("low", "text"),
    [(0.004, "50 % less [0.4, 99.99]"), (0.0, "50 % less [0, 99.99]"), (0.42, "50 % less [42, 99.99]")],
)
def test_a_saving_that_is_shown_does_not_begin_at_0(low, text):
    assert percent_less(Estimate(value=0.5, low=low, high=0.9999)) == text


def test_a_gain_within_the_margin_is_not_written_as_the_margin():
    gain = Estimate(value=-0.004, low=-0.01997, high=0.02)
    assert points(gain, 0.02) == "-0.4 points [-1.997, +2.0]"


def test_the_gain_of_graded_scores_ends_where_its_test_turns():
    """7 of 200 lose 0.9 and the others gain 0.02: t ends at -0.0358, the tilted test at -0.0448."""
    small = np.r_[np.zeros(7), np.full(193, 0.92)]
    cells = {"small": {"quality": small}, "large": {"quality": np.full(200, 0.9)}}
    gain = difference(small, make_grid([str(i) for i in range(200)], cells), 1)
    assert gain.low == pytest.approx(-0.0448, abs=1e-4)
