"""What a crash left running is ended by ``gencost mlflow repair``: what is gone on this host, or what is named."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest
from rows import START, run_row

from gencost.cli import main
from gencost.metrics_db import insert_runs
from gencost.metrics_db.run_rows import end_run
from gencost.metrics_db.runs import begin_sweep, interrupt, tracked_run

HERE = platform.node()


@pytest.fixture
def dead() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.fixture
def left(engine, dead):
    """Six runs: only ``gone`` is of this host, of a dead process and said to be running."""
    own, other = {"host": HERE, "pid": os.getpid()}, {"host": "elsewhere", "pid": dead}
    places = {"gone": {"host": HERE, "pid": dead}, "alive": own, "other": other, "unknown": {"host": HERE, "pid": None}}
    rows = [{**run_row(name, name, name), "status": "running", **place} for name, place in places.items()]
    insert_runs(engine, [*rows, {**run_row("ended", "ended", "ended"), **places["gone"], "status": "failed"}])
    for name, place in places.items():
        begin_sweep(engine, {"sweep_id": name, "name": "n", "status": "running", "started_at": START, **place})
    return engine


def statuses(engine) -> dict[str, str]:
    return {name: tracked_run(engine, name).status for name in ("gone", "alive", "other", "unknown", "ended")}


RUNNING = {"gone": "running", "alive": "running", "other": "running", "unknown": "running", "ended": "failed"}


def test_what_is_gone_on_this_host_is_interrupted_and_nothing_else(left):
    ended = interrupt(left)
    assert (ended.runs, ended.sweeps) == (["gone"], ["gone"])
    assert statuses(left) == {**RUNNING, "gone": "interrupted"}
    assert tracked_run(left, "gone").ended_at is not None
    assert (interrupt(left).runs, interrupt(left).sweeps) == ([], [])


def test_a_run_that_ends_while_it_is_looked_at_keeps_its_end(left, monkeypatch):
    looked_at = []

    def ends(*_) -> bool:
        looked_at.append(1)
        if len(looked_at) == 1:
            end_run(left, "gone", "finished")
        return True

    monkeypatch.setattr("gencost.metrics_db.runs._is_gone", ends)
    interrupt(left)
    assert statuses(left) == {**dict.fromkeys(RUNNING, "interrupted"), "gone": "finished", "ended": "failed"}


def test_what_is_named_is_interrupted_whatever_became_of_its_process(left):
    ended = interrupt(left, ["other", "ended"])
    assert (ended.runs, ended.sweeps) == (["other"], ["other"])
    assert statuses(left) == {**RUNNING, "other": "interrupted"}


def test_of_a_process_that_is_known_to_be_gone_only_its_own_are(left, dead):
    assert interrupt(left, of_pid=dead + 1).runs == []
    assert interrupt(left, of_pid=os.getpid()).runs == ["alive"]
    assert interrupt(left, of_pid=dead).runs == ["gone"]


def repaired(engine, capsys, *words: str) -> tuple[int, list[str]]:
    with pytest.raises(SystemExit) as end:
        main(["mlflow", "repair", *words, "--db", engine.url.render_as_string(hide_password=False)])
    return int(end.value.code or 0), capsys.readouterr().out.splitlines()


def test_the_command_names_each_and_the_second_time_has_nothing_to_do(left, capsys):
    lines = [f"{kind} gone was running and is interrupted now" for kind in ("run", "sweep")]
    assert repaired(left, capsys) == (0, lines)
    assert repaired(left, capsys) == (0, ["nothing to repair"])
    assert statuses(left) == {**RUNNING, "gone": "interrupted"}
    assert repaired(left, capsys, "--run", "other")[1][0] == "run other was running and is interrupted now"
