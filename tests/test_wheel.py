"""A user's project outside this repository, with its own models, prompts and provider class, on an installed wheel."""

from __future__ import annotations

import os
import re
import site
import sqlite3
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from gencost.metrics_db.migrations import revisions

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "experiments" / "own_project" / "README.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.wheel


def run(*words: object, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run([*map(str, words)], cwd=cwd, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Path:
    """A fresh venv with the wheel, which sees the other packages of this one."""
    pytest.importorskip("hatchling", reason="pip install hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    build = ("-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, ROOT)
    built = run(sys.executable, *build, cwd=folder)
    assert built.returncode == 0, built.stderr
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    (wheel,) = folder.glob("gencost-*.whl")
    (packages,) = (folder / "venv").glob("lib/python*/site-packages")
    install = ("-m", "pip", "install", "-q", "--no-deps", "--target", packages, wheel)
    assert run(sys.executable, *install, cwd=folder).returncode == 0
    # Only paths: a .pth file there that makes this tree importable is not read.
    seen = [path for path in (*site.getsitepackages(), *sys.path) if path.endswith("site-packages")]
    (packages / "others.pth").write_text("\n".join(dict.fromkeys(seen)))
    return folder / "venv" / "bin" / "python"


def test_licence_and_types_are_in_the_wheel(python, tmp_path):
    program = (
        "import gencost, importlib.metadata as m; from pathlib import Path;"
        "d = m.distribution('gencost'); names = [str(f) for f in d.files];"
        "print(Path(gencost.__file__).with_name('py.typed').exists(), d.version == gencost.__version__,"
        "any(n.endswith('licenses/LICENSE') for n in names), d.metadata['License-Expression'])"
    )
    assert run(python, "-c", program, cwd=tmp_path).stdout.split() == ["True", "True", "True", "Apache-2.0"]


def test_licence_menu_and_tests_are_in_the_sdist(tmp_path):
    pytest.importorskip("hatchling", reason="pip install hatchling")
    built = run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path, cwd=ROOT)
    assert built.returncode == 0, built.stderr
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    needed = {"LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "README.md", "gencost/py.typed", "conf/config.yaml"}
    assert needed <= names
    assert "tests/test_wheel.py" in names


def project(folder: Path) -> None:
    """Write the files that the page shows exactly as they are printed, each under the name in the line above it."""
    for name, text in re.findall(r"`(\S+)`:\n\n```\w+\n(.*?)```", PAGE, re.DOTALL):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_the_wheel_has_every_migration(python, tmp_path):
    code = "from gencost.metrics_db.migrations import FOLDER, revisions; print(FOLDER, *revisions())"
    folder, *shipped = run(python, "-c", code, cwd=tmp_path).stdout.split()
    assert str(ROOT) not in folder
    assert shipped == revisions()


def test_the_readmes_project_runs_on_the_wheel(python, tmp_path):
    project(tmp_path)
    where = run(python, "-c", "import gencost; print(gencost.__file__)", cwd=tmp_path)
    assert str(ROOT) not in where.stdout
    (command,) = [block for block in PAGE.split("```")[1::2] if block.startswith("bash\npython -m gencost.run")]
    words = command.split("#")[0].split()[4:]
    done = run(python, "-m", "gencost.run", *words, "tracking=none", "report.plots=false", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    connection = sqlite3.connect(tmp_path / "llmopt_stage1.sqlite")
    answers = connection.execute(
        "SELECT count(*), min(provider), sum(cost_pico_usd) > 0 FROM requests JOIN responses USING (request_id)"
    )
    assert answers.fetchall() == [(8, "house", 1)]
    connection.close()
