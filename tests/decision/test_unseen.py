"""Rare calls that cost many times as much as the others: not seen, they must not make a cell cheaper."""

from __future__ import annotations

import numpy as np
import pytest
from cells import cell
from deciding import decision

from gencost.decision.candidates import Cheaper
from gencost.decision.criteria import Criteria
from gencost.decision.difference import pair
from gencost.decision.unseen import Unseen
from gencost.errors import ConfigError

WIDE = Criteria(reference="large", margin=0.5)
RARE = Criteria(reference="large", margin=0.5, rare_cost=25)


def costing(name: str, cost, n: int = 50):
    return cell(name, [1.0] * n, cost=cost)


def test_the_share_that_was_not_seen_is_that_of_the_rule_of_three():
    unseen = Unseen(ratio=0.3, prompts=50, times=25.0)
    # 0.93^50 = 2.7 %; 1 - 0.025^(1/50) = 7.11 %, so 0.3 x (1 + 0.0711 x 24) = 0.812
    assert unseen.share == pytest.approx(0.0711, abs=1e-4)
    assert unseen.ratio_with_them == pytest.approx(0.812, abs=1e-3)
    # 0.3 (1 + 0.0711 (t - 1)) = 1 at t = 1 + (1 / 0.3 - 1) / 0.0711
    assert unseen.break_even == pytest.approx(33.8, abs=0.1)


@pytest.mark.parametrize(("ratio", "needed"), [(0.3, 37), (0.5, 87), (0.9, 795), (0.0, 1), (1.0, None)])
def test_the_prompts_that_a_saving_takes_are_counted(ratio, needed):
    unseen = Unseen(ratio=ratio, prompts=40, times=25.0)
    assert unseen.needed == needed
    if needed and needed > 1:
        before, after = (Unseen(ratio=ratio, prompts=n, times=25.0).ratio_with_them for n in (needed - 1, needed))
        assert after < 1 <= before


@pytest.mark.parametrize("times", [None, 1.0])
def test_where_no_call_is_dearer_than_the_mean_one_prompt_is_enough(times):
    assert Unseen(ratio=0.5, prompts=40, times=times).needed == 1


def test_what_was_seen_decides_and_what_could_turn_it_is_said():
    chosen = decision(costing("large", 10.0), costing("small", 5.0), criteria=WIDE)
    # 1 + (1 / 0.5 - 1) / 0.0711 = 15.07
    assert (chosen.outcome, chosen.cell) == ("switch", "small")
    assert (
        "50 questions cannot exclude that 1 call in 14 of small costs 15 times its mean; then it would save nothing."
    ) in chosen.details


def test_where_rare_calls_are_allowed_for_fifty_questions_do_not_show_half_the_cost_and_a_hundred_do():
    chosen = decision(costing("large", 10.0), costing("small", 5.0), criteria=RARE)
    # 5 / 10 x (1 + 0.0711 x 24) = 1.35; 87 questions leave 4.15 %, and 0.5 x (1 + 0.0415 x 24) = 0.998
    assert (chosen.outcome, chosen.cell, chosen.n_needed) == ("undecided", "large", 87)
    assert "that it costs less is not shown by 50 questions, about 87 would do" in chosen.sentence
    assert (
        "50 questions cannot exclude that 1 call in 14 of small costs 15 times its mean (up to 25 times counts: "
        "decision.rare_cost); then it would save nothing."
    ) in chosen.details
    assert decision(costing("large", 10.0, 100), costing("small", 5.0, 100), criteria=RARE).outcome == "switch"


def test_who_knows_that_no_call_is_dear_says_so():
    known = Criteria(reference="large", margin=0.5, rare_cost=10)
    assert decision(costing("large", 10.0), costing("small", 5.0), criteria=known).outcome == "switch"
    with pytest.raises(ConfigError, match=r"decision.rare_cost=0.5: give a number >= 1"):
        Criteria(rare_cost=0.5)


def test_a_call_that_was_seen_counts_as_often_as_it_costs():
    costs = np.full(200, 1.0)
    costs[0] = 60.0  # mean 1.295: 46 times that; 0.1295 x (1 + 0.01828 x 45.3) = 0.237
    measure = pair(costing("large", 10.0, 200), costing("small", costs, 200)).cost
    unseen = measure.unseen(25.0)
    assert unseen.times == pytest.approx(60 / 1.295)
    assert unseen.ratio_with_them == pytest.approx(0.237, abs=1e-3)


@pytest.mark.parametrize(("prompts", "outcome"), [(50, "keep"), (40, "undecided")])
def test_costs_that_differ_by_rounding_alone_are_the_same(prompts, outcome):
    for cost in (0.3, 0.3 * (1 - 1e-12)):
        chosen = decision(costing("large", 0.3, prompts), costing("small", cost, prompts), criteria=WIDE)
        assert (chosen.outcome, chosen.cell, "cannot exclude" in str(chosen.details)) == (outcome, "large", False)


def test_a_free_cell_costs_less():
    chosen = decision(costing("large", 10.0, 30), costing("small", 0.0, 30), criteria=WIDE)
    assert (chosen.outcome, chosen.candidates[1].cheaper) == ("switch", Cheaper.YES)


def test_rare_runaways_that_make_a_cell_as_dear_are_never_called_a_saving():
    """5 % of calls at 30 times: small costs 1 / (1 + 0.05 x 29) = 0.408 on the others, and all in all as much.

    50 prompts show none of them in 0.95^50 = 7.7 % of data sets; without the bound that many are called cheaper. It
    depends on their number alone, which is above 9 in 0.02 % of data sets.
    """
    seen = []
    for runaways in range(10):
        cost = np.repeat([30.0, 1.0], [runaways, 50 - runaways]) / 2.45
        measure = pair(costing("large", 1.0), costing("small", cost)).cost
        if measure.seen == "less":
            seen.append(runaways)
            assert measure.unseen(25.0).ratio_with_them >= 1
    assert seen[0] == 0
