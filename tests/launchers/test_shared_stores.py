"""Many processes write one PostgreSQL and one MLflow store: nothing is lost, nothing is locked."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from launching import PLUGINS
from sqlalchemy import create_engine, text

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def mlflow_server(tmp_path_factory) -> Iterator[str]:
    """A real tracking server with a store of its own."""
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [
        "--backend-store-uri",
        f"sqlite:///{folder}/server.db",
        "--artifacts-destination",
        str(folder / "artifacts"),
    ]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    log = (folder / "log").open("w")
    with log, subprocess.Popen([*command, *words], env=environment, stdout=log, stderr=log, cwd=folder) as process:
        url = f"http://127.0.0.1:{port}"
        while True:
            assert process.poll() is None, (folder / "log").read_text()
            try:
                with urllib.request.urlopen(f"{url}/health", timeout=1):
                    break
            except OSError:
                time.sleep(0.5)
        yield url
        process.terminate()


def runs_of(server: str, name: str) -> list[dict]:
    query = f"{server}/api/2.0/mlflow/experiments/get-by-name?experiment_name={name}"
    with urllib.request.urlopen(query) as answer:
        experiment = json.load(answer)["experiment"]["experiment_id"]
    body = json.dumps({"experiment_ids": [experiment], "max_results": 1000}).encode()
    request = urllib.request.Request(
        f"{server}/api/2.0/mlflow/runs/search", data=body, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["runs"]


def rows(url: str, query: str) -> list[tuple]:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        rows_read = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return rows_read


@pytest.fixture
def sweep(launch, postgres_database, mlflow_server, tmp_path: Path):
    """Run a sweep into both servers and give its MLflow runs as status and parent."""

    def run(launcher: str, *words: str) -> list[tuple[str, bool]]:
        name = tmp_path.name
        stores = (f"metrics_db.url={postgres_database}", f"tracking.uri={mlflow_server}", f"name={name}")
        done = launch(launcher, *stores, *words)
        assert done.code == 0, done.stdout + done.stderr
        assert "lacks" not in done.stdout
        columns_read = [
            (run["info"]["status"], {t["key"] for t in run["data"]["tags"]}) for run in runs_of(mlflow_server, name)
        ]
        return sorted((status, "mlflow.parentRunId" in tags) for status, tags in columns_read)

    return run


@pytest.mark.parametrize("launcher", ["interleaved", "basic", *PLUGINS])
def test_four_cells_under_each_launcher(sweep, postgres_database, launcher):
    swept = sweep(launcher, "model=small,large", "seed=0,1", "n=25")
    assert swept == [("FINISHED", False), *[("FINISHED", True)] * 4]
    assert rows(postgres_database, "SELECT status, count(*) FROM requests GROUP BY status") == [("ok", 100)]
    assert rows(postgres_database, "SELECT DISTINCT status FROM runs") == [("finished",)]


def test_sixteen_processes_lose_nothing_and_lock_nothing(sweep, postgres_database):
    words = ("shards=16", "shard=range(16)", "n=1600", "load.concurrency=10", "provider.error_rate=0.02")
    swept = sweep("joblib", "hydra.launcher.n_jobs=16", "retry.base_s=0.01", *words)
    assert swept == [("FINISHED", False), *[("FINISHED", True)] * 16]
    settled = "SELECT count(*), count(DISTINCT (prompt_id, repeat)) FROM requests WHERE status IN ('ok', 'error')"
    assert rows(postgres_database, settled) == [(1600, 1600)]
    assert rows(postgres_database, "SELECT count(*) FROM requests WHERE status = 'ok'") == rows(
        postgres_database, "SELECT count(*) FROM responses"
    )
    assert rows(postgres_database, "SELECT count(DISTINCT pid), count(DISTINCT cell_key) FROM runs") == [(16, 1)]
