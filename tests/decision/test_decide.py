"""The decision: the cheapest cell that is not inferior, in a sentence with its evidence; or why there is none."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from cells import cell

from gencost.analysis.cell_intervals import intervals
from gencost.analysis.cell_names import find_cell, overrides
from gencost.analysis.measures import Measured
from gencost.decision.compare import both_ways
from gencost.decision.decide import Criteria, Decided, Decision, Standing, decide
from gencost.decision.difference import pair
from gencost.errors import ConfigError


def standing(one: Measured, **changes) -> Standing:
    n = len(one.calls)
    facts = {"cell": one.cell, "intervals": intervals(one), "answered": n, "unanswered": 0, "unpriced": 0}
    return Standing(**{**facts, **changes})


def decision(*cells: Measured, criteria: Criteria | None = None, **changes) -> Decision:
    pairs = [pair(a, b) for a, b in itertools.combinations(cells, 2)]
    return decide([standing(c, **changes.get(c.cell, {})) for c in cells], both_ways(pairs), criteria or Criteria())


def noisy(mean: float, seed: int, n: int = 100) -> np.ndarray:
    """Values whose mean is exact and whose spread is 0.01."""
    noise = np.random.default_rng(seed).normal(0, 0.01, size=n)
    return mean + noise - noise.mean()


GOOD = cell("model=large", noisy(0.80, 1), cost=10.0, latency=50.0)
CHEAP = cell("model=small", noisy(0.79, 2), cost=1.0, latency=20.0)
POOR = cell("model=tiny", noisy(0.60, 3), cost=0.1, latency=5.0)


def test_the_cheapest_cell_within_the_margin_is_chosen():
    # small is 0.01 below large, interval +-0.003: above -0.02. tiny is 0.2 below.
    found = decision(GOOD, CHEAP, POOR)
    assert (found.cell, found.reference) == ("model=small", "model=large")
    assert [one.qualifies for one in found.candidates] == [True, True, False]
    assert "0.1 times that of model=large" in found.sentence
    assert "over 100 prompts, margin 0.02" in found.sentence


def test_a_narrower_margin_leaves_only_the_reference():
    found = decision(GOOD, CHEAP, POOR, criteria=Criteria(margin=0.005))
    assert found.cell == "model=large"
    assert "only cell that qualifies" in found.sentence
    # -0.01 is below -0.005, so no number of prompts would do.
    assert "prompts if" not in found.candidates[1].needed


def test_an_undecided_difference_says_how_many_prompts_would_do():
    noise = noisy(0.0, 4, n=20) * 10  # sd 0.1: the interval is about +-0.045
    a = cell("a", np.full(20, 0.8), cost=2.0)
    b = cell("b", 0.8 + noise, cost=1.0)
    found = decision(a, b, criteria=Criteria(reference="a", margin=0.02))
    assert found.cell == "a"
    assert "prompts if the difference stays" in found.candidates[1].needed


def test_a_named_reference_may_be_given_by_its_value():
    assert decision(GOOD, CHEAP, POOR, criteria=Criteria(reference="tiny")).cell == "model=tiny"


def test_a_latency_limit_takes_slow_cells_out_and_moves_the_reference():
    found = decision(GOOD, CHEAP, POOR, criteria=Criteria(max_p95_ms=30.0))
    assert (found.cell, found.reference) == ("model=small", "model=small")
    assert found.candidates[0].why == "p95 50.0 ms, limit 30.0 ms"
    assert found.candidates[0].needed == "decision.max_p95_ms >= 50"


def test_no_cell_qualifies_and_each_says_what_it_needs():
    found = decision(GOOD, CHEAP, criteria=Criteria(min_quality=0.9))
    assert found.cell is None
    assert found.sentence.startswith("no cell qualifies: model=large: quality 0.8000, least 0.9000 (needs")


def test_an_unknown_cost_never_wins():
    found = decision(GOOD, CHEAP, **{"model=small": {"unpriced": 3}})
    assert found.cell == "model=large"
    assert found.candidates[1].why == "the cost of 3 of 100 answers is unknown"


def test_calls_without_an_answer_are_part_of_the_sentence():
    found = decision(GOOD, CHEAP, **{"model=small": {"unanswered": 7}})
    assert "but 7 of 107 calls have no answer" in found.sentence


def test_a_sequential_verdict_speaks_instead_of_an_interval_after_optional_stopping():
    inferior = Decided(verdict="inferior", against="model=large", margin=0.02, prompts=40)
    found = decision(GOOD, CHEAP, **{"model=small": {"decided": inferior}})
    assert found.cell == "model=large"
    assert "anytime-valid test found after 40 prompts" in found.candidates[1].why


def test_a_verdict_for_another_margin_does_not_speak():
    other = Decided(verdict="inferior", against="model=large", margin=0.001, prompts=40)
    assert decision(GOOD, CHEAP, **{"model=small": {"decided": other}}).cell == "model=small"


def test_without_scores_nothing_is_decided():
    found = decision(cell("a", [np.nan] * 6), cell("b", [np.nan] * 6))
    assert (found.cell, found.reference) == (None, None)
    assert "no score" in found.sentence


@pytest.mark.parametrize(
    ("asked", "said"), [("huge", "is no cell"), ("5", "means 2 cells"), ("model=smal", "did you mean")]
)
def test_a_cell_that_is_not_meant_clearly_is_refused(asked, said):
    with pytest.raises(ConfigError, match=said):
        find_cell(asked, ["model=small,n=5", "model=large,n=5"], "--baseline")


def test_a_name_is_split_at_commas_outside_brackets():
    assert overrides("model=small,quality=[a,b],n=5") == {"model": "small", "quality": "[a,b]", "n": "5"}


@pytest.mark.parametrize("wrong", [{"margin": -0.1}, {"margin": float("nan")}, {"max_p95_ms": float("inf")}])
def test_impossible_criteria_are_refused(wrong):
    with pytest.raises(ConfigError, match="decision"):
        Criteria(**wrong)
