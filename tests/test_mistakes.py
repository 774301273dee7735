"""The table of mistakes in gencost/commands/README.md is what happens: one line, exit code 2, nothing left behind."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from made import two

from gencost.cli import main
from gencost.metrics_db import init_db

TABLE = Path(__file__).parent.parent / "gencost" / "commands" / "README.md"
ROWS = re.findall(r"^\| `(gencost .*)` \| (.*) \|$", TABLE.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> bytes:
    """A metrics DB of two cells."""
    file = tmp_path_factory.mktemp("recorded") / "metrics.sqlite"
    engine = init_db(f"sqlite:///{file}")
    two(engine, n=3)
    engine.dispose()
    return file.read_bytes()


@pytest.fixture
def folder(tmp_path, monkeypatch, recorded):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (tmp_path / "questions.csv").write_text("question\nWhy?\n")
    (tmp_path / "llmopt_stage1.sqlite").write_bytes(recorded)
    return tmp_path


def test_there_are_forty():
    assert len(dict(ROWS)) >= 40


@pytest.mark.parametrize(("typed", "happens"), ROWS, ids=[typed for typed, _ in ROWS])
def test_a_mistake_is_one_line_with_its_remedy(folder, gencost_run, capfd, typed, happens):
    before = {path for path in folder.rglob("*") if "sqlite-" not in path.name}
    _, command, *words = shlex.split(typed)
    if command == "run":
        done = gencost_run(*words)
        code, out, err = done.returncode, done.stdout, done.stderr
    else:
        with pytest.raises(SystemExit) as end:
            main([command, *words])
        code, (out, err) = end.value.code, capfd.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("gencost: ")
    assert happens in err
    assert {path for path in folder.rglob("*") if "sqlite-" not in path.name} == before


def test_the_missing_package_of_a_launcher_or_sweeper_is_named(gencost_run, monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr("gencost.sweep.launchers.pkgutil.resolve_name", missing)
    for launcher, extra in (("ray", "ray"), ("joblib", "joblib"), ("submitit_local", "submitit")):
        done = gencost_run("-m", "model=small,large", f"hydra/launcher={launcher}")
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert f"pip install 'gencost[{extra}]'" in done.stderr


def test_run_is_the_same_door(gencost_run, capfd, monkeypatch):
    monkeypatch.setattr("sys.argv", ["gencost"])
    with pytest.raises(SystemExit) as end:
        main(["run", "--help"])
    assert (end.value.code, capfd.readouterr().out) == (0, gencost_run("--help").stdout)


def test_without_a_command_every_command_is_listed(capsys):
    with pytest.raises(SystemExit) as end:
        main([])
    out = capsys.readouterr().out
    assert end.value.code == 0
    assert re.search(r"^ +run +make calls", out, re.MULTILINE)
    assert re.search(r"^ +compare ", out, re.MULTILINE)
