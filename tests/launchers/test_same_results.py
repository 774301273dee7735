"""The same job gives the same rows, totals and comparison under every launcher; a split cell, under each, too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from launching import ALL, ELSEWHERE, Done, Launch, skip_without

pytestmark = pytest.mark.cli

MAIN_JOB = ("model=small,large", "n=50", "tracking=none")
ANSWERED = "FROM runs JOIN requests USING (run_id) JOIN responses USING (request_id)"
FACTS = f"""SELECT cell, prompt_id, repeat, text, response, requests.status, usage_tokens_in, usage_tokens_out,
    cost_pico_usd, quality_proxy {ANSWERED} JOIN prompts ON sha256 = prompt_sha256 ORDER BY 1, 2, 3"""
TOTALS = f"SELECT cell, count(*), sum(cost_pico_usd) {ANSWERED} GROUP BY 1 ORDER BY 1"
# What differs between two runs of the same config and seed: ids and measured times.
MEASURED = ["run_id", "request_id", "ts", "latency_ms", "queue_ms", "backoff_ms", "ttft_ms"]


def table(done: Done) -> pd.DataFrame:
    (path,) = done.folder.glob("outputs/baseline/*/baseline_results.csv")
    return pd.read_csv(path).drop(columns=MEASURED)


def comparison(done: Done) -> list[str]:
    """The decision and its reasons: cells, mean costs, qualities, differences and their intervals."""
    return [line for line in done.stdout.splitlines() if line.startswith(("Keep", "Switch", "Undecided", "Shown"))]


@pytest.fixture(scope="module")
def reference(tmp_path_factory) -> Done:
    folder = tmp_path_factory.mktemp("interleaved")
    words = [sys.executable, "-m", "gencost.run", "-m", "report.plots=false", *MAIN_JOB]
    environment = {**os.environ, "COLUMNS": "300"}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return Done(folder, 0, done.stdout, done.stderr)


@pytest.mark.parametrize("launcher", ALL[1:])
def test_the_main_job_gives_the_same_rows_totals_and_comparison(launch: Launch, reference: Done, launcher):
    done = launch(launcher, *MAIN_JOB)
    assert done.code == 0, done.stderr
    assert done.query(FACTS) == reference.query(FACTS)
    assert done.query(TOTALS) == reference.query(TOTALS)
    pd.testing.assert_frame_equal(table(done), table(reference))
    assert comparison(done) == comparison(reference) != []
    assert done.query("SELECT launcher, status FROM sweeps") == [(launcher, "finished")]


@pytest.mark.parametrize("launcher", ELSEWHERE)
def test_a_cell_split_over_processes_comes_back_as_one(launch: Launch, launcher):
    done = launch(launcher, "shards=3", "shard=range(3)", "n=31", "tracking=none")
    assert done.code == 0, done.stderr
    assert len(table(done)) == 31
    assert done.query("SELECT count(*), count(DISTINCT cell_key) FROM runs") == [(3, 1)]
    assert done.query("SELECT count(DISTINCT pid) FROM runs")[0][0] > 1  # a worker may have got several
    assert len(set(table(done)["cell"])) == 1


@pytest.mark.parametrize("launcher", ELSEWHERE)
def test_a_sweep_is_resumed_by_its_jobs(launch: Launch, launcher):
    command = ("seed=0,1", "n=20", "provider.error_rate=0.4", "retry.tries=1", "tracking=none")
    first = launch(launcher, *command)
    failed = first.query("SELECT count(*) FROM requests WHERE status = 'error'")[0][0]
    assert failed > 0
    again = launch(launcher, *command, "resume=true", "retry_errors=true")
    assert again.code == 0, again.stderr
    assert again.query("SELECT count(*) FROM runs") == [(2,)]
    assert again.query("SELECT count(*) FROM requests WHERE role = 'superseded'") == [(failed,)]


@pytest.mark.parametrize("launcher", ["basic", *ELSEWHERE])
def test_a_budget_is_each_jobs_own_and_the_table_says_so(launch: Launch, launcher):
    done = launch(
        launcher, "model=large", "seed=0,1", "n=60", "load.concurrency=20", "budget.usd=0.03", "tracking=none"
    )
    assert done.code == 3, done.stderr
    spent = done.query(f"SELECT sum(cost_pico_usd) / 1e12 {ANSWERED} GROUP BY run_id")
    assert [0 < usd <= 0.03 for (usd,) in spent] == [True, True]
    assert "budget.usd=0.03 holds for each of the 2 jobs by itself: together they may spend $0.06." in done.stdout


@pytest.mark.launcher
def test_what_submitit_keeps_of_a_config_with_a_password_is_gone_afterwards(launch: Launch):
    url = "sqlite://user:canary@/x.sqlite"
    done = launch("submitit_local", "n=1,2", f"tracking.uri={url}", "tracking.enabled=false")
    assert done.code == 0, done.stderr
    kept = [path for path in done.folder.rglob("*") if path.is_file() and b"canary" in path.read_bytes()]
    assert kept == []
    assert "canary" not in done.stdout + done.stderr
    (folder,) = done.folder.glob("outputs/baseline/*/.submitit")
    assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.launcher
@pytest.mark.parametrize("launcher", ["basic", "joblib", "submitit_local"])
def test_ctrl_c_leaves_nothing_running(launch: Launch, tmp_path: Path, launcher):
    import signal
    import sqlite3
    import time

    skip_without(launcher)
    words = ["-m", f"hydra/launcher={launcher}", "seed=0,1", "n=20000", "report=none", "tracking=none"]
    command = [sys.executable, "-m", "gencost.run", *words]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        while process.poll() is None:
            time.sleep(0.2)
            try:
                connection = sqlite3.connect(f"file:{tmp_path}/llmopt_stage1.sqlite?mode=ro", uri=True)
                answers = connection.execute("SELECT count(*) FROM responses").fetchone()[0]
                connection.close()
            except sqlite3.OperationalError:
                continue
            if answers:
                break
        time.sleep(2)  # what is still being started has begun its calls by then
        os.killpg(process.pid, signal.SIGINT)  # what a terminal does
        process.communicate()
    assert process.returncode == 130
    done = Done(tmp_path, 130, "", "")
    assert set(done.query("SELECT DISTINCT status FROM runs")) == {("interrupted",)}
    assert done.query("SELECT status FROM sweeps") == [("interrupted",)]
