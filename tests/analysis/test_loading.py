"""Recorded calls, cells and scores as pandas frames of documented columns and types."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from made import failed, record, store

import gencost
from gencost.errors import MetricsDBError
from gencost.metrics_db import init_db

NOTEBOOK = Path(__file__).parent.parent.parent / "experiments" / "pandas" / "calls.ipynb"


@pytest.fixture
def recorded():
    engine = init_db()
    config = {"model": {"name": "a", "temperature": 0.5}, "seed": 3, "tracking": {"uri": "secret"}, "n": 2}
    cells = {"m=a": [record("aaaa1111", 1, pico=7), failed("aaaa1111", 2)]}
    store(engine, cells, ids=["aaaa1111"], config_json=json.dumps(config))
    other = {"m=b": [record("bbbb2222", 1, pico=None, score=0.25)]}
    store(engine, other, ids=["bbbb2222"], sweep_id="t", config_json=json.dumps({**config, "n": 1}))
    yield engine
    engine.dispose()


def test_a_call_is_a_row_with_its_texts_money_and_config(recorded):
    calls = gencost.load_calls(run="aaaa1111")
    answered, broken = calls.to_dict("records")
    assert (answered["prompt"], answered["answer"], answered["reference"]) == ("question 1", "answer 1", None)
    assert (answered["cost_pico_usd"], answered["score_right"], answered["config.model.temperature"]) == (7, 1.0, 0.5)
    assert (broken["status"], broken["answer"]) == ("error", None)
    assert pd.isna(broken["cost_pico_usd"])
    assert not [name for name in calls if "tracking" in name or name == "config.n"]


def test_columns_have_the_types_that_are_documented(recorded):
    types = gencost.load_calls(run=None).dtypes.astype(str)
    assert (types["cost_pico_usd"], types["latency_ms"], types["repeat"]) == ("Int64", "float64", "int32")
    assert types["ts"].startswith("datetime64[")
    assert types["ts"].endswith("UTC]")
    assert (types["status"], types["prompt"]) == ("category", "object")


def test_every_column_of_the_scores_is_documented(recorded):
    assert [name for name in gencost.load_scores(run=None) if f"``{name}``" not in gencost.load_scores.__doc__] == []


def test_what_differs_between_cells_is_a_column(recorded):
    calls = gencost.load_calls(run=["aaaa1111", "bbbb2222"])
    assert calls.groupby("cell", observed=True)["config.n"].first().to_dict() == {"m a": 2, "m b": 1}


def test_cells_and_scores_are_rows_too(recorded):
    cells = gencost.load_cells(run=None)
    assert cells["cell"].tolist() == ["m a", "m b"]
    assert cells["quality_mean"].tolist() == [1.0, 0.25]
    scores = gencost.load_scores(run="last")
    assert scores[["run_id", "scorer", "value"]].to_numpy().tolist() == [["bbbb2222", "right", 0.25]]


def test_a_db_or_run_that_is_not_there_is_an_error_of_ours(tmp_path):
    with pytest.raises(MetricsDBError, match="does not exist"):
        gencost.load_calls(f"sqlite:///{tmp_path}/none.sqlite")
    init_db().dispose()
    with pytest.raises(MetricsDBError, match="last: there are 0|no run"):
        gencost.load_calls()


def test_the_csv_has_texts_and_config(gencost_run, tmp_path):
    gencost_run("-m", "model=small,large", "n=2", "tracking=none", "report.plots=false", "report.html=false")
    (file,) = tmp_path.glob("outputs/*/*/baseline_results.csv")
    rows = pd.read_csv(file)
    assert {"prompt", "answer", "reference", "config.model.name", "config.seed"} <= set(rows)
    assert rows["config.model.name"].nunique() == 2
    assert rows["answer"].notna().all()


def test_the_notebook_runs(gencost_run, monkeypatch):
    elsewhere = subprocess.run

    def in_process(command: list[str], **settings: object) -> object:
        if "gencost.run" not in command:
            return elsewhere(command, **settings)
        done = gencost_run(*command[3:])
        assert (done.returncode, settings) == (0, {"check": True})
        return done

    monkeypatch.setattr("subprocess.run", in_process)
    shared: dict[str, object] = {}
    cells = [cell for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    for cell in cells:
        exec(compile("".join(cell["source"]), "calls.ipynb", "exec"), shared)
    total = shared["total"]
    assert len(total) == 2
    assert (total > 0).all()
