"""Each piece of what MLflow gets fails alone: the others are logged, the run ends, and what it lacks is said."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest
from mlflow_server import query

from gencost.analysis.results import read_results
from gencost.errors import TrackingError
from gencost.metrics_db import init_db
from gencost.metrics_db.runs import all_runs
from gencost.tracking import content, recorded, sync
from gencost.tracking.end_values import of_values
from gencost.tracking.sync import MLflowSync
from gencost.tracking.sync_process import SyncLoop

TAGS = ["tag mlflow.note.content", "tag gencost.errors"]
FILES = ["file config.yaml", "file baseline_results.csv"]
PIECES = ["points", *TAGS, "points", "series", "table calls.json", *FILES]


class Store:
    """A tracking store that remembers what it was given; ``fails`` names what it refuses, ``gone`` refuses all."""

    def __init__(self) -> None:
        self.logged: list[str] = []
        self.tags: dict[str, str] = {}
        self.ended: dict[str, str] = {}
        self.fails: set[str] = set()
        self.gone = False

    @contextlib.contextmanager
    def errors(self):
        try:
            yield
        except OSError as error:
            raise TrackingError(f"MLflow store failed: {error}") from None

    def _log(self, what):
        if self.gone or what in self.fails:
            raise OSError(f"{what} refused")
        self.logged.append(what)

    def ping(self):
        if self.gone:
            raise OSError("nobody answers")

    def find(self, tag, value, *, parent=False):
        return None

    def start(self, run):
        self.ping()
        return f"mlflow {run.name}"

    def log_prompts(self, run_id, prompts): ...

    def last_step(self, run_id, name):
        return None

    def tag(self, run_id, tags):
        self._log(f"tag {next(iter(tags))}")
        self.tags |= tags

    def log_points(self, run_id, points):
        self._log("points")

    def log_series(self, *_):
        self._log("series")

    def log_table(self, run_id, table, name):
        self._log(f"table {name}")

    def log_files(self, run_id, files):
        for path in files:
            self._log(f"file {path.name}")

    def rename(self, run_id, name): ...

    def end(self, run_id, status, ended_at):
        self.ping()
        self.ended[run_id] = status


@pytest.fixture
def store():
    return Store()


RECORDED: dict[str, bytes] = {}


@pytest.fixture
def mlflow_sync(gencost_run, store, tmp_path, monkeypatch):
    """Of a sweep of two cells that MLflow knows nothing of, recorded once."""
    monkeypatch.setattr(sync, "log_traces", lambda *_: ())
    file = tmp_path / "llmopt_stage1.sqlite"
    if not RECORDED:
        sweep = ("-m", "model=small,large", "n=3", "tracking.enabled=false")
        assert gencost_run(*sweep, "report.plots=false", "report.html=false").returncode == 0
        RECORDED["db"] = file.read_bytes()
    file.write_bytes(RECORDED["db"])
    engine = init_db(f"sqlite:///{file}")
    yield MLflowSync(engine, store)
    engine.dispose()


def errors() -> dict[str, str | None]:
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    rows = connection.execute("SELECT cell, mlflow_error FROM runs UNION SELECT 'sweep', mlflow_error FROM sweeps")
    by_name = dict(rows.fetchall())
    connection.close()
    return by_name


def run_and_sweep(mlflow_sync) -> tuple[str, str]:
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    row = connection.execute("SELECT run_id, sweep_id FROM runs WHERE cell LIKE 'model=small%'").fetchone()
    connection.close()
    return row


def broken(*_, **__):
    raise ValueError("broken on purpose")


def test_a_store_that_takes_everything_lacks_nothing(mlflow_sync, store):
    run_id, sweep_id = run_and_sweep(mlflow_sync)
    assert mlflow_sync.finish_run(run_id).lacks is None
    assert store.logged == PIECES
    store.logged.clear()
    assert mlflow_sync.finish_sweep(sweep_id).lacks is None
    assert store.logged == [*TAGS, "points", "table cells.json", "table comparison.json", FILES[1]]
    assert set(store.ended.values()) == {"finished"}


@pytest.mark.parametrize("piece", sorted(set(PIECES)))
def test_a_piece_that_the_store_refuses_takes_no_other_with_it(mlflow_sync, store, piece):
    store.fails = {piece}
    lacks = mlflow_sync.finish_run(run_and_sweep(mlflow_sync)[0]).lacks
    assert store.logged == [one for one in PIECES if one != piece]
    assert f"failed: MLflow store failed: {piece} refused" in lacks
    assert list(store.ended.values()) == ["finished"]
    assert [why for why in errors().values() if why] == [lacks]


@pytest.mark.parametrize(
    ("broken_one", "missing"),
    [
        ((recorded, "markdown_comparison"), [1]),
        ((recorded, "calls_table"), [5]),
        ((recorded, "write_config"), [6, 7]),
        ((sync.Timeline, "new_points"), [0]),
        ((content, "_last"), [3]),
        ((content, "_errors"), [2]),
        ((MLflowSync, "_log_traces"), []),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_a_piece_that_cannot_be_made_takes_no_other_with_it(mlflow_sync, store, monkeypatch, broken_one, missing):
    monkeypatch.setattr(*broken_one, broken)
    lacks = mlflow_sync.finish_run(run_and_sweep(mlflow_sync)[0]).lacks
    assert store.logged == [piece for i, piece in enumerate(PIECES) if i not in missing]
    assert "failed: ValueError: broken on purpose" in lacks
    assert list(store.ended.values()) == ["finished"]


@pytest.mark.parametrize("fails", [None, "calls_table"])
def test_what_another_process_made_is_logged_as_what_this_one_would_make(mlflow_sync, store, monkeypatch, fails):
    run_id, files = run_and_sweep(mlflow_sync)[0], [Path(name.removeprefix("file ")) for name in FILES]
    if fails:
        monkeypatch.setattr(recorded, fails, broken)
    lacks, logged, tags = mlflow_sync.finish_run(run_id).lacks, list(store.logged), dict(store.tags)
    assert (logged == PIECES, lacks is None) == (not fails, not fails)
    engine = mlflow_sync._engine
    values = json.dumps(recorded.cell_end_values(engine, run_id, read_results(engine, [run_id])))
    monkeypatch.setattr(sync, "_recorded", broken)
    store.logged.clear()
    store.tags.clear()
    assert mlflow_sync.finish_run(run_id, files, of_values(json.loads(values))).lacks == lacks
    assert store.logged == logged
    assert fails or store.tags == tags  # the description names what the first lacked


def test_the_error_types_of_calls_are_a_tag_and_part_of_the_description(mlflow_sync, store):
    run_id, sweep_id = run_and_sweep(mlflow_sync)
    assert mlflow_sync.finish_run(run_id).lacks is None
    assert store.tags["gencost.errors"] == "none"
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    failed = "SET status = 'error', error_type = 'timeout', error_message = 'too late'"
    connection.execute(f"UPDATE requests {failed} WHERE run_id = ?", (run_id,))
    connection.commit()
    connection.close()
    mlflow_sync.finish_sweep(sweep_id)
    assert store.tags["gencost.errors"] == "timeout 3"
    assert "**small: 3 of 3 calls failed: timeout 3, e.g. too late.**" in store.tags["mlflow.note.content"]


def test_without_results_the_files_that_are_there_are_logged(mlflow_sync, store, monkeypatch, tmp_path):
    monkeypatch.setattr(recorded, "read_results", broken)
    (tmp_path / "a.csv").write_text("1")
    assert mlflow_sync.finish_run(run_and_sweep(mlflow_sync)[0], [tmp_path / "a.csv"]).lacks.startswith(
        "the results failed"
    )
    assert store.logged == ["points", "file a.csv"]


def sync_loop(mlflow_sync, engine, said: list) -> SyncLoop:
    process = SyncLoop(engine, mlflow_sync, said.append)
    process.obey({"runs": all_runs(engine), "sweep": run_and_sweep(mlflow_sync)[1]})
    return process


def test_the_process_that_follows_ends_every_run_and_says_what_one_of_them_lacks(mlflow_sync, store, monkeypatch):
    said: list = []
    monkeypatch.setattr(recorded, "calls_table", broken)
    sync_loop(mlflow_sync, mlflow_sync._engine, said).close(died=False)
    assert len([one for one in said if "over" in one]) == 3  # two cells and the sweep
    assert list(store.ended.values()) == ["finished"] * 3
    assert "the table calls failed: ValueError: broken on purpose" in said[-1]["lacks"]
    assert [cell for cell, why in errors().items() if why is None] == ["sweep"]


def test_a_run_that_cannot_even_be_started_leaves_the_others(mlflow_sync, store, monkeypatch):
    said: list = []
    start = content.cell_start
    monkeypatch.setattr(
        content, "cell_start", lambda run, cell, parent: start(run, cell, parent) if cell == "large" else broken()
    )
    sync_loop(mlflow_sync, mlflow_sync._engine, said).close(died=False)
    assert sorted(store.ended) == ["mlflow baseline", "mlflow large"]
    assert "ValueError: broken on purpose" in said[-1]["lacks"]


def test_a_store_that_does_not_answer_is_asked_no_further(mlflow_sync, store):
    said: list = []
    store.gone = True
    sync_loop(mlflow_sync, mlflow_sync._engine, said).close(died=False)
    assert said == [{"done": True, "lacks": "MLflow store failed: nobody answers"}]
    assert set(errors().values()) == {"MLflow store failed: nobody answers"}


@pytest.mark.cli
def test_without_a_place_for_artifacts_mlflow_has_the_rest_and_sync_brings_them(gencost_process, tmp_path):
    (tmp_path / "mlartifacts").write_text("in the way")
    done = gencost_process("-m", "model=small,large", "n=5", "report.plots=false")
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("MLflow lacks part of this")]
    assert "the table calls failed: MLflow store" in line
    assert query(tmp_path / "mlflow.db", "SELECT DISTINCT status FROM runs") == [("FINISHED",)]
    metrics = "SELECT count(DISTINCT run_uuid) FROM metrics WHERE key = 'calls'"
    assert query(tmp_path / "mlflow.db", metrics) == [(3,)]
    assert gencost_process("mlflow", "sync", module="gencost").returncode == 1
    (tmp_path / "mlartifacts").unlink()
    synced = gencost_process("mlflow", "sync", module="gencost")
    assert synced.returncode == 0, synced.stdout
    names = {path.name for path in (tmp_path / "mlartifacts").rglob("*.*")}
    assert names >= {"calls.json", "cells.json", "config.yaml", "baseline_results.csv", "baseline_report.html"}
    assert "not known to lack anything" in gencost_process("mlflow", "sync", module="gencost").stdout
