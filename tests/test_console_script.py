"""What Hydra's users expect of a console script: completion, --cfg, --info, their own --config-dir."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(sys.executable).parent / "gencost-run"


def script(folder: Path, *words: str, line: str | None = None) -> str:
    if not SCRIPT.exists():
        pytest.skip("gencost-run is not beside this Python: pip install -e .")
    typed = {} if line is None else {"COMP_LINE": line, "COMP_POINT": str(len(line))}
    done = subprocess.run([SCRIPT, *words], cwd=folder, env={**os.environ, **typed}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_bash_completes_groups_choices_and_keys(tmp_path):
    assert "complete -o nospace" in script(tmp_path, "-sc", "install=bash")
    for typed, completed in [
        ("model=s", "model=small"),
        ("load.con", "load.concurrency="),
        ("hydra/launcher=j", "hydra/launcher=joblib"),
    ]:
        assert completed in script(tmp_path, "-sc", "query=bash", line=f"gencost-run {typed}").split()


def test_the_config_and_where_it_comes_from_can_be_seen(tmp_path):
    (tmp_path / "mine" / "model").mkdir(parents=True)
    (tmp_path / "mine" / "model" / "own.yaml").write_text(
        "# @package _global_\nmodel: {name: small-latest, params: {max_tokens: 7}}\n"
    )
    own = ("--config-dir", "mine", "model=own")
    assert "max_tokens: 7" in script(tmp_path, *own, "--cfg", "job")
    assert str(tmp_path / "mine") in script(tmp_path, *own, "--info", "searchpath").replace("\n", "")
    assert not [path for path in tmp_path.iterdir() if path.name != "mine"]
