"""A decision in words: each figure with its interval, each cell that is not chosen with its reason."""

from __future__ import annotations

import re

import numpy as np
import pytest
from cells import cell
from deciding import decision, right

from gencost.analysis.intervals import Estimate
from gencost.decision.candidates import _between, _signed
from gencost.decision.wording import _less


@pytest.mark.parametrize(
    ("mine", "theirs", "words"),
    [
        (4.0, 2.0, "2 times as much"),
        (3.0, 2.0, "50 % more"),
        (1.0, 4.0, "75 % less"),
        (1.998, 2.0, "0.1 % less"),
        (2.0, 2.0, "the same cost"),
        (2.0, 0.0, "the same cost"),  # of nothing there is neither a share nor a multiple
    ],
)
def test_a_cost_against_another_is_a_share_or_from_twice_on_a_multiple(mine, theirs, words):
    assert _less(mine, theirs) == words


def test_a_figure_without_one_of_its_ends_has_no_interval():
    whole = Estimate(value=0.5, low=0.25, high=0.75)
    assert (_between(whole, 1.0, 2), _signed(whole, 0.02)) == ("0.50 [0.25, 0.75]", "+0.5000 [+0.2500, +0.7500]")
    for half in (Estimate(value=0.5, low=0.25), Estimate(value=0.5, high=0.75)):
        assert (_between(half, 1.0, 2), _signed(half, 0.02)) == ("0.50", "+0.5000")


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
