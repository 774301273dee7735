"""A small part of tests/benchmarks/policies.py: known truth, few data sets."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from gencost.analysis.recorded.grid import make_grid
from gencost.policies.claims import not_inferior

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


def test_rare_large_losses_do_not_make_a_policy_better_than_a_mixture(benchmark):
    """60 prompts have 3.3 of its losses on average; by Student's t alone it was better in 14.7 % of data sets."""
    assert benchmark.rate("false wins: rare large losses, n=60", 200) * 200 <= 16


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


def test_a_graded_quality_is_tested_as_the_decision_tests_it():
    """200 prompts of which 5.5 % lose 0.9: the mean is lower by 0.0495; Student's t alone errs in 7 % of such sets."""
    rng, wrong, texts = np.random.default_rng(5), 0, [str(i) for i in range(200)]
    for _ in range(300):
        small = np.where(rng.random(200) < 0.055, 0.0, 0.9)
        cells = {"small": {"quality": small}, "large": {"quality": np.full(200, 0.9)}}
        wrong += not_inferior(small, make_grid(texts, cells), 0.0495, 0.025, leave_out=0)
    assert wrong <= 15  # of 300 at 2.5 %, more have a probability below 0.6 %; 21 at 7 %


def test_thirty_prompts_must_have_both_scores():
    """As in the decision: 20 of 100 tell nothing, however good they look."""
    quality = np.r_[np.ones(20), np.full(80, np.nan)]
    grid = make_grid([str(i) for i in range(100)], {"a": {"quality": np.zeros(100)}, "b": {"quality": quality}})
    assert not not_inferior(quality, grid, 0.02, 0.025, leave_out=1)
