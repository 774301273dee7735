"""A hand-edited figure is found; a DB that nobody touched is reproduced to the last figure."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gencost.audit.check import audit
from gencost.metrics_db import init_db


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> Path:
    """A DB with priced, free, failed and cached calls of several scorers."""
    folder = tmp_path_factory.mktemp("audit")
    quiet = ["tracking=none", "report.plots=false", "report.csv=false", "quality=[proxy,exact_match,contains]", "n=20"]
    cached = ["cache.enabled=true"]
    for words in (["-m", "model=small,echo", "provider.error_rate=0.1"], cached, cached):
        command = [sys.executable, "-m", "gencost.run", *words, *quiet]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
    return folder / "llmopt_stage1.sqlite"


@pytest.fixture
def copy(recorded, tmp_path) -> Path:
    to = tmp_path / "copy.sqlite"
    source, target = sqlite3.connect(recorded), sqlite3.connect(to)
    source.backup(target)
    source.close()
    target.close()
    return to


def edit(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    assert connection.execute(statement).rowcount > 0
    connection.commit()
    connection.close()


def failures(path: Path) -> set[str]:
    engine = init_db(f"sqlite:///{path}")
    found = audit(engine, None)
    engine.dispose()
    return {verdict.figure for _, verdict in found.failures}


ONE = "WHERE request_id = (SELECT min(request_id) FROM responses WHERE cost_status = 'priced')"
FREE = "WHERE request_id = (SELECT min(request_id) FROM responses WHERE cost_status = 'free')"


def test_an_untouched_db_is_reproduced_whole(recorded):
    engine = init_db(f"sqlite:///{recorded}")
    found = audit(engine, None)
    engine.dispose()
    assert (found.failures, dict(found.not_recomputed)) == ([], {})
    assert found.requests == 80
    assert found.figures > 80 * 5


@pytest.mark.parametrize(
    ("statement", "figure"),
    [
        (f"UPDATE responses SET cost_pico_usd = cost_pico_usd + 1 {ONE}", "cost"),
        (f"UPDATE responses SET cost_pico_usd = NULL {ONE}", "cost"),
        (f"UPDATE responses SET cost_status = 'free' {ONE}", "cost status"),
        (f"UPDATE responses SET usage_tokens_out = usage_tokens_out + 1 {ONE}", "tokens"),
        (f"UPDATE responses SET usage_tokens_out = usage_tokens_out + 1 {FREE}", "tokens"),
        (f"UPDATE responses SET usage_tokens_cached = usage_tokens_in + 1 {ONE}", "tokens"),
        (f"UPDATE responses SET response = 'x' || response {ONE}", "response text"),
        (f"UPDATE responses SET quality_proxy = 0.99 {ONE}", "quality_proxy"),
        (f"UPDATE scores SET value = 0.77 {ONE} AND scorer = 'exact_match'", "score exact_match"),
        ("UPDATE prompts SET text = text || '!'", "prompt text"),
        ("UPDATE prices SET block = replace(block, '0.15', '0.14') WHERE block LIKE '%0.15%'", "rates"),
        ("UPDATE prices SET block = 'nonsense'", "cost"),
        (f"UPDATE requests SET latency_ms = 1 {ONE}", "latency_ms"),
        (f"DELETE FROM attempts {ONE}", "attempts"),
        ("UPDATE responses SET saved_pico_usd = 5 WHERE cost_status = 'cached'", "cost that the cache saved"),
        ("UPDATE responses SET cost_pico_usd = 5 WHERE cost_status = 'cached'", "cost from the cache"),
    ],
)
def test_a_hand_edited_figure_is_found(copy, statement, figure):
    edit(copy, statement)
    assert figure in failures(copy)


def gencost(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "gencost", *words], capture_output=True, text=True, timeout=60)


def test_the_command_lists_what_is_wrong_and_exits_1(copy):
    assert gencost("audit", "--all", "--db", f"sqlite:///{copy}").returncode == 0
    edit(copy, f"UPDATE responses SET cost_pico_usd = 7 {ONE}")
    done = gencost("audit", "--all", "--db", f"sqlite:///{copy}")
    assert done.returncode == 1
    assert "cost: recorded $0.000000000007, recomputed $0.0000" in done.stdout


def test_one_call_is_shown_on_one_page(copy):
    connection = sqlite3.connect(copy)
    request_id, text = connection.execute(f"SELECT request_id, response FROM responses {ONE}").fetchone()
    connection.close()
    done = gencost("audit", request_id[:10], "--db", f"sqlite:///{copy}")
    assert done.returncode == 0, done.stderr
    for shown in (request_id, text, "small-latest", "cell_key", '"input_usd_per_mtok":"0.15"'):
        assert shown in done.stdout
    assert "NOT reproduced" not in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["audit", "00000000-nothing"], "no request begins like this"),
        (["audit", "a"], "give at least 4 characters"),
        (["audit", "--run", "nope"], "run 'nope': no run begins like this"),
        (["reprice", "--at", "soon"], "--at 'soon': write a day like 2026-01-31"),
        (["whatif", "--model", "gpt"], 'write "provider:model"'),
        (["prices", "show", "openai:nothing"], "no price for openai:nothing in the registry"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(copy, words, said):
    db = [] if words[0] == "prices" else ["--db", f"sqlite:///{copy}"]
    done = gencost(*words, *db)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert said in done.stderr


def test_a_db_that_is_not_there_is_not_made(tmp_path):
    done = gencost("audit", "--all", "--db", f"sqlite:///{tmp_path}/none.sqlite")
    assert done.returncode == 2
    assert "does not exist" in done.stderr
    assert not (tmp_path / "none.sqlite").exists()
