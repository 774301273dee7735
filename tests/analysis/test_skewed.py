"""A total of skewed costs: its interval holds the truth where Student's t is too short."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import stdtrit

from gencost.analysis.statistics.skewed import Stratum, total_limits


def test_symmetric_values_have_students_t():
    low, high = total_limits([Stratum(values=np.array([1.0, 2.0, 3.0, 4.0, 5.0]), size=10)])
    # mean 3, s^2 = 2.5; 10^2 * (1 - 5 / 10) * 2.5 / 5 = 25
    assert (low, high) == pytest.approx((30 - stdtrit(4, 0.975) * 5, 30 + stdtrit(4, 0.975) * 5))


def test_everything_drawn_is_certain_and_a_value_a_stratum_tells_nothing_of_its_spread():
    assert total_limits([Stratum(values=np.array([1.0, 3.0]), size=2)]) == (4.0, 4.0)
    assert total_limits([Stratum(values=np.array([1.0]), size=5), Stratum(values=np.array([3.0]), size=5)]) is None


@pytest.mark.parametrize(("n", "sigma", "least"), [(50, 1.0, 278), (200, 1.5, 274)])
def test_the_month_of_lognormal_costs_is_held(n, sigma, least):
    rng, held = np.random.default_rng(9), 0
    costs = rng.lognormal(sigma=sigma, size=20_000)
    for _ in range(300):
        low, high = total_limits([Stratum(values=rng.choice(costs, n, replace=False), size=len(costs))])
        held += low <= costs.sum() <= high
    assert held >= least  # of 300, nominal 285; Student's t: 274 and 264
