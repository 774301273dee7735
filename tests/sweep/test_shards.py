"""A huge cell that is split is the same cell: its calls are dealt, made once each, and compared as one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

QUIET = ("tracking=none", "report.plots=false")
FACTS = """SELECT prompt_id, repeat, response, cost_pico_usd FROM requests JOIN responses USING (request_id)
    ORDER BY prompt_id, repeat"""


def query(folder: Path, text: str) -> list[tuple]:
    connection = sqlite3.connect(folder / "llmopt_stage1.sqlite")
    rows = connection.execute(text).fetchall()
    connection.close()
    return rows


def test_the_shards_ask_what_the_whole_cell_asks_and_come_back_as_one(gencost_run, tmp_path):
    done = gencost_run("-m", "shards=4", "shard=range(4)", "n=30", *QUIET)
    assert done.returncode == 0, done.stderr
    split = query(tmp_path, FACTS)
    sizes = query(tmp_path, "SELECT shard, count(*) FROM runs JOIN requests USING (run_id) GROUP BY shard")
    assert sizes == [(0, 8), (1, 8), (2, 7), (3, 7)]
    assert query(tmp_path, "SELECT count(DISTINCT cell_key), count(DISTINCT cell) FROM runs") == [(1, 1)]
    (csv,) = tmp_path.glob("outputs/baseline/*/baseline_results.csv")
    table = csv.read_text().splitlines()
    assert len(table) == 31
    assert len({row.split(",")[0] for row in table[1:]}) == 1
    (tmp_path / "llmopt_stage1.sqlite").unlink()
    assert gencost_run("n=30", *QUIET).returncode == 0
    assert query(tmp_path, FACTS) == split


def test_a_shard_that_is_resumed_goes_on_with_its_own_run(gencost_run, tmp_path):
    command = ("-m", "shards=2", "shard=0,1", "n=20", "retry.tries=1", "provider.error_rate=0.4", *QUIET)
    gencost_run(*command)
    failed = query(tmp_path, "SELECT count(*) FROM requests WHERE status = 'error'")[0][0]
    assert failed > 0
    done = gencost_run(*command, "resume=true", "retry_errors=true")
    assert done.returncode == 0, done.stderr
    assert query(tmp_path, "SELECT count(*) FROM runs") == [(2,)]
    assert query(tmp_path, "SELECT count(*) FROM requests WHERE role = 'superseded'") == [(failed,)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shards=4"], "shards=4: say which with shard=0, or ask all of them with -m shard=range(4)"),
        (["shards=4", "shard=4"], "shard=4 of shards=4: give shards >= 1 and a shard from 0 to shards - 1"),
        (["shard=1"], "shard=1 of shards=1"),
        (["shards=9", "shard=0", "n=8"], "shards=9: there are only 8 requests to deal"),
    ],
)
def test_an_impossible_split_is_refused(gencost_run, arguments, said):
    done = gencost_run(*arguments, *QUIET)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert said in done.stderr
