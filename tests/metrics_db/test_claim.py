"""A run is gone on with by one process at a time."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from gencost.metrics_db import insert_runs
from gencost.metrics_db.alive import say_alive
from gencost.metrics_db.resume import claim, last_runs


def recorded(engine, status="running", pid=None, host=None, seen_at=None):
    texts = {"name": "n", "cell": "c", "config_json": "{}", "cell_key": "k", "versions_json": "{}"}
    facts = {"status": status, "pid": pid, "host": host or platform.node(), "started_at": datetime.now(UTC), "seed": 0}
    facts["seen_at"] = seen_at
    insert_runs(engine, [{"run_id": "r", **texts, **facts}])
    (run,) = last_runs(engine, ["k"], of_sweep=False)
    return run


@pytest.fixture
def dead() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_run_of_a_living_process_is_not_taken(engine):
    run = recorded(engine, pid=os.getppid())
    assert claim(engine, run) == os.getppid()


@pytest.mark.parametrize("status", ["running", "interrupted", "failed"])
def test_a_run_of_a_dead_process_is_taken_once(engine, dead, status):
    run = recorded(engine, status, dead)
    assert claim(engine, run) is None
    assert claim(engine, run) == os.getpid()  # whoever found it as it was before comes too late


def test_a_run_that_ended_in_this_process_is_taken(engine):
    assert claim(engine, recorded(engine, "finished", os.getpid())) is None


@pytest.mark.parametrize(("silent_s", "taken"), [(30, False), (3600, True), (None, True)])
def test_a_process_elsewhere_is_taken_for_dead_when_it_says_nothing(engine, silent_s, taken):
    seen_at = None if silent_s is None else datetime.now(UTC) - timedelta(seconds=silent_s)
    run = recorded(engine, pid=7, host="elsewhere", seen_at=seen_at)
    assert claim(engine, run) == (None if taken else 7)


def test_a_process_says_that_its_runs_are_alive(engine):
    recorded(engine, pid=os.getpid())
    say_alive(engine)
    (run,) = last_runs(engine, ["k"], of_sweep=False)
    assert run.seen_at is not None
