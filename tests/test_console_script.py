"""What Hydra's users expect of a console script: completion, --cfg, --info, their own --config-dir."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

pytestmark = pytest.mark.cli

SCRIPT = Path(sys.executable).parent / "gencost-run"


def script(folder: Path, *words: str) -> str:
    if not SCRIPT.exists():
        pytest.skip("gencost-run is not beside this Python: pip install -e .")
    done = subprocess.run([SCRIPT, *words], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_bash_completes_groups_choices_and_keys(tmp_path, gencost_run, monkeypatch):
    assert "complete -o nospace" in script(tmp_path, "-sc", "install=bash")
    for typed, completed in [
        ("model=s", "model=small"),
        ("load.con", "load.concurrency="),
        ("hydra/launcher=j", "hydra/launcher=joblib"),
    ]:
        monkeypatch.setenv("COMP_LINE", line := f"gencost-run {typed}")
        monkeypatch.setenv("COMP_POINT", str(len(line)))
        assert completed in gencost_run("-sc", "query=bash").stdout.split()


def test_the_config_and_where_it_comes_from_can_be_seen(tmp_path):
    (tmp_path / "mine" / "model").mkdir(parents=True)
    (tmp_path / "mine" / "model" / "own.yaml").write_text(
        "# @package _global_\nmodel: {name: small-latest, params: {max_tokens: 7}}\n"
    )
    own = ("--config-dir", "mine", "model=own")
    assert "max_tokens: 7" in script(tmp_path, *own, "--cfg", "job")
    assert str(tmp_path / "mine") in script(tmp_path, *own, "--info", "searchpath").replace("\n", "")
    assert not [path for path in tmp_path.iterdir() if path.name != "mine"]


PROVIDER = """
from dataclasses import dataclass

from gencost import Provider, Response, Usage


@dataclass(frozen=True, kw_only=True)
class Mine(Provider):
    name: str = "mine"
    greeting: str = "Hello"

    async def complete(self, request):
        return Response(text=self.greeting, usage=Usage(tokens_in=1, tokens_out=1), latency_ms=0.1)
"""


@pytest.fixture
def own_provider(tmp_path):
    (tmp_path / "conf" / "provider").mkdir(parents=True)
    (tmp_path / "conf" / "provider" / "mine.yaml").write_text("_target_: mine.Mine\n")
    (tmp_path / "mine.py").write_text(PROVIDER)
    return ("--config-dir", "conf", "provider=mine", "model.name=x", "n=1", "tracking=none", "report.plots=false")


def test_a_class_of_the_working_folder_is_found_as_by_python_m(tmp_path, own_provider):
    script(tmp_path, *own_provider, "+provider.greeting=Hi")
    with closing(sqlite3.connect(tmp_path / "llmopt_stage1.sqlite")) as connection:
        assert connection.execute("SELECT response FROM responses").fetchall() == [("Hi",)]


def test_a_field_that_the_file_does_not_name_is_told_how_to_be_set(tmp_path, own_provider):
    done = subprocess.run([SCRIPT, *own_provider, "provider.greeting=Hi"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "give +provider.greeting=..." in done.stderr


def test_a_reader_that_leaves_does_not_cut_the_command_off(tmp_path):
    words = ("model=small", "n=2", "tracking=none", "report.plots=false")
    done = subprocess.run(
        f"{SCRIPT} {' '.join(words)} | true; exit ${{PIPESTATUS[0]}}",
        shell=True,
        cwd=tmp_path,
        executable="/bin/bash",
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.glob("outputs/*/*/*_results.csv"))
