"""MLflow has what the metrics DB has: live, from nothing by `gencost mlflow sync`, and after a process was killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mlflow_server import GENCOST, RUN, query, wait_until

pytestmark = pytest.mark.cli

# Two cells with a failed try now and then; the price of one is not in the registry.
SWEEP = ["-m", "model=small,large", "n=40", "provider.error_rate=0.2", "retry.base_s=0.001", "retry.tries=2"]
SWEEP += ["load.concurrency=4", "tracking.live_s=1", "report.plots=false", "pricing=half", "--config-dir", "mine"]
PRICES = 'models: {"mock:small-latest": [{from: 2026-01-01, input_usd_per_mtok: 0.1, output_usd_per_mtok: 0.7}]}'


CONTENT = {
    "runs": "SELECT name, status, start_time, end_time, user_id FROM runs ORDER BY start_time, name",
    "params": "SELECT name, key, value FROM params JOIN runs USING (run_uuid) ORDER BY 1, 2",
    "metrics": "SELECT name, key, value, timestamp, step FROM metrics JOIN runs USING (run_uuid) ORDER BY 1, 2, 5, 4",
    "tags": """SELECT name, key, value FROM tags JOIN runs USING (run_uuid)
        WHERE key NOT IN ('mlflow.parentRunId') ORDER BY 1, 2""",
    "children": """SELECT c.name, p.name FROM tags JOIN runs c USING (run_uuid) JOIN runs p ON p.run_uuid = tags.value
        WHERE key = 'mlflow.parentRunId' ORDER BY 1""",
    "inputs": "SELECT name, digest, dataset_source, dataset_profile FROM datasets",
    "traces": """SELECT request_id, timestamp_ms, execution_time_ms, status, request_preview, response_preview
        FROM trace_info ORDER BY 1""",
    "spans": "SELECT trace_id, span_id, name, type, status, start_time_unix_nano, end_time_unix_nano, total_cost, "
    "model_name FROM spans ORDER BY 1, 2",
    "scores": "SELECT trace_id, name, value, source_type, source_id FROM assessments ORDER BY 1, 2",
}


def artifacts(folder: Path) -> list[tuple[str, bytes]]:
    """Names and contents of the artifacts, whatever their runs are called."""
    files = [path for path in (folder / "mlartifacts").rglob("*") if path.is_file()]
    return sorted((path.name, path.read_bytes()) for path in files)


def content(folder: Path) -> dict[str, list[tuple]]:
    return {what: query(folder / "mlflow.db", text) for what, text in CONTENT.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder where the sweep was run."""
    folder_made = tmp_path_factory.mktemp("sync")
    (folder_made / "mine" / "pricing").mkdir(parents=True)
    (folder_made / "mine" / "pricing" / "half.yaml").write_text(PRICES)
    done = subprocess.run([*RUN, *SWEEP], cwd=folder_made, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (folder_made / "stdout.txt").write_text(done.stdout)
    return folder_made


def test_a_lost_store_is_rebuilt_with_the_same_runs_metrics_artifacts_and_traces(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "again")
    again = tmp_path / "again"
    (again / "mlflow.db").unlink()
    shutil.rmtree(again / "mlartifacts")
    done = subprocess.run([*GENCOST, "mlflow", "sync", "--all"], cwd=again, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    before, after = content(folder), content(again)
    for what in CONTENT:
        assert after[what] == before[what], what
    assert all(len(before[what]) > 2 for what in CONTENT if what not in {"inputs", "children"})
    assert artifacts(again) == artifacts(folder)
    # The metrics DB names the runs of the new store.
    named = query(again / "llmopt_stage1.sqlite", "SELECT run_id, mlflow_run_id FROM runs ORDER BY 1")
    tags = "SELECT value, run_uuid FROM tags WHERE key = 'gencost.run_id' ORDER BY 1"
    assert query(again / "mlflow.db", tags) == named


@pytest.mark.server
def test_what_mlflow_has_is_not_logged_twice(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "again")
    again = tmp_path / "again"
    subprocess.run([*GENCOST, "mlflow", "sync", "--all"], cwd=again, check=True, capture_output=True)
    assert content(again) == content(folder)


def test_mlflows_own_cost_and_tokens_are_ours_and_an_unpriced_call_has_no_cost_and_no_model(folder):
    ours = query(
        folder / "llmopt_stage1.sqlite",
        """SELECT 'tr-' || replace(request_id, '-', ''), cost_pico_usd / 1e12, usage_tokens_in, usage_tokens_out
        FROM requests LEFT JOIN responses USING (request_id) ORDER BY 1""",
    )
    columns = "request_id, total_cost, input_tokens, output_tokens"
    assert query(folder / "mlflow.db", f"SELECT {columns} FROM trace_info ORDER BY 1") == ours
    sums = (
        "SELECT model_name, sum(total_cost IS NOT NULL), count(DISTINCT trace_id) FROM spans WHERE type = 'CHAT_MODEL'"
    )
    rows = {m: (priced, n) for m, priced, n in query(folder / "mlflow.db", f"{sums} GROUP BY 1")}
    answered = query(folder / "llmopt_stage1.sqlite", "SELECT count(*) FROM responses WHERE cost_status = 'priced'")
    assert rows["small-latest"] == (answered[0][0], answered[0][0])
    assert rows[None][0] == 0
    text = "SELECT content FROM spans WHERE model_name IS NULL AND type = 'CHAT_MODEL'"
    for (span,) in query(folder / "mlflow.db", text):
        assert not [key for key in json.loads(span)["attributes"] if key.endswith((".model", "llm.cost"))]


def test_input_and_output_cost_add_up_to_the_total(folder):
    for cost_in, cost_out, total in query(
        folder / "mlflow.db", "SELECT input_cost, output_cost, total_cost FROM spans WHERE total_cost IS NOT NULL"
    ):
        assert cost_in + cost_out == pytest.approx(total, rel=1e-12)
        assert 0 < cost_in < cost_out


def test_a_trace_shows_each_attempt_when_it_was_on_the_wire(folder):
    text = """SELECT 'tr-' || replace(request_id, '-', ''), 'attempt ' || attempt, ts, service_ms FROM attempts"""
    spans = {
        (trace, name): (a, b)
        for trace, name, a, b in query(
            folder / "mlflow.db", "SELECT trace_id, name, start_time_unix_nano, end_time_unix_nano FROM spans"
        )
    }
    attempts = query(folder / "llmopt_stage1.sqlite", text)
    assert len(attempts) > 80  # 2 cells x 40 calls, some tried twice
    for trace, name, _, service_ms in attempts:
        began, ended = spans[trace, name]
        assert (ended - began) / 1e6 == pytest.approx(service_ms, abs=0.002)
    assert {name for _, name in spans} >= {"queue", "backoff", "attempt 1", "attempt 2", "chat small-latest"}


def test_the_process_that_makes_the_calls_never_imports_mlflow(tmp_path):
    code = "import sys; sys.argv[1:] = ['n=2', 'report=none']\nimport gencost.run\ntry:\n gencost.run.main()\n"
    code += "except SystemExit as end:\n assert end.code == 0\nassert 'mlflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    assert query(tmp_path / "mlflow.db", "SELECT status FROM runs") == [("FINISHED",)]


LONG = ["-m", "model=large", "seed=0,1", "load.concurrency=8", "report=none"]
LONG += ["tracking.live_s=1", "tracking.traces.mode=none"]


def started(folder: Path, n: int) -> subprocess.Popen[str]:
    """A sweep whose calls go on for n x 45 ms / 8, with its parent and cells in MLflow."""
    process = subprocess.Popen(
        [*RUN, *LONG, f"n={n}"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    live = "SELECT count(DISTINCT run_uuid) FROM metrics WHERE key = 'calls'"

    def both_are_live() -> bool:
        try:
            return query(folder / "mlflow.db", live) == [(2,)]
        except sqlite3.OperationalError:
            return False

    wait_until(both_are_live)
    return process


def mlflow_statuses(folder: Path) -> list[str]:
    """Of MLflow's runs; none before it has made its tables."""
    try:
        return sorted(status for (status,) in query(folder / "mlflow.db", "SELECT status FROM runs"))
    except sqlite3.OperationalError:
        return []


@pytest.mark.server
def test_metrics_appear_while_the_cells_run_and_ctrl_c_leaves_nothing_running(tmp_path):
    process = started(tmp_path, 100_000)  # it returns when both cells have a point
    assert mlflow_statuses(tmp_path) == ["RUNNING"] * 3
    os.kill(process.pid, signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    assert mlflow_statuses(tmp_path) == ["KILLED"] * 3
    assert query(tmp_path / "llmopt_stage1.sqlite", "SELECT status FROM sweeps") == [("interrupted",)]


@pytest.mark.server
def test_after_kill_9_both_stores_say_interrupted_and_a_resume_finishes_the_same_runs(tmp_path):
    process = started(tmp_path, 4000)
    process.kill()
    process.communicate()
    wait_until(lambda: mlflow_statuses(tmp_path) == ["KILLED"] * 3)
    statuses = "SELECT status FROM runs UNION ALL SELECT status FROM sweeps"
    assert query(tmp_path / "llmopt_stage1.sqlite", statuses) == [("interrupted",)] * 3
    runs = query(tmp_path / "mlflow.db", "SELECT run_uuid FROM runs ORDER BY 1")
    done = subprocess.run([*RUN, *LONG, "n=4000", "resume=true"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert mlflow_statuses(tmp_path) == ["FINISHED"] * 3
    assert query(tmp_path / "mlflow.db", "SELECT run_uuid FROM runs ORDER BY 1") == runs


def is_running(folder: Path) -> bool:
    try:
        return bool(query(folder / "llmopt_stage1.sqlite", "SELECT 1 FROM runs WHERE status = 'running'"))
    except sqlite3.OperationalError:
        return False


@pytest.mark.server
@pytest.mark.parametrize("after_s", [0.0, 0.3])
def test_what_is_killed_before_the_sync_process_has_started_is_interrupted_in_both_stores(tmp_path, after_s):
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen([*RUN, *LONG, "n=4000"], cwd=tmp_path, stdout=log, stderr=log)
    wait_until(lambda: is_running(tmp_path))
    time.sleep(after_s)
    process.kill()
    process.wait()
    assert mlflow_statuses(tmp_path) == []  # nothing has been told to MLflow yet
    statuses = "SELECT status FROM runs UNION ALL SELECT status FROM sweeps"
    begun = len(query(tmp_path / "llmopt_stage1.sqlite", statuses))  # perhaps not all cells
    wait_until(lambda: mlflow_statuses(tmp_path) == ["KILLED"] * begun)
    assert query(tmp_path / "llmopt_stage1.sqlite", statuses) == [("interrupted",)] * begun


@pytest.mark.server
def test_repair_ends_what_a_crash_of_the_machine_left_running(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "crashed")
    crashed = tmp_path / "crashed"
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for file, text in (
        ("llmopt_stage1.sqlite", f"UPDATE runs SET status = 'running', pid = {gone.pid}, ended_at = NULL"),
        ("llmopt_stage1.sqlite", f"UPDATE sweeps SET status = 'running', pid = {gone.pid}, ended_at = NULL"),
        ("mlflow.db", "UPDATE runs SET status = 'RUNNING', end_time = NULL"),
    ):
        connection = sqlite3.connect(crashed / file)
        with connection:
            connection.execute(text)
        connection.close()
    done = subprocess.run([*GENCOST, "mlflow", "repair"], cwd=crashed, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("is interrupted now") == 3
    assert mlflow_statuses(crashed) == ["KILLED"] * 3
    assert query(crashed / "llmopt_stage1.sqlite", "SELECT DISTINCT status FROM runs") == [("interrupted",)]
    done = subprocess.run([*GENCOST, "mlflow", "repair"], cwd=crashed, capture_output=True, text=True)
    assert done.stdout == "nothing to repair\n"


def test_the_command_ends_with_the_two_pages_a_user_wants(folder):
    text = (folder / "stdout.txt").read_text()
    runs = dict(query(folder / "mlflow.db", "SELECT name, run_uuid FROM runs"))
    assert "/#/experiments/1/evaluation-runs\n" in text
    (page,) = [line.strip() for line in text.splitlines() if "compare-runs" in line]
    assert page.startswith("http://127.0.0.1:5000/#/compare-runs?runs=")
    assert all(run_uuid in page for name, run_uuid in runs.items() if name != "baseline")
    assert "mlflow ui --workers 1 --backend-store-uri sqlite:///" in text
