"""A real tracking server that is slow, hung or gone while calls are made: the calls do not notice, sync catches up."""

from __future__ import annotations

import signal
import sqlite3
import statistics
import subprocess
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from mlflow_server import GENCOST, RUN, MlflowServer, query, wait_until

CALLS = ["model=small", "load.concurrency=4", "report=none", "tracking.live_s=1", "tracking.traces.max=20"]


@pytest.fixture
def server(tmp_path):
    (tmp_path / "server").mkdir()
    mlflow_server = MlflowServer(tmp_path / "server")
    yield mlflow_server
    mlflow_server.stop()


def start(folder: Path, server: MlflowServer, *more: str) -> subprocess.Popen[str]:
    command = [*RUN, *CALLS, f"tracking.uri={server.url}", *more]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def is_live(folder: Path) -> bool:
    return query(folder / "server" / "server.db", "SELECT count(*) FROM metrics WHERE key = 'calls'")[0][0] > 1


def calls_a_second(folder: Path) -> dict[int, int]:
    sent = query(folder / "llmopt_stage1.sqlite", "SELECT ts FROM attempts")
    return Counter(int(datetime.fromisoformat(f"{ts}+00:00").timestamp()) for (ts,) in sent)


def between(rates: dict[int, int], begin: float, end: float) -> float:
    """Median calls a second of the whole seconds between two times."""
    return statistics.median(rates.get(second, 0) for second in range(int(begin) + 1, int(end)))


def lacking(folder: Path) -> list[str | None]:
    return [why for (why,) in query(folder / "llmopt_stage1.sqlite", "SELECT mlflow_error FROM runs")]


@pytest.mark.server
def test_a_server_that_answers_nothing_for_a_while_is_caught_up_with_and_no_call_waits(tmp_path, server):
    process = start(tmp_path, server, "n=3000")  # 3000 x 20 ms / 4 = 15 s
    wait_until(lambda: is_live(tmp_path))
    begin = time.time()
    time.sleep(3)
    server.signal(signal.SIGSTOP)
    stopped = time.time()
    time.sleep(5)
    server.signal(signal.SIGCONT)
    rates_until = time.time()
    out, err = process.communicate()
    assert process.returncode == 0, err
    rates = calls_a_second(tmp_path)
    assert between(rates, stopped, rates_until) > 0.9 * between(rates, begin, stopped)
    assert lacking(tmp_path) == [None]
    assert "lacks" not in out
    assert f"{server.url}/#/experiments/" in out
    final = query(
        tmp_path / "server" / "server.db", "SELECT value, step FROM metrics WHERE key = 'calls' ORDER BY step"
    )
    assert final[-1][0] == 3000
    assert len(final) > 8  # the seconds in which nothing answered were logged later
    assert query(tmp_path / "server" / "server.db", "SELECT status FROM runs") == [("FINISHED",)]


@pytest.mark.server
def test_a_server_that_dies_costs_nothing_but_a_sync(tmp_path, server):
    process = start(tmp_path, server, "n=2000")
    wait_until(lambda: is_live(tmp_path))
    begin = time.time()
    time.sleep(3)
    server.stop()
    stopped = time.time()
    out, err = process.communicate()
    assert process.returncode == 0, err
    rates = calls_a_second(tmp_path)
    assert between(rates, stopped, max(rates)) > 0.9 * between(rates, begin, stopped)
    assert query(tmp_path / "llmopt_stage1.sqlite", "SELECT count(*) FROM requests WHERE status = 'ok'") == [(2000,)]
    assert "MLflow lacks part of this" in out
    assert "catch up with: gencost mlflow sync" in out
    assert lacking(tmp_path) != [None]
    server.start()
    done = subprocess.run([*GENCOST, "mlflow", "sync"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert lacking(tmp_path) == [None]
    final = "SELECT value FROM metrics WHERE key = 'calls' ORDER BY step DESC LIMIT 1"
    assert query(tmp_path / "server" / "server.db", final) == [(2000.0,)]
    assert query(tmp_path / "server" / "server.db", "SELECT status FROM runs") == [("FINISHED",)]
    assert query(tmp_path / "server" / "server.db", "SELECT count(*) FROM trace_info") == [(20,)]


@pytest.mark.server
def test_a_server_that_hangs_at_the_end_is_waited_for_no_longer_than_said(tmp_path, server):
    process = start(tmp_path, server, "n=600", "tracking.patience_s=3")
    wait_until(lambda: is_live(tmp_path))
    server.signal(signal.SIGSTOP)
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert "MLflow lacks part of this: it did not answer for 3 s" in out
    assert lacking(tmp_path) == ["it did not answer for 3 s"]


@pytest.mark.server
def test_every_trace_arrives_however_many(tmp_path, server):
    process = start(tmp_path, server, "n=1500", "load.concurrency=50", "tracking.traces.mode=all")
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    ours = query(tmp_path / "llmopt_stage1.sqlite", "SELECT count(*), sum(cost_pico_usd) FROM responses")
    theirs = query(tmp_path / "server" / "server.db", "SELECT count(*), round(sum(total_cost) * 1e12) FROM trace_info")
    assert theirs == ours


@pytest.mark.server
def test_a_full_store_holds_up_nothing_and_is_caught_up_with(tmp_path, gencost_process):
    """The store refuses every further metric, as a full disk would."""
    assert gencost_process("n=1", "report=none").returncode == 0
    trigger = "BEFORE INSERT ON metrics BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
    with sqlite3.connect(tmp_path / "mlflow.db") as connection:
        connection.execute(f"CREATE TRIGGER full {trigger}")
    done = gencost_process("n=5", "report=none")
    assert done.returncode == 0, done.stderr
    assert "MLflow lacks part of this" in done.stdout
    assert "disk is full" in str(lacking(tmp_path)[1])
    assert query(tmp_path / "mlflow.db", "SELECT status FROM runs") == [("FINISHED",)] * 2  # ended all the same
    with sqlite3.connect(tmp_path / "mlflow.db") as connection:
        connection.execute("DROP TRIGGER full")
    subprocess.run([*GENCOST, "mlflow", "sync"], cwd=tmp_path, check=True, capture_output=True)
    assert lacking(tmp_path) == [None, None]
    assert query(tmp_path / "mlflow.db", "SELECT value FROM metrics WHERE key = 'calls' ORDER BY 1") == [(1.0,), (5.0,)]
