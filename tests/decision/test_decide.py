"""The decision: switch to a cheaper cell that is shown to be as good, keep the reference, or undecided."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cells import cell
from deciding import PRICES, decision, right, standing

from gencost.analysis.measures import Measured
from gencost.decision.candidates import Cheaper
from gencost.decision.claims import Claims
from gencost.decision.criteria import Criteria
from gencost.decision.decide import Decided
from gencost.errors import ConfigError


def test_the_cheapest_cell_that_is_shown_to_be_as_good_is_switched_to():
    # Of 400 prompts small loses none, so its z is sqrt(400 x 0.02 / 0.98) = 2.86 > 2.24, the limit for 2.5 % / 2.
    chosen = decision(right(380, 400, "large"), right(380, 400, "small"), right(320, 400, "tiny"))
    assert (chosen.outcome, chosen.cell, chosen.reference) == ("switch", "small", "large")
    assert [one.status for one in chosen.candidates] == ["passes", "passes", "fails"]
    assert chosen.sentence == (
        "Switch to small: 90 % less ($1,000.00 instead of $10,000.00 per 1,000 calls), quality not more than 2 points "
        "lower (95 %), p95 10 ms."
    )
    assert chosen.details[0] == "Shown: small is not worse than large by 2 points or more."


def test_below_thirty_prompts_there_is_no_verdict_whatever_was_seen():
    chosen = decision(right(29, 29, "large"), right(29, 29, "small"), criteria=Criteria(margin=0.5))
    assert (chosen.outcome, chosen.cell, chosen.probable) == ("undecided", "large", "small")
    assert decision(right(30, 30, "large"), right(30, 30, "small"), criteria=Criteria(margin=0.5)).outcome == "switch"


def test_an_undecided_comparison_says_the_most_that_is_lost_what_would_decide_and_what_is_probable():
    chosen = decision(right(95, 100, "large"), right(95, 100, "small"))
    # no discordant prompt of 100: the end is -1.96^2 / (100 + 1.96^2) = -0.0370; d = 2 / 102 needs 385 prompts
    assert (chosen.outcome, chosen.cell, chosen.n_prompts, chosen.n_needed) == ("undecided", "large", 100, 385)
    assert chosen.finding.least_margin == pytest.approx(0.0370, abs=1e-4)
    assert chosen.sentence == (
        "Undecided: small costs 90 % less, but may lose up to 3.7 points; 100 questions, about 385 would decide. "
        "Keep large for now."
    )
    assert chosen.probable == "small"
    assert any(line.startswith("Probable, not shown: small is within 2 points of large") for line in chosen.details)


def test_a_cheaper_cell_that_is_shown_to_be_worse_leaves_the_reference():
    chosen = decision(right(190, 200, "large"), right(150, 200, "small"))
    assert (chosen.outcome, chosen.cell, chosen.n_needed) == ("keep", "large", None)
    assert chosen.sentence.startswith("Keep large: small costs 90 % less, but loses ")
    assert "points (95 %, 200 questions)." in chosen.sentence


def test_an_interval_whose_ends_print_alike_is_said_once():
    chosen = decision(cell("large", [0.6] * 20_000, cost=10.0), cell("small", [0.44] * 20_000, cost=1.0))
    assert "but loses 16.0 points (95 %" in chosen.sentence  # 0.60 - 0.44 for each prompt: both ends are 0.16


def test_the_reference_is_the_cell_of_highest_list_price_whatever_the_scores_and_the_first_of_equal_ones():
    chosen = decision(right(150, 200, "small"), right(100, 200, "large"))
    assert chosen.reference == "large"
    same = decision(right(100, 200, "small"), right(150, 200, "tiny"), small={"list_usd": 1.0}, tiny={"list_usd": 1.0})
    assert same.reference == "small"


def test_without_list_prices_the_reference_is_the_cell_of_highest_recorded_cost():
    none = {"list_usd": None}
    chosen = decision(right(150, 200, "small"), right(150, 200, "large"), small=none, large=none)
    assert chosen.reference == "large"
    assert decision(right(15, 20, "small"), right(15, 20, "large"), small=none).reference == "large"


def test_a_named_reference_may_be_given_by_its_value():
    assert decision(right(90, 100, "large"), right(90, 100, "tiny"), criteria=Criteria(reference="tiny")).cell == "tiny"


def test_never_switch_to_a_cell_that_another_is_shown_to_beat_by_the_margin():
    # small is as good as large, but tiny, the cheapest, is far better than small; so tiny it is, and never small.
    chosen = decision(right(300, 400, "large"), right(300, 400, "small"), right(390, 400, "tiny", cost=5.0))
    assert (chosen.outcome, chosen.cell) == ("switch", "tiny")
    assert "tiny is shown to be better" in chosen.candidates[1].why


def test_best_asks_for_not_worse_than_any_other_and_says_who_may_be_better():
    # tiny may be better than small: 3 of 100 prompts; so small is as good as large, but not shown to be as any other.
    cells = right(290, 300, "large"), right(290, 300, "small"), right(293, 300, "tiny", cost=20.0)
    named, best = decision(*cells), decision(*cells, criteria=Criteria(reference="best"))
    assert (named.outcome, named.cell) == ("switch", "small")
    assert any(line.startswith("Open: tiny (+1.0 points [") for line in named.details)
    assert best.outcome == "undecided"


def test_a_tie_of_the_end_with_the_margin_is_not_above_it():
    # 100 prompts, 3 won and 1 lost: the end of Tango's interval is -0.028.
    a, b = [1.0] * 97 + [0.0] * 3, [0.0] + [1.0] * 99
    chosen = decision(cell("large", a, cost=10.0), cell("small", b, cost=1.0))
    assert chosen.outcome == "undecided"
    assert (
        decision(cell("large", a, cost=10.0), cell("small", b, cost=1.0), criteria=Criteria(margin=0.03)).cell
        == "small"
    )


def test_a_cell_must_be_shown_to_cost_less():
    rng = np.random.default_rng(0)
    noisy = rng.lognormal(0, 1.5, size=200)
    small = right(200, 200, "small", cost=noisy * 0.99)
    chosen = decision(right(200, 200, "large", cost=rng.permutation(noisy)), small)
    assert chosen.outcome == "undecided"
    assert "that it costs less is not shown" in chosen.sentence


def test_a_free_reference_cannot_be_undercut():
    assert decision(right(60, 60, "large", cost=0.0), right(60, 60, "small")).outcome == "keep"


def test_limits_pass_by_the_end_of_the_interval_alone():
    latency = np.linspace(10.0, 20.0, 400)
    large, small = right(400, 400, "large", latency=latency), right(400, 400, "small", latency=latency)
    # p95 is 19.5 ms, its interval about [19.2, 19.9]
    for limit, status in ((20.0, "passes"), (19.6, "open"), (19.0, "fails")):
        chosen = decision(large, small, criteria=Criteria(max_p95_ms=limit))
        assert [one.status for one in chosen.candidates] == [status] * 2
    assert decision(large, small, criteria=Criteria(max_p95_ms=20.0)).outcome == "switch"
    assert decision(large, small, criteria=Criteria(max_p95_ms=19.6)).outcome == "undecided"
    assert decision(large, small, criteria=Criteria(max_p95_ms=19.0)).cell is None
    assert decision(large, small, criteria=Criteria(min_quality=0.995)).outcome == "undecided"  # 400 of 400: >= 0.9908


def test_a_quality_whose_interval_begins_at_the_limit_is_enough():
    large, small = right(400, 400, "large"), right(400, 400, "small")
    low = standing(small, Criteria()).quality.low
    for limit, status in ((low, "passes"), (np.nextafter(low, 1), "open")):
        chosen = decision(large, small, criteria=Criteria(min_quality=float(limit)))
        assert [one.status for one in chosen.candidates] == [status] * 2


def test_a_reference_that_breaks_a_limit_is_left_for_the_cheapest_that_keeps_it():
    slow = right(400, 400, "large", latency=50.0)
    chosen = decision(slow, right(400, 400, "small"), criteria=Criteria(max_p95_ms=30.0))
    assert (chosen.outcome, chosen.cell) == ("switch", "small")


def failing(name: str, fails: int, of: int) -> Measured:
    answered = [f"q{i}" for i in range(fails, of)]
    measured = cell(name, [1.0] * len(answered), cost=PRICES[name], prompts=answered)
    return Measured(cell=name, calls=measured.calls, failed=np.array([f"q{i}" for i in range(fails)], dtype=object))


def test_a_failed_call_counts_as_wrong_or_its_prompt_is_left_out():
    large, small = right(380, 400, "large"), failing("small", 50, 400)
    counted = decision(large, small)
    assert (counted.outcome, counted.n_prompts) == ("keep", 400)
    left_out = decision(large, small, criteria=Criteria(errors="ignore"))
    assert (left_out.outcome, left_out.n_prompts) == ("switch", 350)


def test_of_many_failing_cells_those_of_the_decision_come_first_and_the_others_are_counted():
    cells = [replace(failing("small", 10, 400), cell=f"c{i}") for i in range(6)]
    lines = [text for text in decision(*cells, failing("large", 5, 400)).details if "calls" in text]
    assert "large: 5 of 400 calls have no answer; a failed one counts as wrong." in lines
    assert (len(lines), lines[-1]) == (4, "4 more cells have calls without an answer.")


def test_a_failed_call_takes_for_ever_where_a_limit_is_asked():
    chosen = decision(right(400, 400, "large"), failing("small", 40, 400), criteria=Criteria(max_p95_ms=30.0))
    assert chosen.candidates[1].breaks_limit  # 10 % took for ever


def test_missing_scores_above_two_percent_must_agree_at_their_worst():
    scores = np.ones(400)
    scores[:40] = np.nan
    chosen = decision(right(400, 400, "large"), cell("small", scores, cost=1.0))
    assert chosen.outcome == "undecided"
    assert "10.0% of its calls have no score" in chosen.candidates[1].why
    scores[2:40] = 1.0  # two of 400 are missing
    assert decision(right(400, 400, "large"), cell("small", scores, cost=1.0)).outcome == "switch"


def test_missing_scores_of_the_reference_must_agree_at_their_worst_too():
    """Small is wrong in 10 of 100 prompts, in which large has no score: the 90 others are alike, 73 would do."""
    unscored, wrong = np.r_[np.full(10, np.nan), np.ones(90)], np.r_[np.zeros(10), np.ones(90)]
    made = decision(cell("large", unscored, cost=10.0), cell("small", wrong), criteria=Criteria(margin=0.05))
    assert (made.outcome, made.cell) == ("undecided", "large")
    assert made.candidates[1].why == "10.0% of the calls of large have no score, and at worst it is inferior"


def test_with_best_missing_scores_of_any_other_must_agree_at_their_worst():
    unscored, wrong = np.r_[np.full(10, np.nan), np.ones(90)], np.r_[np.zeros(10), np.ones(90)]
    cells = cell("large", wrong, cost=10.0), cell("small", wrong), cell("tiny", unscored, cost=20.0)
    best = Criteria(margin=0.1, reference="best")
    assert decision(*cells, criteria=best).candidates[1].why.startswith("10.0% of the calls of tiny")


def test_the_worst_case_of_graded_scores_is_tested_as_they_are():
    """At worst 7 of 200 lose 0.9 and the others gain 0.02: t ends at -0.0358, the tilted test at -0.0448."""
    scores = np.r_[np.full(7, np.nan), np.full(193, 0.92)]
    claims = Claims.of([cell("large", np.full(200, 0.9)), cell("small", scores)], 0.04)
    assert claims.not_worse("small", "large")
    assert not claims.not_worse_at_worst("small", "large")


def test_up_to_two_percent_of_missing_scores_need_not_agree_at_their_worst():
    scores = np.ones(300)
    scores[:6] = np.nan  # 294 agree: sqrt(294 x 0.02 / 0.98) = 2.45 > 2.24; at worst 6 of 300 are lost, the margin
    made = decision(right(300, 300, "large"), cell("small", scores, cost=1.0))
    assert made.outcome == "switch"
    assert (
        "2.0% of the calls of small have no score: if these spoke against it, small would not be shown to be as good."
        in made.details
    )
    scores[:7] = np.nan
    assert decision(right(300, 300, "large"), cell("small", scores, cost=1.0)).outcome == "undecided"


def test_a_cell_that_costs_the_same_in_every_prompt_costs_no_less():
    same = decision(right(400, 400, "large", cost=2.0), right(400, 400, "small", cost=2.0))
    assert (same.outcome, same.candidates[1].cheaper) == ("keep", Cheaper.NO)


def test_a_single_call_a_month_is_traffic():
    assert Criteria(calls_per_month=0.5).calls_per_month == 0.5
    with pytest.raises(ConfigError, match="give a number > 0"):
        Criteria(calls_per_month=0)


def test_an_unknown_cost_never_wins():
    chosen = decision(right(400, 400, "large"), right(400, 400, "small"), small={"unpriced": 3})
    assert (chosen.outcome, chosen.cell) == ("undecided", "large")
    assert chosen.candidates[1].why == "the cost of 3 of 400 answers is unknown"


def test_a_race_speaks_instead_of_the_interval_after_optional_stopping():
    cells = right(400, 400, "large"), right(400, 400, "small")
    inferior = Decided(verdict="inferior", against="large", margin=0.02, prompts=40)
    chosen = decision(*cells, small={"decided": inferior})
    assert (chosen.outcome, chosen.cell) == ("keep", "large")
    assert "anytime-valid test found after 40 prompts" in chosen.candidates[1].why
    assert decision(*cells, criteria=Criteria(sequential=True)).outcome == "undecided"


def test_a_verdict_for_another_margin_does_not_speak():
    other = Decided(verdict="inferior", against="large", margin=0.001, prompts=40)
    assert decision(right(400, 400, "large"), right(400, 400, "small"), small={"decided": other}).cell == "small"


@pytest.mark.parametrize(
    ("against", "reference", "outcome"),
    [
        ("large", "large", "switch"),
        ("best", "large", "switch"),
        ("tiny", "large", "undecided"),
        ("large", "best", "undecided"),
        ("best", "best", "switch"),
    ],
)
def test_a_race_speaks_of_the_cell_that_it_was_held_against_alone(against, reference, outcome):
    # Not inferior to the best is not inferior to any; not inferior to tiny says nothing of large.
    passed = Decided(verdict="not_inferior", against=against, margin=0.02, prompts=300)
    raced = Criteria(sequential=True, reference=reference)
    cells = right(390, 400, "large"), right(390, 400, "small")
    assert decision(*cells, criteria=raced, small={"decided": passed}).outcome == outcome


def test_without_scores_nothing_is_decided():
    chosen = decision(cell("large", [np.nan] * 6), cell("small", [np.nan] * 6))
    assert (chosen.outcome, chosen.probable) == ("undecided", None)
    assert [one.why for one in chosen.candidates] == ["no score", "no score"]


def test_a_scorer_that_gives_all_the_same_tells_nothing():
    chosen = decision(cell("large", [0.75] * 60, cost=2.0), cell("small", [0.75] * 60, cost=1.0))
    assert "Every answer has the score 0.75: such a scorer tells nothing." in chosen.details


@pytest.mark.parametrize(
    "wrong", [{"margin": -0.1}, {"margin": float("nan")}, {"max_p95_ms": float("inf")}, {"errors": "forget"}]
)
def test_impossible_criteria_are_refused(wrong):
    with pytest.raises(ConfigError, match="decision"):
        Criteria(**wrong)


def test_of_cells_without_a_prompt_in_common_nothing_is_probable():
    # 50 wins of 50 on prompts of its own say nothing about the other cell.
    chosen = decision(right(0, 50, "large"), cell("small", [1.0] * 50, cost=1.0, prompts=[f"p{i}" for i in range(50)]))
    assert (chosen.outcome, chosen.probable) == ("undecided", None)
    assert not any(line.startswith("Probable") for line in chosen.details)


def test_a_race_does_not_switch_to_a_cell_whose_missing_scores_may_hide_a_loss():
    """A tenth of small's answers has no score: at worst it loses 10 points."""
    scores = np.ones(300)
    scores[::10] = np.nan
    passed = Decided(verdict="not_inferior", against="large", margin=0.02, prompts=270)
    small = cell("small", scores, cost=1.0)
    chosen = decision(right(300, 300, "large"), small, criteria=Criteria(sequential=True), small={"decided": passed})
    assert (chosen.outcome, chosen.candidates[1].why) == (
        "undecided",
        "10.0% of its calls have no score, and at worst it is inferior",
    )


def test_a_least_quality_must_hold_though_missing_scores_were_0():
    """Of 300 answers 30 have no score, all others are right: from 0.986 the quality falls to 0.9 x 0.986 = 0.888."""
    scores = np.ones(300)
    scores[::10] = np.nan
    cells = right(150, 300, "large"), cell("small", scores, cost=1.0)
    strict = decision(*cells, criteria=Criteria(min_quality=0.9))
    assert strict.candidates[1].why == "10.0% of its calls have no score, and at worst its quality is below 0.9000"
    assert decision(*cells, criteria=Criteria(min_quality=0.88)).cell == "small"
