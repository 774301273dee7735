"""What the calls of a policy come to: every call paid for, unknown stays unknown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gencost.analysis.recorded.grid import Grid, make_grid
from gencost.errors import ConfigError
from gencost.policies.cascade import Cascade
from gencost.policies.oracle import oracle
from gencost.policies.outcome import Gate, cascaded, mixed, routed
from gencost.policies.walk import walk

GATE = Gate(signal="sure", at_least=0.5)


def two(**more: object) -> Grid:
    """Three prompts; small costs 1, large 10; small is sure of the first alone, and of the third nobody knows."""
    small = {"quality": [1.0, 0.0, 0.0], "cost": [1.0, 1.0, 1.0], "latency": [5.0, 6.0, 7.0]}
    large = {"quality": [1.0, 1.0, 0.0], "cost": [10.0, 10.0, 10.0], "latency": [50.0, 60.0, 70.0]}
    sure = np.array([[0.9, 0.9], [0.1, 0.9], [np.nan, 0.9]])
    return replace(make_grid(["a", "b", "c"], {"small": small, "large": large}, signals={"sure": sure}), **more)


def test_a_cascade_pays_and_waits_for_every_step():
    made = cascaded(two(), (0, 1), GATE)
    assert made.quality.tolist() == [1.0, 1.0, 0.0]
    assert made.cost.tolist() == [1.0, 11.0, 11.0]  # an unknown score is not passed
    assert made.latency.tolist() == [5.0, 66.0, 77.0]
    assert made.shares.tolist() == pytest.approx([3 / 5, 2 / 5])


def test_the_gates_judge_is_paid_for_each_answer_it_sees_and_not_for_the_last():
    judged = np.full((3, 2), 0.25)
    made = cascaded(two(signal_cost={"sure": judged}, signal_latency={"sure": judged * 4}), (0, 1), GATE)
    assert made.cost.tolist() == [1.25, 11.25, 11.25]
    assert made.latency.tolist() == [6.0, 67.0, 78.0]


def test_a_failed_call_is_paid_for_not_judged_and_passed_on():
    answered = np.array([[False, True], [True, True], [True, True]])
    judged = np.full((3, 2), 0.25)
    made = cascaded(two(answered=answered, signal_cost={"sure": judged}), (0, 1), GATE)
    assert made.cost[0] == 11.0
    assert made.calls[0].tolist() == [1.0, 1.0]


def test_an_unknown_cost_of_one_step_makes_the_decision_unknown():
    grid = two()
    grid.cost[1, 0] = np.nan
    assert np.isnan(cascaded(grid, (0, 1), GATE).cost).tolist() == [False, True, False]


def test_a_cascade_may_begin_in_the_middle():
    made = cascaded(two(), (0, 1), GATE, np.array([1, 0, 1]))
    assert made.cost.tolist() == [10.0, 11.0, 10.0]


def test_a_mixture_is_an_average_and_a_cell_that_it_never_asks_may_be_unknown():
    grid = two()
    grid.quality[0, 1] = np.nan
    assert mixed(grid, np.array([1.0, 0.0])).quality.tolist() == [1.0, 0.0, 0.0]
    made = mixed(grid, np.array([0.75, 0.25]))
    assert np.isnan(made.quality[0])
    assert made.cost.tolist() == [3.25] * 3  # .75 * 1 + .25 * 10


def test_a_route_to_an_answer_without_a_score_is_unknown_not_0():
    grid = two()
    grid.quality[1, 1] = np.nan
    assert np.isnan(routed(grid, np.array([0, 1, 1])).quality).tolist() == [False, True, False]


def test_the_oracle_takes_the_cheapest_of_the_best_and_never_an_unknown_one():
    grid = two()
    assert oracle(grid).cost.tolist() == [1.0, 10.0, 1.0]
    grid.quality[1, 1] = np.nan  # then the wrong answer is the best that is known
    made = oracle(grid)
    assert made.quality.tolist() == [1.0, 0.0, 0.0]
    grid.quality[1, 0] = np.nan
    made = oracle(grid)
    assert np.isnan(made.quality[1])
    assert made.calls[1].sum() == 0


def test_walking_sample_by_sample_comes_to_the_same_as_the_matrices():
    policy = Cascade(cells=["small", "large"], gate="sure", at_least=0.5)
    judged = np.full((3, 2), 0.25)
    grid = two(signal_cost={"sure": judged}, signal_latency={"sure": judged})
    one, other = walk(policy, grid), cascaded(grid, (0, 1), GATE)
    for name in ("quality", "cost", "latency", "calls"):
        assert np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True), name


class Lost:
    name = "lost"

    def __init__(self, cell: str) -> None:
        self.cell = cell

    def choose(self, sample, seen):
        return self.cell


@pytest.mark.parametrize(("cell", "said"), [("smal", "did you mean 'small'"), ("small", "did not stop")])
def test_a_policy_that_asks_what_is_not_there_or_never_stops_is_one_clear_line(cell, said):
    with pytest.raises(ConfigError, match=said):
        walk(Lost(cell), two())
