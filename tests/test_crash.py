"""A process killed in the middle, then resumed: one final answer a sample, none asked again but those in flight."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.cli

N = 2000
IN_FLIGHT = 40
COMMAND = [sys.executable, "-m", "gencost.run", f"n={N}", f"load.concurrency={IN_FLIGHT}", "tracking=none"]
COMMAND += ["report.plots=false", "report.csv=false"]


def query(folder: Path, text: str) -> list[tuple]:
    connection = sqlite3.connect(folder / "llmopt_stage1.sqlite", timeout=30)
    try:
        return connection.execute(text).fetchall()
    finally:
        connection.close()


def settled(folder: Path) -> int:
    try:
        return query(folder, "SELECT count(*) FROM requests WHERE status = 'ok'")[0][0]
    except sqlite3.OperationalError:  # no table yet
        return 0


def wait_until(true: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + 60
    while not true():
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


@pytest.fixture(scope="module")
def killed(tmp_path_factory) -> tuple[Path, list[tuple]]:
    """A folder where a run was killed with a quarter of its calls made, and its settled calls."""
    folder = tmp_path_factory.mktemp("crash")
    process = subprocess.Popen(COMMAND, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: settled(folder) > N // 4)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return folder, query(folder, "SELECT request_id, prompt_id, repeat FROM requests WHERE status = 'ok'")


def test_after_kill_9_resume_makes_the_missing_calls_and_no_other(killed):
    folder, before = killed
    lost = query(folder, "SELECT count(*) FROM requests WHERE status = 'pending'")[0][0]
    assert N // 4 < len(before) < N
    assert 0 < lost <= 2 * IN_FLIGHT  # each place has one call in flight and one ready
    done = subprocess.run([*COMMAND, "resume=true"], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr

    final = query(folder, "SELECT request_id, prompt_id, repeat FROM requests WHERE role = 'sample' AND status = 'ok'")
    assert len(final) == len({(prompt, repeat) for _, prompt, repeat in final}) == N
    assert set(before) <= set(final)  # what was paid for is kept
    assert query(folder, "SELECT count(*) FROM requests") == [(N + lost,)]
    assert query(folder, "SELECT role, status, error_type FROM requests WHERE role <> 'sample' GROUP BY 1, 2, 3") == [
        ("superseded", "error", "lost")
    ]
    assert f"{lost} calls were in flight at a crash: they may have been billed twice" in done.stdout
    assert query(folder, "SELECT status, count(*) FROM runs") == [("finished", 1)]


def test_resuming_what_is_finished_makes_no_call(killed):
    folder, _ = killed
    before = query(folder, "SELECT count(*) FROM requests")
    done = subprocess.run([*COMMAND, "resume=true"], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert query(folder, "SELECT count(*) FROM requests") == before


def test_resuming_what_never_began_is_a_users_mistake(gencost_run):
    done = gencost_run("n=3", "resume=true", "tracking=none")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "no run of this command" in done.stderr
