"""What breaks inside a whole command: it ends, says so, and keeps every answer that was paid for."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gencost.metrics_db import writer
from gencost.pricing import quote

QUIET = ("tracking=none", "report=none")
FIVE = ("n=5", "load=sequential", *QUIET)
TOO_LARGE = 2**63  # one more than a 64-bit column holds
PRICES = "fallback: none\nmodels:\n  'local:m': {input_usd_per_mtok: 2, output_usd_per_mtok: 8}\n"


def query(folder: Path, text: str) -> list[tuple]:
    connection = sqlite3.connect(folder / "llmopt_stage1.sqlite")
    rows = connection.execute(text).fetchall()
    connection.close()
    return rows


@pytest.fixture
def server() -> Iterator[str]:
    """Answers with 12 tokens in and 3 out; the second answer says 2^63 in."""
    answers = []

    class Answers(BaseHTTPRequestHandler):
        def log_message(self, *_):
            """Say nothing."""

        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            answers.append(1)
            usage = {"prompt_tokens": TOO_LARGE if len(answers) == 2 else 12, "completion_tokens": 3}
            choices = [{"message": {"role": "assistant", "content": "yes"}, "finish_reason": "stop"}]
            body = json.dumps({"model": "m", "choices": choices, "usage": usage}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as listening:
        serving = threading.Thread(target=listening.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{listening.server_port}/v1"
        listening.shutdown()
        serving.join()


def test_a_count_that_no_column_holds_marks_one_call_of_five(gencost_run, tmp_path, server):
    (tmp_path / "own" / "pricing").mkdir(parents=True)
    (tmp_path / "own" / "pricing" / "case.yaml").write_text(PRICES)
    words = ("--config-dir", "own", "pricing=case", "model=local", "model.name=m", f"provider.base_url={server}")
    done = gencost_run(*words, "provider=local", "n=5", "load=sequential", *QUIET)
    assert done.returncode == 0, done.stderr
    rows = query(tmp_path, "SELECT cost_pico_usd, cost_status, response FROM responses ORDER BY rowid")
    priced = (48_000_000, "priced", "yes")  # 12 x 2 + 3 x 8 millionths of a USD, in 1e-12 USD
    assert rows == [priced, (None, "unpriced", "yes"), priced, priced, priced]
    (reason,) = query(tmp_path, "SELECT cost_reason FROM responses WHERE cost_status = 'unpriced'")[0]
    assert str(TOO_LARGE) in reason
    assert query(tmp_path, "SELECT status FROM runs") == [("finished",)]


@pytest.mark.parametrize(
    ("fatal", "said"), [(SystemExit, "the writer of the metrics DB died"), (MemoryError, "refused a row: no more")]
)
def test_a_writer_that_dies_ends_the_command_with_a_message_and_exit_1(gencost_run, tmp_path, monkeypatch, fatal, said):
    """Its fourth commit kills it, or fails and so does every later one."""
    commits, execute = [], writer.Writer._execute

    def dying(self, connection, batch):
        commits.append(1)
        if len(commits) >= 4:
            raise fatal("no more")
        execute(self, connection, batch)

    monkeypatch.setattr(writer.Writer, "_execute", dying)
    done = gencost_run(*FIVE)
    assert done.returncode == 1
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert query(tmp_path, "SELECT status FROM runs") == [("failed",)]


@pytest.mark.parametrize("budget", [(), ("budget.usd=1",)])
def test_a_price_that_cannot_be_looked_up_costs_one_call_its_price(gencost_run, tmp_path, monkeypatch, budget):
    looked_up, of = [], quote.Quotes.of

    def failing(self, asked, moment):
        looked_up.append(1)
        if len(looked_up) == 2:
            raise OSError(24, "Too many open files")
        return of(self, asked, moment)

    monkeypatch.setattr(quote.Quotes, "of", failing)
    done = gencost_run(*FIVE, *budget)
    assert done.returncode == 0, done.stderr
    rows = query(tmp_path, "SELECT cost_status, cost_reason FROM responses WHERE cost_pico_usd IS NULL")
    assert rows == [("unpriced", "its price could not be looked up: OSError: [Errno 24] Too many open files")]
    assert query(tmp_path, "SELECT status, count(*) FROM requests GROUP BY 1") == [("ok", 5)]


def test_a_worst_case_that_cannot_be_looked_up_keeps_one_call_from_being_sent(gencost_run, tmp_path, monkeypatch):
    from gencost.cost_tracker import CostTracker

    asked, worst = [], CostTracker.worst_pico_usd

    def failing(self, *args):
        asked.append(1)
        if len(asked) == 2:
            raise OSError(24, "Too many open files")
        return worst(self, *args)

    monkeypatch.setattr(CostTracker, "worst_pico_usd", failing)
    done = gencost_run(*FIVE, "budget.usd=1")
    assert done.returncode == 0, done.stderr
    by_status = query(tmp_path, "SELECT status, error_type, attempts FROM requests WHERE status <> 'ok'")
    assert by_status == [("error", "OSError", 0)]
    assert query(tmp_path, "SELECT count(*) FROM requests WHERE status = 'ok'") == [(4,)]


COMMAND = [sys.executable, "-m", "gencost.run", "n=20", "load.concurrency=300", *QUIET]


@pytest.mark.cli
def test_a_full_disk_behind_stdout_stops_no_call(tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(COMMAND, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert query(tmp_path, "SELECT status, count(*) FROM requests GROUP BY 1") == [("ok", 20)]


@pytest.mark.cli
def test_a_reader_of_stdout_that_left_stops_no_call(tmp_path):
    """As with ``| head -1``; it is gone before the first line, so that nothing depends on who is faster."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(COMMAND, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
    assert query(tmp_path, "SELECT status, count(*) FROM requests GROUP BY 1") == [("ok", 20)]


@pytest.mark.cli
def test_a_low_soft_limit_of_open_files_is_raised(tmp_path):
    """300 calls at once do not fit into 256 open files; the hard limit has room for them."""
    shell = 'ulimit -Sn 256; exec "$@"'
    done = subprocess.run(["/bin/sh", "-c", shell, "sh", *COMMAND], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert query(tmp_path, "SELECT status, count(*) FROM requests GROUP BY 1") == [("ok", 20)]


@pytest.mark.cli
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_program_is_loaded_ends_it_without_a_traceback(tmp_path, foreground, number):
    """It comes in the middle of the imports: a package that is imported there sends it."""
    (tmp_path / "dotenv.py").write_text(f"import os\nos.kill(os.getpid(), {int(number)})\n")
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(COMMAND, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
