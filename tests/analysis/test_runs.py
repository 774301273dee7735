"""Shards of one sweep are one cell again, with the calls of all and the worst of their ends."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rows import failed, record, run_row, store

from gencost.analysis.recorded.runs import Run, runs, whole
from gencost.analysis.results import read_results
from gencost.metrics_db import insert_runs, tables
from gencost.metrics_db.resume import RunProgress, settled
from gencost.report.warnings import warnings

START = datetime(2026, 1, 1, tzinfo=UTC)


def shard(number: int | None, **changes) -> Run:
    facts = {"run_id": f"r{number}", "sweep_id": "s", "name": "n", "cell": "c", "cell_key": "k", "score": "proxy"}
    ends = {"status": "finished", "error_message": None, "started_at": START, "ended_at": START + timedelta(minutes=1)}
    lag = {"client_bound": False, "loop_lag_p99_ms": 1.0, "mlflow_run_id": None, "seed": 0}
    return Run(**{**facts, **ends, **lag, "shards": 3, "shard": number, **changes})


def test_shards_of_one_cell_of_one_sweep_are_one_run():
    (cell,) = whole([shard(0), shard(1), shard(2)])
    assert (cell.run_id, cell.parts, cell.shard, cell.shards) == ("r0", ("r0", "r1", "r2"), None, 3)


@pytest.mark.parametrize("other", [{"sweep_id": "t"}, {"cell": "d"}, {"cell_key": "l"}, {"shards": 4}, {"name": "m"}])
def test_runs_that_differ_in_more_than_their_shard_stay_apart(other):
    assert [cell.parts for cell in whole([shard(0), shard(1, **other)])] == [("r0",), ("r1",)]


def test_whole_runs_and_a_shard_asked_twice_stay_apart():
    assert len(whole([shard(None, shards=None), shard(None, shards=None, run_id="other")])) == 2
    assert [cell.parts for cell in whole([shard(0), shard(1), shard(0, run_id="again")])] == [("r0", "r1"), ("again",)]


def test_it_ends_as_the_worst_and_the_last_of_them_did():
    late = START + timedelta(minutes=9)
    others = [shard(1, status="failed", error_message="no", ended_at=late), shard(2, client_bound=True)]
    (cell,) = whole([replace(shard(0), loop_lag_p99_ms=7.0), *others])
    assert (cell.status, cell.error_message, cell.ended_at) == ("failed", "no", late)
    assert (cell.client_bound, cell.loop_lag_p99_ms) == (True, 7.0)
    (cell,) = whole([shard(0), shard(1, status="running", ended_at=None)])
    assert (cell.status, cell.ended_at) == ("running", None)


def test_their_calls_scores_and_overheads_add_up(engine):
    rows = [{**run_row(run_id, "c"), "cell_key": "k", "shards": 2, "shard": i} for i, run_id in enumerate("ab")]
    insert_runs(engine, rows)
    store(engine, record("a", "q1", score=0.2), record("b", "q2", score=0.6), record("b", "q3", score=0.7))
    store(engine, record("a", "q4", role="warmup"), record("b", "q4", role="warmup"))
    results = read_results(engine, ["a", "b"])
    (cell,) = results.summaries
    assert (cell.n, cell.cost_pico_usd_total) == (3, 3000)
    assert cell.quality_mean == pytest.approx((0.2 + 0.6 + 0.7) / 3)
    assert (dict(cell.overhead.calls), dict(cell.overhead.pico_usd)) == ({"warmup": 2}, {"warmup": 2000})
    assert set(results.calls["run_id"]) == {"a"}
    assert [run.parts for run in runs(engine, sweep_id="s")] == [("a", "b")]
    assert warnings(results.summaries) == []


def test_a_missing_shard_is_shouted_about(engine):
    insert_runs(engine, [{**run_row("a", "c"), "shards": 2, "shard": 0}])
    store(engine, record("a", "q1"))
    assert warnings(read_results(engine, ["a"]).summaries) == [
        "c: 1 of 2 shards: the calls of the others are not in the figures."
    ]


def test_how_far_a_sweep_is_counts_results_by_run(engine):
    insert_runs(engine, [run_row("a", "x"), run_row("b", "y"), run_row("c", "z", sweep_id="other")])
    store(engine, record("a", "q1", pico=5), record("a", "q2", pico=None), failed("a", "q3"))
    store(engine, record("a", "q4", role="warmup"), record("c", "q1"))
    assert settled(engine, "s") == {"a": RunProgress(done=3, errors=1, unpriced=1, pico_usd=5)}


@pytest.mark.parametrize(
    ("target", "sleep", "known"),
    [
        ("gencost.providers.mock.MockProvider", {"sleep": True}, True),
        ("gencost.providers.mock.MockProvider", {"sleep": False}, False),
        ("gencost.providers.replay.ReplayProvider", {}, False),
        ("gencost.providers.replay.ReplayProvider", {"sleep": True}, True),
        ("mine.Provider", {"sleep": False}, True),
    ],
)
def test_how_many_were_in_flight_is_known_of_calls_that_took_as_long_as_they_say(engine, target, sleep, known):
    config = json.dumps({"provider": {"_target_": target, **sleep}})
    insert_runs(engine, [{**run_row("a", "c"), "config_json": config}])
    store(engine, record("a", "q1"), record("a", "q2"))
    with engine.begin() as connection:
        connection.execute(tables.requests.update().values(attempts=1))
    (cell,) = read_results(engine, ["a"]).summaries
    assert (cell.timing.in_flight_mean is not None, cell.timing.in_flight_max is not None) == (known, known)
