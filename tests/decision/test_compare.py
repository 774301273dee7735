"""A comparison as a whole: from rows of the metrics DB to the decision."""

from __future__ import annotations

import numpy as np
import pytest
from rows import record, run_row, store

from gencost.analysis.results import read_results
from gencost.decision.compare import compare
from gencost.decision.criteria import Criteria
from gencost.decision.effects import effects
from gencost.decision.holm import holm
from gencost.errors import ConfigError
from gencost.metrics_db import insert_runs
from gencost.types import Score


def answers(run_id: str, right: int, of: int, **changes):
    """``right`` of the prompts score 1, the others 0."""
    return [
        record(run_id, f"q{i}", scores=(Score(scorer="proxy", version="1", value=float(i < right)),), **changes)
        for i in range(of)
    ]


@pytest.fixture
def three(engine):
    names = ["model=large,t=0", "model=small,t=0", "model=tiny,t=0"]
    insert_runs(engine, [run_row(run_id, name) for run_id, name in zip("abc", names, strict=True)])
    large, small = answers("a", 58, 60, pico=1000), answers("b", 57, 60, pico=100)
    store(engine, *large, *small, *answers("c", 20, 60, pico=10))
    return read_results(engine, ["a", "b", "c"])


def test_every_two_cells_are_a_pair_and_their_p_values_are_adjusted_together(three):
    comparison = compare(three)
    assert [(p.first, p.second) for p in comparison.pairs] == [
        ("large", "small"),
        ("large", "tiny"),
        ("small", "tiny"),
    ]
    raw = sorted(p.quality.p_value for p in comparison.pairs)
    adjusted = sorted(p.quality.p_holm for p in comparison.pairs)
    # Holm: the smallest p times 3, the next times 2 (never below the one before), the largest as it is.
    assert adjusted == pytest.approx([3 * raw[0], max(3 * raw[0], 2 * raw[1]), raw[2]])


def test_a_cell_is_tied_with_the_best_where_its_interval_lies_within_the_margin(three):
    # large against small: one of 60 prompts differs, the interval is about [-0.11, +0.06]; tiny is apart from 0.
    assert [one.tied_with_best for one in compare(three).cells] == [True, None, False]
    assert [one.tied_with_best for one in compare(three, Criteria(margin=0.2)).cells] == [True, True, False]


def test_every_cell_has_its_place_before_the_pareto_front(three):
    # the best is on the front, and so is each that is cheaper than all better ones
    assert [one.place.on_front for one in compare(three).cells] == [True, True, True]
    assert [one.place.prompts for one in compare(three).cells] == [60] * 3


def test_at_thirty_prompts_a_tie_can_be_told_and_below_not(engine):
    insert_runs(engine, [run_row(run_id, f"m={run_id}") for run_id in "abcd"])
    store(engine, *answers("a", 30, 30), *answers("b", 30, 30), *answers("c", 29, 29), *answers("d", 29, 29))
    wide = Criteria(margin=0.5)
    assert [one.tied_with_best for one in compare(read_results(engine, ["a", "b"]), wide).cells] == [True, True]
    assert [one.tied_with_best for one in compare(read_results(engine, ["c", "d"]), wide).cells] == [True, None]


def test_usd_per_correct_answer_is_all_money_over_all_right_answers(three):
    large = compare(three).cells[0].intervals
    assert large.usd_per_correct == pytest.approx(60 * 1000e-12 / 58)


def test_a_pair_can_be_asked_for_in_either_direction(three):
    comparison = compare(three)
    assert comparison.pair("model=small", "model=large").quality.delta.value == pytest.approx(1 / 60)
    assert comparison.pair("model=large", "model=small").quality.delta.value == pytest.approx(-1 / 60)


def test_the_same_seed_gives_the_same_comparison(three):
    assert compare(three, seed=3).pairs == compare(three, seed=3).pairs
    assert compare(three).seed == 0


def test_an_answer_from_the_cache_is_compared_at_what_it_would_have_cost(engine):
    insert_runs(engine, [run_row("a", "x=1"), run_row("b", "x=2")])
    cached = [record("b", f"q{i}", pico=0, from_cache=True, saved_pico_usd=500) for i in range(6)]
    store(engine, *(record("a", f"q{i}", pico=1000) for i in range(6)), *cached)
    comparison = compare(read_results(engine, ["a", "b"])).pairs[0]
    assert comparison.cost.mean_b == 500e-12
    assert comparison.latency is None


