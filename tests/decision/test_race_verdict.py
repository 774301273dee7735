"""The verdict of a race holds for its own scores, cells and way to count failed calls, and for no others."""

from __future__ import annotations

import json

import pytest
from rows import failed, record, run_row, store

from gencost.analysis.results import read_results
from gencost.decision.criteria import Criteria
from gencost.decision.race_verdict import verdict_of_race
from gencost.metrics_db import insert_runs
from gencost.types import Score


@pytest.fixture
def raced(engine):
    """Cells a and b of one sweep, in which b passed against a; c is of another, and has a failed call."""
    verdict = {"verdict": "not_inferior", "against": "a", "margin": 0.02, "prompts": 2, "errors": "fail"}
    insert_runs(engine, [run_row("a", "model=a"), run_row("c", "model=c", "other")])
    insert_runs(engine, [{**run_row("b", "model=b"), "decided_json": json.dumps(verdict)}])
    two = tuple(Score(scorer=name, version="1", value=0.5) for name in ("proxy", "length"))
    store(engine, *(record(run, "q1", scores=two) for run in "abc"), failed("c", "q2"))
    return engine


@pytest.mark.parametrize(
    ("runs", "score", "errors", "against"),
    [
        ("ab", None, "fail", "a"),
        ("ab", None, "ignore", "a"),  # no call failed
        ("abc", None, "ignore", None),
        ("ab", "proxy", "fail", "a"),
        ("ab", "length", "fail", None),  # of which the race saw nothing
        ("bc", None, "fail", None),  # the cell that it was held against is not there
    ],
)
def test_a_race_speaks_of_what_it_saw(raced, runs, score, errors, against):
    results = read_results(raced, list(runs), score)
    run = next(run for run in results.runs if run.run_id == "b")
    verdict = verdict_of_race(results, run, Criteria(errors=errors))
    assert (verdict and verdict.against) == against
