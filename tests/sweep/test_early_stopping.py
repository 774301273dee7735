"""Sequential decisions from the command line: decided cells make no further call, and their rows say so."""

from __future__ import annotations

import json
import sqlite3

import pytest

QUIET = ("tracking=none", "report=none")


@pytest.fixture
def prompts(tmp_path):
    lines = [f"Question {i}: what is {i} times {i}?" for i in range(400)]
    (tmp_path / "p.csv").write_text("text\n" + "\n".join(lines) + "\n")


def race(gencost_run, *more: str):
    grid = ("-m", "model=small,large", "prompts.path=p.csv", "decision.sequential=true")
    return gencost_run(*grid, *QUIET, *more)


def rows(query: str):
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    rows_read = connection.execute(query).fetchall()
    connection.close()
    return rows_read


def test_a_decided_cell_stops_and_a_resume_makes_no_call_again(gencost_run, prompts):
    done = race(gencost_run)
    assert done.returncode == 0, done.stderr
    saved = rows("SELECT count(*) FROM requests WHERE status = 'skipped' GROUP BY run_id")
    assert len(saved) == 2  # the reference stops, too, when nothing is open any more
    for (calls,) in saved:
        assert f"decided early; {calls} of 400 calls were not made" in done.stdout
    decided = {cell: json.loads(text) for cell, text in rows("SELECT cell, decided_json FROM runs") if text}
    small = next(one for cell, one in decided.items() if "small" in cell)
    assert (small["verdict"], small["against"]) == ("inferior", "large")
    made = rows("SELECT count(*) FROM requests WHERE status = 'ok'")[0][0]
    assert made < 400  # of 800
    every = rows("SELECT count(*) FROM requests WHERE role = 'sample'")[0][0]
    assert every == 800  # a call that is not made is a row
    again = race(gencost_run, "resume=true")
    assert again.returncode == 0, again.stderr
    assert rows("SELECT count(*) FROM requests WHERE status = 'ok'")[0][0] == made


def test_a_cell_waits_for_no_cell_of_another_load(gencost_run, prompts):
    """Cells of another load run later: to wait for them would be to wait for ever."""
    done = gencost_run(
        "-m", "load.concurrency=1,4", "model=small", "n=40", "prompts.path=p.csv", "decision.sequential=true", *QUIET
    )
    assert done.returncode == 0, done.stderr
    assert rows("SELECT count(*) FROM requests WHERE status = 'pending'") == [(0,)]
    first, second = rows("SELECT min(ts), max(ts) FROM requests GROUP BY run_id ORDER BY min(ts)")
    assert first[1] < second[0]


def test_a_cell_alone_cannot_be_raced(gencost_run, prompts):
    done = gencost_run("model=small", "decision.sequential=true", *QUIET)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "at least two" in done.stderr


def test_a_reference_that_is_no_cell_is_refused_before_the_first_call(gencost_run):
    done = gencost_run("-m", "model=small,large", "n=3", "decision.reference=huge", *QUIET)
    assert done.returncode == 2
    assert "'huge' is not a cell" in done.stderr


def test_a_scorer_that_comes_after_all_calls_cannot_feed_a_race(gencost_run, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "late.py").write_text(
        "class Late:\n    name, version, costly = 'late', '1', True\n    def score(self, sample, response): ...\n"
    )
    done = gencost_run(
        "-m", "model=small,large", "decision.sequential=true", "score=late", "+quality.late._target_=late.Late", *QUIET
    )
    assert done.returncode == 2
    assert "late comes after all calls" in done.stderr
