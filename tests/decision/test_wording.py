"""A decision in words: each figure with its interval, each cell that is not chosen with its reason."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from cells import cell
from deciding import decision, right

from gencost.analysis.statistics.intervals import Estimate
from gencost.decision.assessment import _between, _signed
from gencost.decision.cost_words import _less
from gencost.decision.criteria import Criteria
from gencost.decision.decide import Decided
from gencost.decision.wording import _time


@pytest.mark.parametrize(
    ("mine", "theirs", "words"),
    [
        (4.0, 2.0, "2 times as much"),
        (3.0, 2.0, "50 % more"),
        (1.0, 4.0, "75 % less"),
        (1.998, 2.0, "0.1 % less"),
        (2.0, 2.0, "the same cost"),
        (2.0 * (1 + 1e-15), 2.0, "the same cost"),  # sums of the same costs in another order
        (1.9999999, 2.0, "under 0.01 % less"),
        (2.0, 0.0, "more"),  # of nothing there is neither a share nor a multiple
        (0.0, 0.0, "the same cost"),
        (0.0, 2.0, "100 % less"),
        (0.0004, 2.0, "99.98 % less"),
    ],
)
def test_a_cost_against_another_is_a_share_or_from_twice_on_a_multiple(mine, theirs, words):
    assert _less(mine, theirs) == words


def test_a_figure_without_one_of_its_ends_has_no_interval():
    whole = Estimate(value=0.5, low=0.25, high=0.75)
    assert (_between(whole, 1.0, 2), _signed(whole, 0.02)) == ("0.50 [0.25, 0.75]", "+0.5000 [+0.2500, +0.7500]")
    for half in (Estimate(value=0.5, low=0.25), Estimate(value=0.5, high=0.75)):
        assert (_between(half, 1.0, 2), _signed(half, 0.02)) == ("0.50", "+0.5000")


def test_a_cell_that_seems_to_cost_more_is_not_set_against_what_it_may_lose():
    """40 prompts give its cost no interval, so that it waits."""
    cost = [0.1] * 20 + [39.0] * 20
    made = decision(right(40, 40, "large"), right(40, 40, "small", cost=cost))
    assert made.sentence.startswith("Undecided: small costs 96 % more, and may lose up to ")


def test_so_few_prompts_that_there_is_no_verdict_are_the_doubt_where_no_loss_is_likely():
    made = decision(right(1, 25, "large"), right(24, 25, "small"), criteria=Criteria(margin=0.3))
    # The difference is +92 points; equal cells that differ as often take (1.96 + 0.84)^2 x 25 / 27 / 0.3^2 = 81.
    assert made.sentence == (
        "Undecided: small costs 90 % less, but 25 questions are too few for a verdict, about 81 would decide. "
        "Keep large for now."
    )
    alike = decision(right(25, 25, "large"), right(25, 25, "small"), criteria=Criteria(margin=0.5))
    assert alike.n_needed == 30  # below which there is no verdict; (1.96 + 0.84)^2 x 2 / 27 / 0.5^2 is 3


def test_the_time_of_a_failed_call_is_infinite_in_words_too():
    failed = replace(right(40, 40, "small"), failed=np.array([f"q{i}" for i in range(40, 60)], dtype=object))
    made = decision(right(60, 60, "large"), failed, criteria=Criteria(max_p95_ms=30.0))
    assert made.candidates[1].why == "p95 infinite ms, limit 30.0 ms: not shown"


def test_a_cell_as_good_as_the_reference_whose_saving_is_not_shown_is_named_and_no_other():
    rng = np.random.default_rng(0)
    noisy = rng.lognormal(0, 1.5, size=400)  # costs as much as the reference to within its noise
    large = right(400, 400, "large", cost=rng.permutation(noisy))
    worded = decision(large, right(400, 400, "small", cost=0.01), cell("tiny", [1.0] * 400, cost=noisy * 0.99))
    assert (worded.outcome, worded.cell) == ("switch", "small")
    named = [line for line in worded.details if line.endswith("is as good, but that it costs less is not shown.")]
    assert [line.partition(" ")[0] for line in named] == ["tiny"]
    assert re.search(r"quality [+-]0\.\d{4} \[-0\.\d{4}, \+0\.\d{4}\] over 400 prompts", worded.candidates[1].why)


def test_the_cell_that_the_sentence_is_about_is_not_named_again_among_those_that_may_be_better():
    worded = decision(right(95, 100, "large"), right(95, 100, "small"), right(95, 100, "tiny", cost=20.0))
    assert worded.outcome == "undecided"
    assert worded.finding.cell == "small"
    (open_ones,) = [line for line in worded.details if line.startswith("Open: ")]
    assert "tiny" in open_ones
    assert "small (" not in open_ones


def test_a_cost_over_other_questions_does_not_contradict_the_paired_ratio():
    """small answered the 100 cheap questions alone: a mean of 3 beside 50.5, yet on them it is 3 to 1."""
    names = [f"q{i}" for i in range(200)]
    large = cell("large", [1.0] * 200, cost=[1.0] * 100 + [100.0] * 100, prompts=names)
    small = cell("small", [1.0] * 100, cost=3.0, prompts=names[:100])
    wide = Criteria(reference="large", margin=0.2)
    assert decision(large, small, criteria=wide).sentence == (
        "Keep large: on the 100 questions that both answered small costs 3 times as much."
    )


def test_a_switch_names_the_costs_of_the_questions_that_both_answered_where_the_others_say_something_else():
    names = [f"q{i}" for i in range(200)]
    large = cell("large", [1.0] * 200, cost=[10.0] * 100 + [100.0] * 100, prompts=names)
    small = cell("small", [1.0] * 100, cost=1.0, prompts=names[:100])
    chosen = decision(large, small, criteria=Criteria(reference="large", margin=0.2))
    costs = "90 % less ($1,000.00 instead of $10,000.00 per 1,000 calls on the 100 questions that both answered)"
    assert chosen.sentence.startswith(f"Switch to small: {costs}")


def test_after_a_race_nothing_is_shown_by_tests_of_a_fixed_number_of_prompts():
    raced = Criteria(sequential=True)
    kept = Decided(verdict="inferior", against="large", margin=0.02, prompts=150)
    chosen = decision(right(190, 200, "large"), right(120, 200, "small"), criteria=raced, small={"decided": kept})
    assert chosen.sentence == (
        "Keep large: small costs 90 % less, but inferior to large by 0.02, as an anytime-valid test found after 150 "
        "prompts."
    )
    assert not [line for line in chosen.details if line.startswith(("Shown", "Open"))]
    undecided = decision(right(190, 200, "large"), right(190, 200, "small"), criteria=raced)
    assert undecided.sentence == (
        "Undecided: small costs 90 % less, but the race did not decide it. Keep large for now."
    )
    assert not [line for line in undecided.details if "would let it pass now" in line]


def test_a_time_below_a_millisecond_is_not_written_as_none():
    assert [_time(ms) for ms in (0.14, 9.96, 12.4, 1250.0)] == ["0.1 ms", "10.0 ms", "12 ms", "1.2 s"]
