"""The command line as a user meets it: what goes wrong is one line, exit code 2, and leaves nothing behind."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys

import dying
import pytest

HALF_WRITTEN = ("outputs", "mlflow.db", "mlartifacts", "llmopt_stage1.sqlite")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["modle=small"], "modle: there is no such key (did you mean 'model'?)"),
        (["model=smal"], "model=smal does not exist (did you mean 'small'?): choose from"),
        (["quality=[proxi]"], "did you mean 'proxy'?"),
        (["n=abc"], "n='abc': give a whole number"),
        (["n=0"], "n=0: draw at least 1 request"),
        (["++typo=1"], "typo: there is no such key"),
        (["load.concurency=3"], "(did you mean 'concurrency'?)"),
        (["load.concurrency=0"], "load.concurrency=0"),
        (["provider.error_rate=high"], "provider.error_rate='high': give a number"),
        (["model.name=tiny"], "model.name='tiny' is not a mock model"),
        (["score=nope"], "score='nope' is not among the chosen scorers: proxy"),
        (["prompts.path=missing.csv"], "missing.csv: No such file or directory"),
        (["prompts.columns.text=question"], "has no column 'question'; it has id, category, text, reference"),
        (["metrics_db.url=sqlite:////no/such/x.sqlite"], "the folder /no/such does not exist"),
        (["metrics_db.url=oracle://u@h/d"], "GenCost records into SQLite or PostgreSQL"),
        (["tracking.uri=http://127.0.0.1:9"], "http://127.0.0.1:9 cannot be reached"),
        (["hydra.run.dir=/proc/nope"], "/proc/nope cannot be used"),
        (["model=recorded"], "model.name is not set: give model.name=..."),
        (["n=3,4"], "to sweep over them add -m"),
        (["-m", "model=small,larg"], "model=larg does not exist"),
        (["-m", "model=small,large", "load.concurrency=1,0"], "load.concurrency=0"),
        (["experiment=nope"], "experiment=nope does not exist: choose from baseline"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_a_mistake_is_one_line_and_leaves_nothing_behind(gencost_run, tmp_path, arguments, said):
    done = gencost_run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("gencost: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr
    assert not [name for name in HALF_WRITTEN if (tmp_path / name).exists()]


def test_a_model_file_that_cannot_reach_the_provider_is_told_how(gencost_run, tmp_path):
    (tmp_path / "conf" / "model").mkdir(parents=True)
    (tmp_path / "conf" / "model" / "own.yaml").write_text(
        "# mine\n# @package _global_\ndefaults: [override /provider: mock]\n"
    )
    done = gencost_run("--config-dir", "conf", "model=own")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "the file must begin with `# @package _global_`" in done.stderr


def test_a_file_that_is_no_database_is_left_as_it_was(gencost_run, tmp_path):
    (tmp_path / "notes.txt").write_text("not a database " * 100)
    done = gencost_run("metrics_db.url=sqlite:///notes.txt")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "file is not a database" in done.stderr
    assert (tmp_path / "notes.txt").read_text() == "not a database " * 100


def test_a_negative_price_is_refused_before_the_first_call(gencost_run, tmp_path):
    (tmp_path / "mine" / "pricing").mkdir(parents=True)
    rates = "{input_usd_per_mtok: -1, output_usd_per_mtok: 1}"
    (tmp_path / "mine" / "pricing" / "wrong.yaml").write_text(f'models: {{"mock:small-latest": {rates}}}')
    done = gencost_run("--config-dir", "mine", "pricing=wrong")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "mock:small-latest.input_usd_per_mtok=-1: a rate is a number from 0 to 2000 USD" in done.stderr


def test_help_alone_is_shown_without_hydra_and_says_what_hydra_would(gencost_run):
    listed = [sys.executable, "-X", "importtime", "-m", "gencost.run", "--help"]
    shown = subprocess.run(listed, check=True, capture_output=True, text=True)
    assert shown.stdout == gencost_run("--help").stdout
    assert not re.search(r"\| +(hydra|omegaconf|numpy|pandas|sqlalchemy|aiohttp)\b", shown.stderr)


def test_help_names_every_group_and_five_commands(gencost_run):
    text = gencost_run("--help").stdout
    groups = (
        "experiment",
        "load",
        "metrics_db",
        "model",
        "pricing",
        "prompts",
        "provider",
        "quality",
        "report",
        "tracking",
    )
    for group in groups:
        assert f"\n{group}: " in text
    assert text.count("\n  python -m gencost.run") == 5


def test_an_error_in_one_cell_does_not_stop_the_others(gencost_run, tmp_path):
    done = gencost_run("-m", "provider.error_rate=0,1", "n=4", "tracking=none", "report=none")
    assert done.returncode == 1  # the cell without one answer has failed
    connection = sqlite3.connect(tmp_path / "llmopt_stage1.sqlite")
    rows = connection.execute("SELECT status, count(*) FROM requests GROUP BY status ORDER BY status").fetchall()
    connection.close()
    assert rows == [("error", 4), ("ok", 4)]


def test_unpriced_calls_are_shouted_about(gencost_run):
    done = gencost_run("n=3", "tracking=none", "report=none", "pricing=openai_2023")
    assert "3 of 3 answers have no known cost" in " ".join(done.stdout.split())
    assert "$0" not in done.stdout


def test_dot_env_is_read(gencost_run, tmp_path):
    (tmp_path / ".env").write_text("LLMOPT_DB_URL=sqlite:///from_dot_env.sqlite\n")
    assert gencost_run("n=1", "tracking=none", "report=none").returncode == 0
    assert (tmp_path / "from_dot_env.sqlite").is_file()


def test_no_password_is_written_anywhere(gencost_run, tmp_path):
    url = "sqlite://user:canary@/x.sqlite"
    done = gencost_run("-m", "n=1,2", "report=none", f"tracking.uri={url}", "tracking.enabled=false")
    assert done.returncode == 0
    for path in [p for p in tmp_path.rglob("*") if p.is_file()]:
        assert b"canary" not in path.read_bytes(), path
    assert "canary" not in done.stdout + done.stderr


def test_ctrl_c_settles_what_is_in_flight_and_says_interrupted(gencost_process, tmp_path):
    command = ("n=500", "provider._target_=dying.Dying", "tracking=none", "report=none")
    assert gencost_process(*command, env=dying.environment(signal.SIGINT, at=100)).returncode == 130
    connection = sqlite3.connect(tmp_path / "llmopt_stage1.sqlite")
    assert connection.execute("SELECT status FROM runs").fetchall() == [("interrupted",)]
    assert connection.execute("SELECT count(*) FROM requests WHERE status = 'pending'").fetchone() == (0,)
    assert 90 < connection.execute("SELECT count(*) FROM responses").fetchone()[0] < 500
    connection.close()


@pytest.mark.cli
@pytest.mark.parametrize("command", [["-m", "gencost.run"], ["-c", "from gencost.run import main; main()"]])
def test_without_an_argument_the_shipped_default_cell_runs(tmp_path, command):
    done = subprocess.run([sys.executable, *command], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    connection = sqlite3.connect(tmp_path / "llmopt_stage1.sqlite")
    assert connection.execute("SELECT status FROM runs").fetchall() == [("finished",)]
    connection.close()


def test_ctrl_c_while_cells_are_compared_leaves_without_a_traceback(gencost_run, monkeypatch):
    """A third Ctrl-C in a row comes when the calls have ended and the table is made."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("gencost.sweep.sweep.Sweep._publish", interrupted)
    monkeypatch.setattr("gencost.run.leave_at_once", lambda: None)  # this process goes on
    done = gencost_run("-m", "model=small,large", "n=1", "tracking=none")
    assert (done.returncode, done.stderr) == (130, "")
    with sqlite3.connect("llmopt_stage1.sqlite") as connection:
        assert connection.execute("SELECT status FROM runs").fetchall() == [("finished",)] * 2
    connection.close()
