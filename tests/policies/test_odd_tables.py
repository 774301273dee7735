"""Tables of unusual shape are judged, without a warning, and unknown is never 0."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from gencost.analysis.recorded.grid import Grid, make_grid
from gencost.policies.evaluate import evaluate
from gencost.policies.length import PromptLength
from gencost.report.policies import policies_json

N = 120
RNG = np.random.default_rng(0)
TEXTS = [f"question {i} of {'abcdefghij'[i % 10]}" for i in range(N)]
HALF, MOST = (RNG.random((2, N)) < [[0.5], [0.9]]).astype(float)
DEAR, CHEAP = np.full(N, 1e-3), np.full(N, 1e-5)
GAPS = np.where(np.arange(N) % 3 == 0, np.nan, 1.0)


def grid(small: np.ndarray = HALF, large: np.ndarray = MOST, costs: tuple = (CHEAP, DEAR), texts: list = TEXTS) -> Grid:
    cells = {"small": {"quality": small, "cost": costs[0]}, "large": {"quality": large, "cost": costs[1]}}
    return make_grid(texts, cells)


def judged(table: Grid) -> dict:
    return json.loads(policies_json(evaluate(table, 0.02, policies=[PromptLength()])))


TABLES = {
    "scores are missing": grid(small=HALF * GAPS),
    "all scores are equal": grid(small=np.ones(N), large=np.ones(N)),
    "all scores are 0": grid(small=np.zeros(N), large=np.zeros(N)),
    "cells are alike": grid(large=HALF, costs=(CHEAP, CHEAP)),
    "the cheap one is better": grid(small=MOST, large=HALF),
    "everything is free": grid(costs=(CHEAP * 0, CHEAP * 0)),
    "scores are graded": grid(small=RNG.random(N), large=RNG.random(N)),
    "texts have no words": grid(texts=["?" * (i + 1) for i in range(N)]),
    "prompts come twice": grid(texts=[TEXTS[i // 2] for i in range(N)]),
}
BESIDE = {"zero_router", "random", "length", "oracle"}
KEYS = {"quality", "cost_usd", "quality_ci", "cost_ci", "shares", "apgr", "cpt20", "cpt50", "cpt80", "aiq"}


@pytest.mark.parametrize("name", TABLES)
def test_every_baseline_is_there_with_every_key(name):
    policies = judged(TABLES[name])["policies"]
    assert set(policies) == BESIDE
    assert all(set(policy) == KEYS for policy in policies.values())
    for policy in policies.values():
        assert policy["shares"] is None or sum(policy["shares"].values()) == pytest.approx(1)


def test_a_missing_score_is_left_out_and_never_chosen():
    made = judged(TABLES["scores are missing"])
    known = np.isfinite(GAPS)
    assert made["singles"]["small"]["quality"] == pytest.approx(HALF[known].mean())
    best = np.where(known, np.maximum(HALF, MOST), MOST)  # where small is unknown, hindsight takes large
    assert made["policies"]["oracle"]["quality"] == pytest.approx(best.mean())


def test_where_the_cheap_cell_is_better_it_is_the_hull_and_everything_asks_it():
    made = judged(TABLES["the cheap one is better"])
    assert made["hull"] == ["small"]
    assert made["policies"]["random"]["shares"] == {"small": 1.0, "large": 0.0}
    assert made["policies"]["random"]["apgr"] is None  # there is no gap to be recovered
    assert made["verdict"].startswith("No policy beats small-only")


def test_cells_of_other_prompts_are_judged_where_they_are_known():
    first, last = np.arange(N) < 70, np.arange(N) >= 50
    cells = {
        "small": {"quality": np.where(first, HALF, np.nan), "cost": np.where(first, CHEAP, np.nan)},
        "large": {"quality": np.where(last, MOST, np.nan), "cost": np.where(last, DEAR, np.nan)},
    }
    made = judged(replace(make_grid(TEXTS, cells), answered=np.column_stack([first, last])))
    assert made["singles"]["large"]["quality"] == pytest.approx(MOST[last].mean())
    assert made["policies"]["oracle"]["quality"] is not None
    assert made["verdict"].startswith("No policy beats")


def test_the_quality_of_a_single_cell_has_the_interval_that_the_table_of_cells_has():
    """120 of 120 are right: Clopper and Pearson end at 0.025^(1/120) = 0.9697, Student's t at 1."""
    singles = evaluate(TABLES["all scores are equal"], 0.02, policies=[PromptLength()]).singles
    assert [single.quality.low for single in singles] == pytest.approx([0.025 ** (1 / 120)] * 2)
