from __future__ import annotations

import itertools
import statistics

import pytest

from gencost.errors import ConfigError
from gencost.runner.load import Concurrent, Constant, Poisson, Ramp


def gaps(due: list[float]) -> list[float]:
    return [b - a for a, b in itertools.pairwise(due)]


def test_a_closed_loop_has_no_schedule():
    assert Concurrent(concurrency=3).due_s(10, 0) is None


def test_a_constant_rate_has_equal_gaps():
    assert Constant(rate_per_s=4).due_s(5, 0) == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_poisson_gaps_are_those_of_independent_users():
    due = Poisson(rate_per_s=200).due_s(10_000, seed=1)
    windows = [0] * int(due[-1])
    for t in due:
        if t < len(windows):
            windows[int(t)] += 1
    assert statistics.variance(windows) / statistics.mean(windows) == pytest.approx(1, abs=0.2)  # dispersion index
    g = gaps(due)
    assert statistics.correlation(g[:-1], g[1:]) == pytest.approx(0, abs=0.05)  # lag-1 autocorrelation
    assert statistics.mean(g) == pytest.approx(1 / 200, rel=0.03)
    assert statistics.stdev(g) == pytest.approx(1 / 200, rel=0.03)  # an exponential's standard deviation is its mean


def test_the_same_seed_gives_the_same_schedule():
    assert Poisson(rate_per_s=9).due_s(50, 3) == Poisson(rate_per_s=9).due_s(50, 3)
    assert Poisson(rate_per_s=9).due_s(50, 3) != Poisson(rate_per_s=9).due_s(50, 4)


def test_a_ramp_starts_at_one_rate_and_ends_at_the_other():
    due = Ramp(from_per_s=10, to_per_s=30).due_s(2000, 0)
    g = gaps(due)
    assert 1 / g[0] == pytest.approx(10, rel=0.01)
    assert 1 / g[-1] == pytest.approx(30, rel=0.01)
    assert due[-1] == pytest.approx(2 * 2000 / (10 + 30), rel=0.01)


def test_a_flat_ramp_is_a_constant_rate():
    assert Ramp(from_per_s=5, to_per_s=5).due_s(10, 0) == pytest.approx(Constant(rate_per_s=5).due_s(10, 0))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Concurrent(concurrency=0),
        lambda: Poisson(rate_per_s=0),
        lambda: Ramp(from_per_s=1, to_per_s=-1),
        lambda: Constant(rate_per_s=float("nan")),
    ],
)
def test_a_load_that_sends_nothing_is_refused(make):
    with pytest.raises(ConfigError, match="load\\."):
        make()
