"""Processes that make the calls of a command together: one schedule, one budget, one limit, one result."""

from __future__ import annotations

import signal
import sqlite3
from datetime import datetime
from pathlib import Path

import dying
import numpy as np
import pytest
from sqlalchemy import func, select

from gencost.metrics_db import init_db, tables
from gencost.runner.load import Poisson

TWO = ("tracking=none", "report=none", "load.processes=2")


def query(text: str) -> list[tuple]:
    connection = sqlite3.connect(Path("llmopt_stage1.sqlite"))
    rows = connection.execute(text).fetchall()
    connection.close()
    return rows


@pytest.mark.cli
def test_two_processes_give_the_answers_of_one_at_the_moments_of_one_schedule(gencost_run):
    asked = ("n=5", "repeats=80", "load=poisson", "load.rate_per_s=200", "provider.sleep=false")
    for split in (TWO, (*TWO, "load.processes=1")):
        assert gencost_run(*asked, *split).returncode == 0
    (of_two, key), (of_one, same) = query("SELECT run_id, cell_key FROM runs ORDER BY started_at")
    assert key == same
    columns = "prompt_id, repeat, response, cost_pico_usd, latency_ms"
    answers = f"SELECT {columns} FROM requests JOIN responses USING (request_id) WHERE run_id = '%s' ORDER BY 1, 2"
    assert query(answers % of_two) == query(answers % of_one)
    shares = f"SELECT DISTINCT machine_ms FROM attempts JOIN requests USING (request_id) WHERE run_id = '{of_two}'"
    assert query(shares) == [(None,)]  # nobody knows them
    (times,) = zip(*query(f"SELECT ts FROM requests WHERE run_id = '{of_two}' ORDER BY ts"), strict=True)
    due_s = np.array([datetime.fromisoformat(at).timestamp() for at in times])
    schedule = np.array(Poisson(rate_per_s=200).due_s(400, 0))
    assert np.abs((due_s - due_s[0]) - (schedule - schedule[0])).max() < 0.05
    assert dispersion(due_s) == pytest.approx(dispersion(schedule), abs=0.2)
    assert lag_1(due_s) == pytest.approx(lag_1(schedule), abs=0.05)


def dispersion(due_s: np.ndarray) -> float:
    """Variance over mean of the arrivals in windows of 50 ms; 1 of independent ones."""
    counts = np.bincount(((due_s - due_s[0]) / 0.05).astype(int))[:-1]
    return float(counts.var(ddof=1) / counts.mean())


def lag_1(due_s: np.ndarray) -> float:
    gaps = np.diff(due_s)
    return float(np.corrcoef(gaps[:-1], gaps[1:])[0, 1])


def test_one_budget_holds_for_all_processes(gencost_run):
    money = ("budget.usd=0.004", "model.max_tokens=40", "load.concurrency=4")
    done = gencost_run("-m", "model=small,large", "n=5", "repeats=8", "provider.sleep=false", *money, *TWO)
    assert done.returncode == 3
    ((spent,),) = query("SELECT sum(cost_pico_usd) / 1e12 FROM responses")
    assert 0.002 < spent <= 0.004
    assert query("SELECT count(*) FROM requests") == [(80,)]
    assert {status for (status,) in query("SELECT DISTINCT status FROM requests")} == {"ok", "skipped"}
    assert len(query("SELECT run_id FROM runs")) == 2


@pytest.mark.cli
def test_one_limit_holds_for_all_processes(gencost_run):
    """20 calls a second, a second's worth at once: 50 calls take (50 - 21) / 20 = 1.45 s, of two limits 0.2 s."""
    limited = ("n=5", "repeats=10", "provider.sleep=false", "limits.requests_per_min=1200", "load.concurrency=50")
    assert gencost_run(*limited, *TWO).returncode == 0
    times = [datetime.fromisoformat(at).timestamp() for (at,) in query("SELECT ts FROM attempts ORDER BY ts")]
    assert times[-1] - times[0] > 1.3


def test_a_process_that_dies_ends_the_command_and_a_resume_pays_nothing_twice(gencost_run, monkeypatch):
    monkeypatch.setenv(dying.VARIABLE, f"{signal.SIGKILL:d}@30")
    command = ("n=5", "repeats=40", "provider._target_=dying.Dying", "budget.usd=1", "model.max_tokens=40", *TWO)
    done = gencost_run(*command)
    assert done.returncode == 1
    assert "made a part of the calls, was ended by signal 9; what is recorded is kept" in " ".join(done.stdout.split())
    assert query("SELECT status FROM runs") == [("failed",)]
    kept = query("SELECT request_id FROM responses")
    assert 20 < len(kept) < 200
    monkeypatch.delenv(dying.VARIABLE)
    assert gencost_run(*command, "resume=true").returncode == 0
    assert query("SELECT status FROM runs") == [("finished",)]
    answered = "SELECT prompt_id, repeat FROM requests WHERE role = 'sample' AND status = 'ok'"
    assert sorted(query(answered)) == sorted(set(query(answered)))
    assert len(query(answered)) == 200
    assert set(kept) <= set(query("SELECT request_id FROM requests WHERE role = 'sample' AND status = 'ok'"))


@pytest.mark.cli
def test_ctrl_c_stops_all_processes_and_settles_what_is_in_flight(gencost_process):
    command = ("n=5", "repeats=200", "provider._target_=dying.Interrupting", *TWO)
    assert gencost_process(*command, env=dying.environment(0, 0)).returncode == 130
    assert query("SELECT status FROM runs") == [("interrupted",)]
    assert query("SELECT count(*) FROM requests WHERE status = 'pending'") == [(0,)]
    ((answered,),) = query("SELECT count(*) FROM responses")
    assert 50 < answered < 1000


@pytest.mark.postgres
def test_two_processes_record_into_one_server(gencost_run, postgres_database):
    done = gencost_run("n=5", "repeats=20", f"metrics_db.url={postgres_database}", *TWO)
    assert done.returncode == 0
    engine = init_db(postgres_database)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.responses)) == 100
        assert connection.scalar(select(func.count()).select_from(tables.runs)) == 1
    engine.dispose()
