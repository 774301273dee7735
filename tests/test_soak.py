"""10,000 calls against a server with every kind of fault, the process killed ten times: nothing lost, nothing twice."""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

N, KILLS, IN_FLIGHT = 10_000, 10, 50
HERE = Path(__file__).parent

pytestmark = pytest.mark.cli


@pytest.fixture
def server(tmp_path):
    port, tally = tmp_path / "port", tmp_path / "tally"
    process = subprocess.Popen([sys.executable, str(HERE / "faulty_server.py"), str(port), str(tally)])
    while not (port.exists() and port.read_text()):
        time.sleep(0.05)
    yield port.read_text(), tally
    process.kill()
    process.wait()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request, tmp_path):
    if request.param == "postgres":
        return request.getfixturevalue("postgres_database")
    return f"sqlite:///{tmp_path}/metrics.sqlite"


def rows(url, query):
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        with engine.connect() as connection:
            return connection.execute(text(query)).all()
    finally:
        engine.dispose()


def settled(url) -> int:
    try:
        return rows(url, "SELECT count(*) FROM requests WHERE status IN ('ok', 'error') AND role = 'sample'")[0][0]
    except Exception:
        return 0


def begun(words, folder, env):
    with (folder / "out").open("w") as out:
        return subprocess.Popen(words, cwd=folder, env=env, stdout=out, stderr=out)


@pytest.mark.timeout(1800)
def test_nothing_is_lost_and_nothing_is_recorded_twice(server, url, tmp_path):
    port, tally = server
    with (tmp_path / "prompts.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("id", "text"), *((f"p{i}", f"Question {i}?") for i in range(N))])
    words = [sys.executable, "-m", "gencost.run", "model=local", "model.name=m", "prompts.path=prompts.csv", f"n={N}"]
    words += [f"provider.base_url=http://127.0.0.1:{port}/v1", "provider.stream=true", f"load.concurrency={IN_FLIGHT}"]
    words += ["retry.base_s=0.01", "retry.give_up_after=null", "tracking=none", "report=none"]
    env = {**os.environ, "LLMOPT_DB_URL": url}
    when = random.Random(3)
    for kill in range(KILLS):
        goal = 1 + N * (kill + when.random()) / (KILLS + 1)
        process = begun(words if kill == 0 else [*words, "resume=true"], tmp_path, env)
        while settled(url) < goal and process.poll() is None:
            time.sleep(0.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
    last = begun([*words, "resume=true"], tmp_path, env)
    assert last.wait() in (0, 1), (tmp_path / "out").read_text()

    final = rows(url, "SELECT prompt_id, status FROM requests WHERE role = 'sample'")
    assert Counter(status for _, status in final).keys() <= {"ok", "error"}
    assert len(final) == len({prompt for prompt, _ in final}) == N
    assert sum(status == "ok" for _, status in final) > 0.9 * N
    lost = rows(url, "SELECT count(*) FROM requests WHERE error_type = 'lost'")[0][0]
    assert lost <= 2 * IN_FLIGHT * KILLS
    served = {line.split("\t")[0] for line in tally.read_text().splitlines()}
    kept = {answer.rstrip("\ufffd") for (answer,) in rows(url, "SELECT response FROM responses")}
    assert kept <= served
    assert len(served - kept) <= lost, "an answer that was sent whole is kept, but those in flight at a crash"
    audit = subprocess.run(
        [sys.executable, "-m", "gencost", "audit", "--all", "--db", url], cwd=tmp_path, capture_output=True, text=True
    )
    assert audit.returncode == 0, audit.stdout[-2000:]
