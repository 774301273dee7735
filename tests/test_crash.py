"""A process killed in the middle, then resumed: one final answer a sample, none asked again but those in flight."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import dying
import pytest

N, IN_FLIGHT, KILLED_AT = 400, 20, 200
COMMAND = [f"n={N}", f"load.concurrency={IN_FLIGHT}", "provider._target_=dying.Dying", "tracking=none", "report=none"]


def query(folder: Path, text: str) -> list[tuple]:
    connection = sqlite3.connect(folder / "llmopt_stage1.sqlite")
    try:
        return connection.execute(text).fetchall()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def killed(tmp_path_factory) -> tuple[Path, list[tuple]]:
    """A folder where a run was killed with half of its calls begun, and its settled calls."""
    folder = tmp_path_factory.mktemp("crash")
    words, killed = [sys.executable, "-m", "gencost.run", *COMMAND], dying.environment(signal.SIGKILL, KILLED_AT)
    done = subprocess.run(words, cwd=folder, capture_output=True, env=killed)
    assert done.returncode == -signal.SIGKILL
    return folder, query(folder, "SELECT request_id, prompt_id, repeat FROM requests WHERE status = 'ok'")


def test_after_kill_9_resume_makes_the_missing_calls_and_no_other(killed, gencost_run, monkeypatch):
    folder, before = killed
    monkeypatch.chdir(folder)
    lost = query(folder, "SELECT count(*) FROM requests WHERE status = 'pending'")[0][0]
    assert KILLED_AT - 2 * IN_FLIGHT <= len(before) < KILLED_AT
    assert 0 < lost <= 2 * IN_FLIGHT  # each place has one call in flight and one ready
    done = gencost_run(*COMMAND, "resume=true")
    assert done.returncode == 0, done.stderr

    final = query(folder, "SELECT request_id, prompt_id, repeat FROM requests WHERE role = 'sample' AND status = 'ok'")
    assert len(final) == len({(prompt, repeat) for _, prompt, repeat in final}) == N
    assert set(before) <= set(final)  # what was paid for is kept
    assert query(folder, "SELECT count(*) FROM requests") == [(N + lost,)]
    assert query(folder, "SELECT role, status, error_type FROM requests WHERE role <> 'sample' GROUP BY 1, 2, 3") == [
        ("superseded", "error", "lost")
    ]
    assert f"{lost} calls were in flight at a crash and may have been billed twice" in done.stdout
    assert query(folder, "SELECT status, count(*) FROM runs") == [("finished", 1)]


def test_resuming_what_is_finished_makes_no_call(killed, gencost_run, monkeypatch):
    folder, _ = killed
    monkeypatch.chdir(folder)
    gencost_run(*COMMAND, "resume=true")
    before = query(folder, "SELECT count(*) FROM requests")
    done = gencost_run(*COMMAND, "resume=true")
    assert done.returncode == 0, done.stderr
    assert query(folder, "SELECT count(*) FROM requests") == before


def test_resuming_what_never_began_is_a_users_mistake(gencost_run):
    done = gencost_run("n=3", "resume=true", "tracking=none")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "no run of this command" in done.stderr
