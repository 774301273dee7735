"""Small recorded comparisons that were decided wrongly once: what is decided now, and that failures are said."""

from __future__ import annotations

import numpy as np
import pytest
from made import failed, record, store

from gencost.analysis.results import read_results
from gencost.decision.compare import Comparison, compare
from gencost.decision.criteria import Criteria
from gencost.quality.score import score_now
from gencost.types import Message, Response, Sample, Score, Usage

DEAR, CHEAP = 1_500_000_000, 150_000_000  # pico-USD a call


def compared(engine, dear, cheap, **criteria) -> Comparison:
    """A at ten times the price of B; each score is a call, None one that failed."""
    cells = {}
    for name, scores, pico in (("A", dear, DEAR), ("B", cheap, CHEAP)):
        run = name.lower()
        cells[name] = [
            failed(run, i) if score is None else record(run, i, score=score, pico=pico)
            for i, score in enumerate(scores)
        ]
    return compare(read_results(engine, store(engine, cells)), Criteria(reference="A", **criteria))


def test_five_of_five_has_an_interval_that_five_can_carry(engine):
    best = compared(engine, [1.0] * 5, [1.0] * 4 + [0.0]).cells[0].intervals.quality_mean
    assert (best.value, best.low, best.high) == (1.0, pytest.approx(0.478, abs=1e-3), 1.0)


@pytest.mark.parametrize(
    ("dear", "cheap"), [([0.75] * 5, [0.75] * 5), ([0.0, 1, 1, 1, 1], [1.0, 1, 1, 1, 1]), ([1.0] * 29, [1.0] * 29)]
)
def test_a_few_equal_or_better_answers_prove_nothing(engine, dear, cheap):
    comparison = compared(engine, dear, cheap).decision
    assert (comparison.outcome, comparison.cell, comparison.probable) == ("undecided", "A", "B")


def test_two_equal_cells_get_a_bound_and_not_certainty(engine):
    scores = np.random.default_rng(0).random(30)
    delta = compared(engine, scores, scores).pairs[0].quality.delta
    # 1 - 0.025^(1/30) = 0.1157
    assert (delta.value, delta.low, delta.high) == pytest.approx((0.0, -0.1157, 0.1157), abs=1e-3)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 1.5, -0.1])
def test_a_score_that_is_none_is_no_score_and_says_why(value):
    class Odd:
        name, version = "odd", "1"

        def score(self, sample, response):
            return Score(scorer="odd", version="1", value=value)

    sample = Sample(id="q", messages=(Message(role="user", content="?"),))
    odd_score = score_now(Odd(), sample, Response(text="x", usage=Usage(tokens_in=1, tokens_out=1), latency_ms=1.0))
    assert odd_score.value is None
    assert "is outside [0, 1], the scorer's span" in odd_score.explanation


def test_an_infinite_score_of_an_early_version_is_never_the_best(engine):
    comparison = compared(engine, [float("inf"), *[0.5] * 39], [0.4] * 40)
    assert comparison.cells[0].intervals.quality_mean.value == 0.5
    assert comparison.decision.n_prompts == 39


def test_a_cell_whose_calls_failed_is_neither_chosen_nor_best(engine):
    comparison = compared(engine, [1.0] * 48 + [0.0] * 12, [1.0] * 6 + [None] * 54)
    assert (comparison.decision.outcome, comparison.decision.cell) == ("keep", "A")
    assert comparison.cells[1].quality.value == pytest.approx(0.1)
    assert not comparison.cells[1].tied_with_best
    assert "B: 54 of 60 calls have no answer; a failed one counts as wrong." in comparison.decision.details


def test_a_cell_without_any_answer_says_so(engine):
    comparison = compared(engine, [1.0] * 20, [None] * 20).decision
    assert (comparison.outcome, comparison.cell) == ("undecided", "A")
    assert comparison.candidates[1].why == "none of its 20 calls has an answer"


def test_without_failures_counted_the_other_decision_is_said(engine):
    comparison = compared(engine, [1.0] * 300, [1.0] * 250 + [None] * 50, errors="ignore").decision
    assert comparison.outcome == "switch"
    assert "If failed calls counted as wrong (decision.errors=fail): keep, A." in comparison.details


def test_limits_count_failures_in_the_other_decision_too(engine):
    # 30 of 300 failed: within the margin of 20 points either way, but their latency is infinite, and so is the p95
    comparison = compared(
        engine, [1.0] * 300, [1.0] * 270 + [None] * 30, errors="ignore", margin=0.2, max_p95_ms=100.0
    ).decision
    assert comparison.outcome == "switch"
    assert "If failed calls counted as wrong (decision.errors=fail): keep, A." in comparison.details


def test_the_mean_cost_is_one_figure_wherever_it_stands(engine):
    # B's first prompt has five answers of 300, its other nine one each of 600: 6,900 / 14 a call
    dear = [record("a", i, pico=DEAR) for i in range(10)]
    cheap = [record("b", i, pico=600) for i in range(1, 10)]
    ids = store(engine, {"A": dear, "B": cheap})
    comparison = compare(read_results(engine, ids), Criteria(reference="A"))
    b = comparison.cells[1]
    assert b.summary.cost_usd_mean == b.intervals.cost_usd_mean.value == comparison.pairs[0].cost.mean_b


def test_equal_requests_under_other_ids_are_one_prompt(engine):
    cells = {
        name: [record(name.lower(), i, prompt=f"question {i % 20}", pico=pico) for i in range(60)]
        for name, pico in (("A", DEAR), ("B", CHEAP))
    }
    comparison = compare(read_results(engine, store(engine, cells)), Criteria(reference="A", margin=0.2))
    assert comparison.decision.n_prompts == 20
    assert comparison.decision.outcome == "undecided"  # below 30, although 60 calls were made
    assert "40 prompts ask what another asks; each such group counts as one question." in comparison.decision.details
