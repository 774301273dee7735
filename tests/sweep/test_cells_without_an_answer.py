"""A cell without one answer has failed, exit code 1; what failed and why is said wherever its results are shown."""

from __future__ import annotations

import sqlite3
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from made import run_row

from gencost.analysis.failures import CellOutcome, outcomes
from gencost.analysis.recorded.runs import runs
from gencost.metrics_db import insert_runs

QUIET = ("tracking=none", "report.plots=false", "retry.tries=1", "provider.sleep=false")
LOCAL = ("model=local", "model.name=x", "pricing=default", "tracking=none", "report=none", "retry.tries=1")
KEY = "canary-0123456789"

OWN = """
from dataclasses import dataclass
from pathlib import Path
from gencost import Provider, Response, Score, Usage

@dataclass(frozen=True, kw_only=True)
class Own(Provider):
    name: str = "own"
    fails: str = "always"
    sleep: bool = False

    async def complete(self, request):
        if Path("up").exists():
            return Response(text='{"score": 4}', usage=Usage(tokens_in=1, tokens_out=1), latency_ms=1.0)
        if self.fails == "always" or (self.fails == "large" and request.model == "large-latest"):
            raise RuntimeError("cannot reach https://me:canary-0123456789@host/v1 with canary-0123456789")
        return Response(text="no grade at all", usage=Usage(tokens_in=1, tokens_out=1), latency_ms=1.0)

class Fails:
    name, version = "fails", "1"
    def score(self, sample, response):
        raise RuntimeError("no score, canary-0123456789")

class Sometimes(Fails):
    def score(self, sample, response):
        return Score(scorer="fails", version="1", value=1.0) if sample.id == "qa" else super().score(sample, response)

class NotApplicable(Fails):
    def score(self, sample, response):
        return Score(scorer="fails", version="1", value=None)
"""


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    """A user's own provider and scorers; the provider's key is in the environment."""
    monkeypatch.setenv("OWN_API_KEY", KEY)
    (tmp_path / "own_things.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    for place in ("provider", "quality", "prompts"):
        (tmp_path / "mine" / place).mkdir(parents=True)
    (tmp_path / "mine/provider/own.yaml").write_text(
        "_target_: own_things.Own\nname: own\nfails: always\nsleep: false\n"
    )
    for name in ("Fails", "Sometimes", "NotApplicable"):
        (tmp_path / "mine" / "quality" / f"{name.lower()}.yaml").write_text(f"fails: {{_target_: own_things.{name}}}\n")
    prompts = "_target_: gencost.prompts.PromptSet\nname: bare\npath: bare.csv\n"
    (tmp_path / "mine/prompts/bare.yaml").write_text(prompts)
    (tmp_path / "bare.csv").write_text("text\nOne?\nTwo?\n")


def statuses(table: str = "runs") -> list[str]:
    return [row[0] for row in query(f"SELECT status FROM {table} ORDER BY 1")]


def query(text: str) -> list[tuple]:
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    rows = connection.execute(text).fetchall()
    connection.close()
    return rows


def http_server(status: int):
    """Answers everything with this status, and echoes the key it was sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            body = f'{{"error": {{"message": "refused: {self.headers["Authorization"]}"}}}}'.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_): ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_server_that_refuses_every_call_fails_the_cell(gencost_run, status):
    server = http_server(status)
    url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    done = gencost_run(*LOCAL, f"provider.base_url={url}", "+provider.api_key_env=OWN_API_KEY", "n=3")
    server.shutdown()
    server.server_close()
    ((kind,),) = query("SELECT DISTINCT error_type FROM requests")
    assert (done.returncode, statuses()) == (1, ["failed"])
    assert (
        f"not one of 3 calls was answered: {kind} 3; put it right and add resume=true retry_errors=true" in done.stdout
    )
    assert f"3 of 3 calls failed: {kind} 3, e.g. " in done.stdout
    assert "refused: " in done.stdout
    assert KEY not in done.stdout


def test_a_port_where_nobody_listens_fails_the_cell(gencost_run):
    done = gencost_run(*LOCAL, "provider.base_url=http://127.0.0.1:9/v1", "n=3")
    assert (done.returncode, statuses()) == (1, ["failed"])
    assert "3 of 3 calls failed: connect 3, e.g. " in done.stdout
    ((reason,),) = query("SELECT error_message FROM runs")
    assert reason.startswith("not one of 3 calls was answered: connect 3")


def test_an_exception_in_the_users_own_provider_fails_the_cell_and_tells_no_secret(gencost_run):
    done = gencost_run("--config-dir", "mine", "provider=own", "n=3", *QUIET, "report=none")
    assert (done.returncode, statuses()) == (1, ["failed"])
    assert "RuntimeError 3, e.g. RuntimeError: cannot reach https://me:***@host/v1 with ***" in done.stdout
    assert KEY not in done.stdout
    assert not query(f"SELECT 1 FROM requests WHERE error_message LIKE '%{KEY}%'")


@pytest.mark.parametrize("launcher", ["interleaved", "basic"])
def test_of_two_cells_the_one_without_an_answer_fails_and_the_page_says_why(gencost_run, launcher):
    sweep = ("-m", "model=small,large", "provider=own", "provider.fails=large", "n=4", f"hydra/launcher={launcher}")
    done = gencost_run("--config-dir", "mine", *sweep, *QUIET)
    assert (done.returncode, statuses(), statuses("sweeps")) == (1, ["failed", "finished"], ["failed"])
    line = "large: 4 of 4 calls failed: RuntimeError 4, e.g. RuntimeError: cannot reach https://me:***@host/v1"
    assert line in done.stdout
    (page,) = Path("outputs").rglob("baseline_report.html")
    assert "4 of 4 calls failed: RuntimeError 4" in page.read_text()
    assert KEY not in page.read_text() + done.stdout


def test_where_only_some_calls_failed_the_cell_is_finished_and_says_which(gencost_run):
    some = ("provider.error_rate=0.4", "provider.timeout_rate=0.3", "n=40")
    done = gencost_run("-m", "seed=1,2", *some, *QUIET)
    assert (done.returncode, statuses()) == (0, ["finished"] * 2)
    for seed in (1, 2):
        where = f"FROM requests JOIN runs USING (run_id) WHERE runs.seed = {seed}"
        counts = query(f"SELECT error_type, count(*) {where} AND requests.status = 'error' GROUP BY 1 ORDER BY 2 DESC")
        failed = sum(n for _, n in counts)
        (line,) = [
            text for text in done.stdout.splitlines() if text.startswith(f"seed {seed}: {failed} of 40 calls failed: ")
        ]
        assert len(counts) == 2
        assert all(f"{kind} {n}, e.g. " in line for kind, n in counts)
    (page,) = Path("outputs").rglob("baseline_report.html")
    assert "of 40 calls failed: " in page.read_text()


def test_a_judge_whose_replies_cannot_be_read_fails_the_cell_once_it_is_asked(gencost_run):
    judge = ("quality=[proxy,judge]", "provider@quality.judge.provider=own", "quality.judge.provider.fails=never")
    done = gencost_run("--config-dir", "mine", *judge, "n=3", *QUIET, "report=none", "pricing=default")
    why = "the judge's reply cannot be read: no JSON object with 'score': 'no grade at all'"
    assert (done.returncode, statuses()) == (1, ["failed"])
    assert f"judge could not score any of 3 answers: {why}" in done.stdout
    assert f"judge could not score 3 of 3 (3: {why}" in done.stdout


def test_a_judge_that_is_not_reached_fails_the_cell_until_a_resume_reaches_it(gencost_run):
    judge = ("quality=[judge]", "provider@quality.judge.provider=own")
    settings = ("--config-dir", "mine", *judge, "n=3", *QUIET, "report=none")
    done = gencost_run(*settings)
    assert (done.returncode, statuses()) == (1, ["failed"])
    assert "judge could not score any of 3 answers: the judge's call failed: RuntimeError: cannot reach" in done.stdout
    Path("up").touch()
    assert (gencost_run(*settings, "resume=true").returncode, statuses()) == (1, ["failed"])  # nothing is asked again
    done = gencost_run(*settings, "resume=true", "retry_errors=true")
    assert (done.returncode, statuses()) == (0, ["finished"])
    assert "could not score" not in done.stdout


@pytest.mark.parametrize(
    ("scorer", "code", "status"),
    [("fails", 1, "failed"), ("sometimes", 0, "finished"), ("notapplicable", 0, "finished")],
)
def test_a_scorer_that_fails_on_every_answer_fails_the_cell(gencost_run, scorer, code, status):
    done = gencost_run("--config-dir", "mine", f"quality=[proxy,{scorer}]", *QUIET, "report=none")
    assert (done.returncode, statuses()) == (code, [status])
    assert KEY not in done.stdout
    assert ("RuntimeError: no score, ***" in done.stdout) == (scorer != "notapplicable")


def test_answers_without_a_reference_are_no_failure(gencost_run):
    done = gencost_run("--config-dir", "mine", "prompts=bare", "quality=[exact_match]", *QUIET, "report=none")
    assert (done.returncode, statuses()) == (0, ["finished"])
    assert done.stdout.startswith("no prompt has a reference, so exact_match will score nothing: name the column of")
    assert "exact_match could not score 2 of 2 (2: the sample has no reference)" in done.stdout


def test_a_resume_with_nothing_left_is_as_the_run_was(gencost_run):
    settings = ("n=3", *QUIET, "report=none")
    assert gencost_run(*settings).returncode == 0
    assert (gencost_run(*settings, "resume=true").returncode, statuses()) == (0, ["finished"])


def test_a_failed_cell_is_finished_by_a_resume_that_asks_again(gencost_run):
    settings = ("--config-dir", "mine", "provider=own", "n=3", *QUIET, "report=none")
    assert gencost_run(*settings).returncode == 1
    assert (gencost_run(*settings, "resume=true").returncode, statuses()) == (1, ["failed"])  # asks nothing again
    Path("up").touch()
    done = gencost_run(*settings, "resume=true", "retry_errors=true")
    assert (done.returncode, statuses()) == (0, ["finished"])


def test_calls_that_the_budget_leaves_out_are_no_failure(gencost_run):
    done = gencost_run("n=3", "budget.usd=0.000000001", *QUIET, "report=none")
    assert (done.returncode, statuses()) == (3, ["over_budget"])


def test_a_cell_that_asked_nothing_has_no_reason_to_fail(engine):
    insert_runs(engine, [run_row("a", "m=a")])
    assert outcomes(engine, runs(engine))["a"] == CellOutcome()
    assert CellOutcome().why_nothing is None
