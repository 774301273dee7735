"""A small part of tests/benchmarks/policies.py: known truth, few data sets."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

PATH = Path(__file__).parents[1] / "benchmarks" / "policies.py"


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("policies_benchmark", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("line", ["false wins: worse by the margin, n=100", "false wins: no cheaper, n=100"])
def test_a_policy_that_is_no_better_seldom_wins(benchmark, line):
    # At 3.5 % of 200 data sets, more than 16 have a probability below 0.1 %.
    assert benchmark.rate(line, 200) * 200 <= 16


def test_a_worthless_router_seldom_wins(benchmark):
    assert benchmark.rate("false wins: a worthless length, n=300", 30) * 30 <= 5


def test_a_policy_that_is_better_wins(benchmark):
    """Without this, one that never wins would pass the others: best quality at a third of the cost."""
    rng = np.random.default_rng(0)
    wins = []
    for _ in range(50):
        grid = benchmark.cells(rng, 400, gap=0.4)
        made = benchmark.fixed(rng, grid, benchmark.STRONG + 0.05, 3.0)
        wins.append(benchmark.claims(made, benchmark.baseline(grid, 0.1, 1), 1).win)
    assert np.mean(wins) > 0.9


def test_the_interval_of_a_saving_covers_it(benchmark):
    # 95 % of 300: fewer than 270 have a probability below 0.1 %.
    assert benchmark.rate("saving covered: n=400, lognormal 1", 300) >= 0.9
