"""A judge as a user meets it: dry run, budget, kill -9 and resume, mistakes."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import dying

QUIET = ("tracking=none", "report=none")
JUDGED = ("model=small", "n=20", "quality=[proxy,judge]", *QUIET)


def query(folder: Path, text: str) -> list[tuple]:
    connection = sqlite3.connect(folder / "llmopt_stage1.sqlite")
    try:
        return connection.execute(text).fetchall()
    finally:
        connection.close()


def usd(folder: Path) -> float:
    return query(folder, "SELECT coalesce(sum(cost_pico_usd), 0) / 1e12 FROM responses")[0][0]


def test_its_cost_is_apart_and_a_dry_run_bounds_it(gencost_run, tmp_path):
    dry = gencost_run(*JUDGED, "dry_run=true")
    assert "judge of small" in dry.stdout
    (worst,) = re.findall(r"all cells, USD: \S+ / \S+ / (\S+)", dry.stdout)
    done = gencost_run(*JUDGED)
    assert done.returncode == 0, done.stderr
    assert 0 < usd(tmp_path) <= float(worst)
    assert re.search(r"20 judge calls are not in the table and cost \$0\.000\d+", done.stdout)
    assert query(tmp_path, "SELECT role, status, count(*) FROM requests GROUP BY 1, 2 ORDER BY 1") == [
        ("judge", "ok", 20),
        ("sample", "ok", 20),
    ]
    # every judgement began after the last answer had come
    late = "SELECT min(ts) FROM requests WHERE role = 'judge'"
    ends = "SELECT max(julianday(ts) + (queue_ms + latency_ms) / 864e5) - 1e-8 FROM requests WHERE role = 'sample'"
    assert query(tmp_path, f"SELECT julianday(({late})) >= ({ends})") == [(1,)]


def test_a_budget_keeps_money_for_judging_every_answer_it_buys(gencost_run, tmp_path):
    # small: about 11 words in, at most 400 out: $0.0003 each; a judge's call may cost as much
    done = gencost_run(*JUDGED, "budget.usd=0.004", "load.concurrency=1")
    assert done.returncode == 3, done.stdout + done.stderr
    assert usd(tmp_path) <= 0.004
    samples, judged = (
        query(tmp_path, f"SELECT count(*) FROM requests WHERE role = '{role}' AND status = 'ok'")[0][0]
        for role in ("sample", "judge")
    )
    assert 0 < samples == judged < 20
    more = gencost_run(*JUDGED, "budget.usd=1", "resume=true", "load.concurrency=1")
    assert more.returncode == 0, more.stdout + more.stderr
    assert query(tmp_path, "SELECT count(*) FROM scores WHERE scorer = 'judge'") == [(20,)]


def test_a_process_killed_while_judging_has_every_answer_and_a_resume_judges_the_rest(gencost_run, tmp_path):
    command = [*JUDGED, "quality.judge.provider._target_=dying.Dying", "quality.judge.in_flight=2"]
    words, killed = [sys.executable, "-m", "gencost.run", *command], dying.environment(signal.SIGKILL, at=9)
    assert subprocess.run(words, cwd=tmp_path, capture_output=True, env=killed).returncode == -signal.SIGKILL
    judged = "SELECT count(*) FROM scores WHERE scorer = 'judge'"
    before = query(tmp_path, judged)[0][0]
    assert query(tmp_path, "SELECT count(*) FROM responses JOIN requests USING (request_id) WHERE role = 'sample'") == [
        (20,)
    ]
    assert 6 <= before <= 8  # of the 8 begun before, 2 at once
    done = gencost_run(*command, "resume=true")
    assert done.returncode == 0, done.stdout + done.stderr
    assert query(tmp_path, judged) == [(20,)]
    assert query(tmp_path, "SELECT count(*) FROM requests WHERE role = 'sample'") == [(20,)]  # none asked again
    lost = query(tmp_path, "SELECT count(*) FROM requests WHERE role = 'judge' AND error_type = 'lost'")[0][0]
    assert 0 < lost <= 2
    asked = query(tmp_path, "SELECT count(*) FROM requests WHERE role = 'judge'")[0][0]
    assert 20 + lost <= asked <= 20 + 2  # the other of the two may have had its reply, but not yet its score
    assert f"{'1 call was' if lost == 1 else f'{lost} calls were'} in flight at a crash" in done.stdout


def test_what_a_judge_lacks_is_found_before_the_first_call(gencost_run, tmp_path):
    for override, said in (
        ("provider@quality.judge.provider=openai", "OPENAI_API_KEY"),
        ("quality.judge.model.name=jury", "'jury' is not a mock model"),
        ("quality.judge.provider.nam=x", "quality.judge.provider.nam"),
        ("quality.judge.provider.sleep=maybe", "quality.judge.provider.sleep"),
        ("quality.judge.template='{what}'", "'what' is not a field"),
    ):
        done = gencost_run(*JUDGED, override if "provider.nam" not in override else f"+{override}")
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert said in done.stderr
    unbounded = gencost_run(*JUDGED, "budget.usd=1", "quality.judge.model.params.max_tokens=null")
    assert "set quality.judge.model.params.max_tokens=..." in unbounded.stderr
    assert not (tmp_path / "llmopt_stage1.sqlite").exists()


def test_a_verdict_that_is_cut_off_is_no_score_and_said(gencost_run, tmp_path):
    done = gencost_run(*JUDGED, "quality.judge.model.params.max_tokens=2")
    assert done.returncode == 1  # a judge of which no reply can be read has judged nothing
    assert "judge could not score 20 of 20" in done.stdout
    assert query(tmp_path, "SELECT count(*), count(value) FROM scores WHERE scorer = 'judge'") == [(20, 0)]
