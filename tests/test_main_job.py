"""The main job, once, as a user runs it; then what is in the DB, in MLflow and in the files."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from in_process import sweep_in

COMMAND = ["-m", "model=small,large", "n=50"]
# The command, and then what it imported.
WATCHED = """
import sys
from gencost.providers.mock import MockProvider
from gencost.run import main

complete, loaded = MockProvider.complete, []

async def watched(self, request):
    loaded.append(set(sys.modules))
    answer = await complete(self, request)
    loaded.append(set(sys.modules))
    return answer

MockProvider.complete = watched
sys.argv[0] = "gencost.run"
try:
    main()
finally:
    print("while calls are made:", sorted(loaded[-1] - loaded[0]))
    print("at all:", [name for name in ("matplotlib", "mlflow", "scipy.stats", "seaborn") if name in sys.modules])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("main_job")
    done = subprocess.run([sys.executable, "-c", WATCHED, *COMMAND], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (folder / "stdout.txt").write_text(done.stdout)
    return folder


def query(folder: Path, text: str, file: str = "llmopt_stage1.sqlite") -> list[tuple]:
    connection = sqlite3.connect(folder / file)
    rows = connection.execute(text).fetchall()
    connection.close()
    return rows


def sweep_csv(folder: Path) -> pd.DataFrame:
    (path,) = folder.glob("outputs/baseline/*/baseline_results.csv")
    return pd.read_csv(path)


def test_two_cells_of_fifty_are_a_hundred_requests_and_responses(folder):
    assert query(folder, "SELECT count(*) FROM requests WHERE status = 'ok'") == [(100,)]
    assert query(folder, "SELECT count(*) FROM responses") == [(100,)]
    assert query(folder, "SELECT cell, status FROM runs ORDER BY cell DESC") == [
        ("model=small,n=50", "finished"),
        ("model=large,n=50", "finished"),
    ]


def test_mlflow_has_one_parent_and_two_children(folder):
    parents = "SELECT key, value FROM tags WHERE key = 'mlflow.parentRunId'"
    runs = dict(query(folder, "SELECT name, run_uuid FROM runs WHERE status = 'FINISHED'", "mlflow.db"))
    assert set(runs) == {"baseline", "small", "large"}
    assert {parent for _, parent in query(folder, parents, "mlflow.db")} == {runs["baseline"]}


def test_db_and_mlflow_name_each_other(folder):
    tags = "SELECT value, run_uuid FROM tags WHERE key = 'gencost.run_id'"
    assert sorted(query(folder, tags, "mlflow.db")) == sorted(query(folder, "SELECT run_id, mlflow_run_id FROM runs"))


def test_db_csv_and_mlflow_agree_to_the_last_digit(folder):
    per_cell = """SELECT runs.mlflow_run_id, sum(cost_pico_usd), sum(usage_tokens_out), avg(quality_proxy), runs.run_id
        FROM runs JOIN requests USING (run_id) JOIN responses USING (request_id) GROUP BY runs.run_id"""
    csv = sweep_csv(folder)
    for mlflow_run_id, pico, tokens_out, quality, run_id in query(folder, per_cell):
        logged = dict(query(folder, f"SELECT key, value FROM metrics WHERE run_uuid = '{mlflow_run_id}'", "mlflow.db"))
        mine = csv[csv["run_id"] == run_id]
        assert logged["cost_usd_total"] == pico / 1e12 == int(mine["cost_pico_usd"].sum()) / 1e12
        assert logged["tokens_out_total"] == tokens_out == mine["usage_tokens_out"].sum()
        assert logged["quality_mean"] == pytest.approx(quality, rel=1e-15)
        assert mine["cost_usd"].tolist() == (mine["cost_pico_usd"] / 1e12).tolist()


def test_each_call_is_a_step_of_its_series(folder):
    series = "SELECT count(*), count(DISTINCT step) FROM metrics WHERE key = 'call_latency_ms' GROUP BY run_uuid"
    assert query(folder, series, "mlflow.db") == [(50, 50), (50, 50)]


def test_the_prompt_set_is_an_mlflow_input(folder):
    assert query(folder, "SELECT name, dataset_profile FROM datasets", "mlflow.db") == [("baseline", '{"num_rows": 5}')]


def test_params_are_the_config_and_the_overrides(folder):
    params = set(query(folder, "SELECT key, value FROM params", "mlflow.db"))
    assert {("model.name", "small-latest"), ("n", "50")} <= params
    overrides = "SELECT value FROM tags WHERE key = 'gencost.overrides'"
    assert set(query(folder, overrides, "mlflow.db")) == {("model=small n=50",), ("model=large n=50",)}
    assert not [key for key, _ in params if "gpt-4o" in key]  # the prices of other models are not params


def test_every_run_has_its_files_as_artifacts(folder):
    names = {path.name for path in (folder / "mlartifacts").rglob("*.*")}
    figures = {"baseline_cost_vs_latency.png", "baseline_quality.png"}
    tables = {"calls.json", "cells.json", "comparison.json"}
    assert names == {"baseline_results.csv", "baseline_report.html", "config.yaml", *tables, *figures}
    for path in folder.rglob("*.png"):
        assert path.read_bytes().startswith(b"\x89PNG")
        assert path.stat().st_size > 10_000


def test_nothing_is_written_outside_the_known_places(folder):
    known = {"outputs", "mlartifacts", "mlflow.db", "llmopt_stage1.sqlite", "stdout.txt"}
    assert {path.name for path in folder.iterdir()} == known


def test_the_table_shows_both_cells(folder):
    text = (folder / "stdout.txt").read_text()
    assert re.search("^ ?small ", text, re.MULTILINE)
    assert re.search("^ ?large ", text, re.MULTILINE)
    assert "mlflow ui" in text


def test_the_same_seed_gives_the_same_prompts_texts_tokens_and_costs(folder, tmp_path):
    sweep_in(tmp_path, *COMMAND, "tracking=none", "report=none")
    facts = """SELECT model, prompt_id, repeat, text, response, usage_tokens_in, usage_tokens_out, cost_pico_usd
        FROM requests JOIN responses USING (request_id) JOIN prompts ON sha256 = prompt_sha256 ORDER BY 1, 2, 3"""
    assert query(tmp_path, facts) == query(folder, facts)


def test_cells_are_paired_by_prompt_and_repeat(folder):
    csv = sweep_csv(folder)
    pairs = [set(zip(own["prompt_id"], own["repeat"], strict=True)) for _, own in csv.groupby("cell")]
    assert len(pairs) == 2
    assert pairs[0] == pairs[1]
    assert len(pairs[0]) == 50


def test_no_import_is_beside_a_call_and_figures_and_mlflow_are_made_by_others(folder):
    """An import holds the interpreter, and with it the moment at which an answer is seen."""
    text = (folder / "stdout.txt").read_text()
    assert "while calls are made: []" in text
    assert "at all: []" in text
    assert len(list(folder.rglob("outputs/**/*.png"))) == 6  # two of each cell and of the sweep
