"""Runs are found by ids, first characters, last, last~1 and names; what means nothing or two things is said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from made import START, run_row

from gencost.analysis.recorded.references import last_command, named_runs
from gencost.errors import MetricsDBError
from gencost.metrics_db import insert_runs


@pytest.fixture
def recorded(engine):
    """Monday's sweep of two cells, a single run on Tuesday, a sweep of another experiment on Wednesday."""
    rows = [
        ("aaaa1111", "m=large,n=5", "5eed0001", "nightly", 0),
        ("bbbb2222", "m=small,n=5", "5eed0001", "nightly", 0),
        ("cccc3333", "m=small,n=5", None, "nightly", 1),
        ("dddd4444", "m=small,n=9", "5eed0002", "weekly", 2),
    ]
    insert_runs(
        engine,
        [
            {**run_row(run_id, cell), "sweep_id": sweep_id, "name": name, "started_at": START + timedelta(days=day)}
            for run_id, cell, sweep_id, name, day in rows
        ],
    )
    return engine


@pytest.mark.parametrize(
    ("written", "run_ids"),
    [
        ("last", ["dddd4444"]),
        ("last~0", ["dddd4444"]),
        ("last~1", ["cccc3333"]),
        ("last~2", ["aaaa1111", "bbbb2222"]),
        ("nightly", ["cccc3333"]),
        ("nightly~1", ["aaaa1111", "bbbb2222"]),
        ("weekly", ["dddd4444"]),
        ("5eed0001", ["aaaa1111", "bbbb2222"]),
        ("aaaa", ["aaaa1111"]),
        ("m=small,n=5", ["cccc3333"]),
        ("m=small", ["dddd4444"]),
        ("m=small~2", ["bbbb2222"]),
        ("large", ["aaaa1111"]),
    ],
)
def test_a_reference_means_the_newest_of_its_kind(recorded, written, run_ids):
    assert named_runs(recorded, [written]) == run_ids


def test_references_are_mixed_and_each_run_comes_once(recorded):
    assert named_runs(recorded, ["last~1", "5eed0001", "aaaa"]) == ["cccc3333", "aaaa1111", "bbbb2222"]
    assert last_command(recorded) == ["dddd4444"]


def test_one_kind_alone_can_be_asked_for(recorded):
    assert named_runs(recorded, ["last~1"], "sweep") == ["aaaa1111", "bbbb2222"]  # Tuesday's run is not a sweep
    with pytest.raises(MetricsDBError, match="sweep 'aaaa': no sweep begins like this"):
        named_runs(recorded, ["aaaa"], "sweep")
    with pytest.raises(MetricsDBError, match="run '5eed0001': no run begins like this"):
        named_runs(recorded, ["5eed0001"], "run")


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("nightli", "did you mean 'nightly'"),
        ("5eed", "several runs begin like this: 5eed0002, 5eed0001"),
        ("aa", "give at least 4 characters of the id"),
        ("last~3", "last~3: there are 3 in the metrics DB"),
        ("weekly~1", "there are 1 of the name weekly"),
        ("last~x", "no run begins like this"),
        ("", "no run begins like this"),
    ],
)
def test_no_meaning_and_two_meanings_are_one_line(recorded, written, problem):
    with pytest.raises(MetricsDBError, match=problem) as error:
        named_runs(recorded, [written])
    assert "\n" not in str(error.value)


def test_a_name_that_an_id_begins_with_is_not_guessed(recorded):
    insert_runs(recorded, [{**run_row("eeee5555", "c"), "sweep_id": None, "name": "aaaa"}])
    with pytest.raises(MetricsDBError, match="several runs begin like this: aaaa1111, the name aaaa"):
        named_runs(recorded, ["aaaa"])