def test_one_cell_alone_is_compared_with_nobody(engine):
    insert_runs(engine, [run_row("a", "x=1")])
    store(engine, *answers("a", 6, 6))
    comparison = compare(read_results(engine, ["a"]))
    assert comparison.pairs == ()
    assert comparison.decision.cell == "x 1"


def grid(engine):
    cells = {"a": ("m=s,t=0", 100), "b": ("m=s,t=1", 200), "c": ("m=l,t=0", 1000), "d": ("m=l,t=1", 2000)}
    insert_runs(engine, [run_row(run_id, name) for run_id, (name, _) in cells.items()])
    store(engine, *(r for run_id, (_, pico) in cells.items() for r in answers(run_id, 6, 6, pico=pico)))
    return read_results(engine, list(cells)).summaries


def test_a_main_effect_is_the_mean_of_the_cells_with_a_value_against_all(engine):
    by_value = {(one.key, one.value): one for one in effects(grid(engine))}
    assert set(by_value) == {("m", "s"), ("m", "l"), ("t", "0"), ("t", "1")}
    # over all cells (100 + 200 + 1000 + 2000) / 4 = 825; with m=s 150, with t=1 1100
    assert by_value["m", "s"].cost_usd == pytest.approx(150e-12)
    assert by_value["m", "s"].cost_effect_usd == pytest.approx(-675e-12)
    assert by_value["t", "1"].cost_effect_usd == pytest.approx(275e-12)
    assert by_value["t", "1"].balanced
    assert by_value["t", "1"].quality_effect == 0.0


def test_a_grid_with_a_missing_cell_is_confounded_and_says_so(engine):
    by_value = {(one.key, one.value): one for one in effects(grid(engine)[:3])}
    assert not by_value["m", "l"].balanced


def test_one_key_alone_has_no_main_effects(engine):
    assert effects(grid(engine)[:2]) == []


def test_of_many_cells_only_pairs_with_the_reference_are_tested_and_others_compared_when_asked(engine, monkeypatch):
    monkeypatch.setattr("gencost.decision.compare.ALL_PAIRS", 4)
    names = [f"m={k}" for k in range(5)]
    ids = [f"r{k}" for k in range(5)]
    insert_runs(engine, [run_row(run_id, name) for run_id, name in zip(ids, names, strict=True)])
    store(engine, *(record(run_id, f"q{i}", score=1.0 - k / 20) for k, run_id in enumerate(ids) for i in range(6)))
    results = read_results(engine, ids)
    comparison = compare(results)
    assert len(comparison.pairs) == 4  # m=0 is the reference and the best; 4 others
    assert comparison.pair("m=0", "m=3").quality.p_holm is not None
    asked = comparison.pair("m=4", "m=3").quality
    assert (asked.delta.value, asked.p_holm) == (pytest.approx(1 / 20), None)
    assert len(compare(results, baseline="m=3").pairs) == 7  # 4 + 4 - the one between the two
    with pytest.raises(ConfigError, match="cell='m=99' is not a cell"):
        comparison.pair("m=0", "m=99")
    monkeypatch.setattr("gencost.decision.compare.ALL_PAIRS", 5)
    assert len(compare(results).pairs) == 10  # 5 * 4 / 2


def test_the_adjustment_is_that_of_statsmodels():
    # statsmodels 0.15.0, 2026-11-26: multipletests(p_values, method="holm")[1]
    p_values = np.array([0.001, 0.04, 0.01, 0.03, 0.2, 0.011, 0.9, 0.0004])
    assert holm(p_values) == pytest.approx([0.007, 0.12, 0.06, 0.12, 0.4, 0.06, 0.9, 0.0032])
    assert holm(np.array([0.04, 0.01, 0.03])) == pytest.approx(
        [0.06, 0.03, 0.06]
    )  # 3 x 0.01, 2 x 0.03, 1 x 0.04 < 0.06


def test_p_values_that_were_chosen_among_many_are_adjusted_for_all_of_them():
    # Of 40 cells' 780 pairs: 0.0001 x 780 and 0.001 x 779.
    assert holm(np.array([0.001, 0.0001]), 780) == pytest.approx([0.779, 0.078])
