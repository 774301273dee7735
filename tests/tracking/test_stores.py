"""Tracking stores and metrics DBs of other kinds: one created by many processes at once, PostgreSQL."""

from __future__ import annotations

import subprocess
import sys

import pytest
from mlflow_server import GENCOST, RUN, query
from sqlalchemy import create_engine, text


@pytest.mark.server
def test_processes_that_create_one_local_store_at_once_do_not_break_it(tmp_path):
    code = "from gencost.tracking import *; print(Tracking(tracking_uri('sqlite:///mlflow.db'), 'one').experiment_id)"
    made = [
        subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    said = [process.communicate() for process in made]
    assert [out for out, _ in said] == [b"1\n"] * 4, said
    assert query(tmp_path / "mlflow.db", "PRAGMA journal_mode") == [("wal",)]


@pytest.mark.postgres
def test_calls_in_postgresql_are_synced_and_rebuilt(tmp_path, postgres_database):
    settings = [f"metrics_db.url={postgres_database}", "tracking.live_s=1", "report=none"]
    run = [*RUN, "-m", "model=small,large", "n=60", "load.concurrency=1", *settings]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    runs = "SELECT name, status FROM runs ORDER BY name"
    metrics = "SELECT name, key, value, step FROM metrics JOIN runs USING (run_uuid) ORDER BY 1, 2, 4, 3"
    before = [query(tmp_path / "mlflow.db", one) for one in (runs, metrics)]
    assert [status for _, status in before[0]] == ["FINISHED"] * 3
    (tmp_path / "mlflow.db").unlink()
    sync = [*GENCOST, "mlflow", "sync", "--all", "--db", postgres_database]
    subprocess.run(sync, cwd=tmp_path, check=True, capture_output=True)
    assert [query(tmp_path / "mlflow.db", one) for one in (runs, metrics)] == before
    engine = create_engine(postgres_database.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        named = connection.execute(text("SELECT mlflow_run_id FROM runs UNION SELECT mlflow_run_id FROM sweeps")).all()
    engine.dispose()
    assert {tuple(row) for row in named} == set(query(tmp_path / "mlflow.db", "SELECT run_uuid FROM runs"))
