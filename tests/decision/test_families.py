"""Error rates of many cells at once: of "costs less", and of "better by more than the margin"."""

from __future__ import annotations

import numpy as np
import pytest
from cells import cell
from deciding import standing

from gencost.analysis.statistics.studentised import ratio_limits
from gencost.decision.claims import Claims
from gencost.decision.criteria import Criteria
from gencost.decision.decide import cost_claims
from gencost.decision.noninferiority import paired


@pytest.mark.parametrize(
    ("known", "list_usd", "reference", "claims"),
    [(3, 1.0, None, 2), (3, None, "c0", 2), (3, None, None, 6), (3, None, "best", 6), (1, 1.0, None, 1)],
)
def test_each_other_cell_may_be_said_to_cost_less_and_each_than_each_where_costs_choose(
    known, list_usd, reference, claims
):
    criteria = Criteria(reference=reference)
    cells = [cell(f"c{i}", [1.0] * 30) for i in range(known)]
    standings = [standing(each, criteria, list_usd=list_usd) for each in cells]
    assert cost_claims(standings, criteria) == claims


def test_one_of_eight_equally_dear_cells_is_seldom_said_to_cost_less_than_the_dearest_that_was_seen():
    rng, wrong, once = np.random.default_rng(5), 0, np.ones(50)
    for _ in range(100):
        costs = np.exp(0.4 * rng.normal(size=(50, 1)) + 0.3 * rng.normal(size=(50, 8)))
        dear, cheap = (costs[:, int(pick(costs.mean(axis=0)))] for pick in (np.argmax, np.argmin))
        ends = ratio_limits(np.stack([dear, once], 1), np.stack([cheap, once], 1), 0, tests=8 * 7)
        wrong += ends.high is not None and ends.high < 1
    assert wrong <= 6  # of 100: nominal 2.5; 34 with an interval for these two alone


def test_more_claims_make_an_interval_wider_also_beyond_what_resamples_tell():
    rng = np.random.default_rng(6)
    a, b = (np.stack([rng.lognormal(size=60), np.ones(60)], 1) for _ in range(2))
    widths = [limits.high / limits.low for tests in (1, 10, 100, 10_000) if (limits := ratio_limits(a, b, 0, tests))]
    assert widths == sorted(widths)
    assert len(set(widths)) == 4


def test_no_two_of_twelve_cells_are_said_to_differ_by_more_than_the_margin_that_they_differ_by():
    rng, wrong, names = np.random.default_rng(7), 0, "abcdefghijkl"
    for _ in range(1000):
        scores = (rng.random((50, 12)) < np.repeat([0.9, 0.8], 6)).astype(float)
        claims = Claims(cells=tuple(names), means=scores, pairs=paired(scores, binary=True), margin=0.1)
        wrong += any(set(claims.better_ones(cell)) & set(names[:6]) for cell in names[6:])
    assert wrong <= 35  # of 1,000: nominal 25; 60 at the level of each cell against one
