"""Nobody wonders whether anything happens: at the start, after the last call, and about columns that are not read."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest
from made import START, two

from gencost.cli import main
from gencost.config.cell import compose_cell
from gencost.masking import masked, with_quoted_password
from gencost.metrics_db.runs import begin_sweep, behind, behind_sweeps
from gencost.metrics_db.store import cause, db_url

QUIET = ("tracking=none", "report.plots=false", "report.html=false")
DRAWS_NOTHING = """
import json, sys
for line in sys.stdin:
    print(json.dumps({"path": json.loads(line)["path"], "why": None}), flush=True)
"""


def first_words_on_a_terminal(*words: str) -> str:
    """The first thing that a terminal shows, before anything that takes its time is imported."""
    ours, theirs = pty.openpty()
    program = (
        "import sys, builtins\n"
        "real = builtins.__import__\n"
        "def stop(name, *rest, **more):\n"
        "    if name.partition('.')[0] in ('hydra', 'pandas', 'sqlalchemy', 'mlflow'): raise SystemExit(9)\n"
        "    return real(name, *rest, **more)\n"
        "builtins.__import__ = stop\n"
        f"sys.argv = {['gencost', *words]!r}\n"
        "from gencost.cli import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], stdout=theirs, stderr=theirs, check=False)
    os.close(theirs)
    shown = os.read(ours, 1000).decode()
    os.close(ours)
    assert done.returncode == 9
    return shown


@pytest.mark.parametrize(
    ("words", "what"), [(("run", "n=1"), "reading the configuration ..."), (("list",), "reading what is recorded ...")]
)
def test_a_terminal_shows_something_before_anything_heavy_is_imported(words, what):
    assert what in first_words_on_a_terminal(*words)


def test_a_pipe_sees_nothing_of_it(gencost_run):
    done = gencost_run("model=small", "n=1", *QUIET)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout


@pytest.mark.cli
def test_what_follows_the_last_call_is_said_on_a_terminal(gencost_run, monkeypatch):
    assert "comparing" not in gencost_run("-m", "model=small,large", "n=2", *QUIET).stdout
    monkeypatch.setattr("gencost.report.say.console._force_terminal", True)
    monkeypatch.setattr("gencost.report.figures.drawing._PROGRAM", DRAWS_NOTHING)
    out = gencost_run("-m", "model=small,large", "n=2", "tracking=none", "report.html=false").stdout
    assert out.index("comparing, drawing ...") < out.index("Undecided")
    assert "drawing" not in gencost_run("-m", "model=small,large", "n=2", *QUIET).stdout
    alone = gencost_run("model=small", "n=2", *QUIET).stdout
    assert alone.index("comparing ...") < alone.index("per 1,000 calls")


@pytest.mark.parametrize("column", ["image", "image_url", "Pictures", "audio_file"])
def test_a_column_of_images_that_is_not_sent_is_said(tmp_path, column):
    (tmp_path / "my.csv").write_text(f"text,{column}\nWhat is it?,cat.png\n")
    prompts = compose_cell(["prompts.path=my.csv"]).prompts
    prompts.load()
    (remark,) = prompts.remarks
    assert remark.startswith(f"my.csv: the column {column} is not sent")


def test_a_column_that_the_template_names_is_sent(tmp_path):
    (tmp_path / "my.csv").write_text("text,image\nWhat is it?,cat.png\n")
    prompts = compose_cell(["prompts.path=my.csv", "prompts.template='{text} {image}'"]).prompts
    prompts.load()
    assert prompts.remarks == []


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:p@ss@host/db",
        "postgresql://me:p/ss@host/db",
        "postgresql://me:p#s:s@host:5432/db?sslmode=require",
    ],
)
def test_a_raw_password_is_understood_and_never_shown(url):
    parsed = db_url(url)
    assert (parsed.username, parsed.host, parsed.database) == ("me", "host", "db")
    assert "ss" not in parsed.render_as_string(hide_password=True).replace("sslmode", "")
    assert re.search("p.?s?.?s", str(masked(url)).removeprefix("postgresql").replace("sslmode", "")) is None


@pytest.mark.parametrize(
    "url",
    ["sqlite:///a@b.sqlite", "postgresql://u@h/d", "postgresql://u:p%40q@h/d", "http://h:80/x@y", "postgresql:///d"],
)
def test_other_urls_stay_as_they_are(url):
    assert with_quoted_password(url) == url


def test_one_failed_connection_is_one_short_line():
    words = 'connection to "::1" failed: refused Multiple connection attempts failed. All failures were: - host: ...'
    assert cause(OSError(words)) == 'connection to "::1" failed: refused'


def test_rescored_runs_and_their_sweep_are_found_by_a_plain_sync(engine):
    two(engine, n=2, mlflow_run_id="1")
    begin_sweep(
        engine, {"sweep_id": "s", "name": "made", "mlflow_run_id": "2", "status": "finished", "started_at": START}
    )
    url = engine.url.render_as_string(hide_password=False)
    with pytest.raises(SystemExit) as end:
        main(["rescore", "quality=[length]", "quality.length.max_words=50", "--db", url, "--run", "a"])
    assert end.value.code == 0
    assert (behind(engine), behind_sweeps(engine)) == (["a"], ["s"])
