"""A sweep over prompts from traffic, killed and resumed while the traffic goes on."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dying
import pytest

from gencost import UnifiedLLM
from gencost.metrics_db import init_db
from gencost.metrics_db.tables import runs
from gencost.providers.mock import MockProvider
from gencost.traffic import RecordedPrompts

N = 30
COMMAND = ["prompts=traffic", f"n={N}", "load.concurrency=2", "provider._target_=dying.Dying", "tracking=none"]
SWEEP = ["-m", *COMMAND, "model=small,large", "report=none"]


def serve(site: str, calls: int) -> None:
    """Record calls of an application."""
    provider = MockProvider(profiles={"large-latest": {"words": 5, "median_ms": 1, "sigma": 0.1}})
    with UnifiedLLM(provider=provider, model="large-latest", run=site) as llm:
        for number in range(calls):
            llm.complete(f"{site} {number}")


def query(statement: str) -> list[tuple]:
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def asked(source: str) -> list[tuple]:
    """The cell, the prompt and the weight of each result of calls whose prompts were drawn."""
    return query(
        f"""SELECT r.cell, q.prompt_id, json_extract(t.tags_json, '$."gencost.weight"') FROM requests AS q
        JOIN traffic AS t USING (request_id) JOIN runs AS r USING (run_id)
        WHERE t.source = '{source}' AND q.role = 'sample' AND q.status = 'ok'"""
    )


def test_a_killed_sweep_goes_on_with_the_same_sample_and_pays_nothing_twice(tmp_path, gencost_run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    serve("checkout", 50)
    words, killed = [sys.executable, "-m", "gencost.run", *SWEEP], dying.environment(signal.SIGKILL, 20)
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, env=killed)
    assert done.returncode == -signal.SIGKILL, done.stderr
    before = query("SELECT request_id FROM requests JOIN traffic USING (request_id) WHERE status = 'ok'")
    assert 50 < len(before) < 50 + 3 * N
    serve("checkout", 40)  # would be drawn by a new command

    done = gencost_run(*SWEEP, "resume=true")
    assert done.returncode == 0, done.stderr
    first, second = ({at for cell, at, _ in asked("sampled") if name in cell} for name in ("small", "large"))
    assert len(asked("sampled")) == 2 * N  # each prompt once a cell
    assert first == second == {at for _, at, _ in asked("recorded")}
    assert len(asked("recorded")) == len(first) == N
    # 50 requests of one stratum, 30 drawn: each stands for 50 / 30.
    assert {float(weight) for *_, weight in asked("sampled")} == {50 / N}
    assert set(before) <= set(query("SELECT request_id FROM requests WHERE status = 'ok' AND role = 'sample'"))
    assert query("SELECT count(*) FROM runs WHERE sweep_id IS NOT NULL") == [(3,)]


def test_a_single_run_says_that_it_has_no_cell_of_recorded_answers(tmp_path, gencost_run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    serve("checkout", 3)
    done = gencost_run("prompts=traffic", "n=2", "model=small", "tracking=none", "report=none")
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if "recorded answers" in line]
    assert line.startswith("prompts=traffic: recorded, the cell of the recorded answers, is not part of a single run")


def test_only_what_was_recorded_by_then_is_drawn(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    serve("checkout", 3)
    then = datetime.now(UTC).isoformat()
    serve("checkout", 4)
    assert len(RecordedPrompts(until=then).load()) == 3
    assert len(RecordedPrompts().load()) == 7
    engine = init_db()
    with engine.begin() as connection:  # a log that is imported later tells of calls that were made before
        connection.execute(runs.update().values(started_at=datetime.now(UTC) + timedelta(days=1)))
    engine.dispose()
    assert [len(RecordedPrompts(since=None, until=at).load()) for at in (None, "2100-01-01")] == [7, 7]
    with pytest.raises(Exception, match="no recorded request"):
        RecordedPrompts(until=then).load()


def test_failed_calls_are_not_drawn(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    serve("checkout", 3)
    connection = sqlite3.connect(Path("llmopt_stage1.sqlite"))
    connection.execute("UPDATE requests SET status = 'error' WHERE request_id = (SELECT min(request_id) FROM requests)")
    connection.commit()
    connection.close()
    assert len(RecordedPrompts().load()) == 2
