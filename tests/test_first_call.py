"""Packages that take long to import are imported when the calls are over, by the process that needs them."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import os, sys
from gencost.providers.mock import MockProvider
from gencost.run import main

heavy = ("aiohttp", "alembic", "jinja2", "matplotlib", "mlflow", "pandas", "scipy", "seaborn")

async def first(self, request):
    print("loaded:", [name for name in heavy if name in sys.modules], flush=True)
    os._exit(0)

MockProvider.complete = first
sys.argv = ["gencost.run", "model=small", "n=1"]
main()
"""


def test_the_first_call_waits_for_no_heavy_package(tmp_path):
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "loaded: []" in done.stdout


WATCHED = """
import sys
from gencost.providers.mock import MockProvider
from gencost.run import main

complete, loaded = MockProvider.complete, []

async def watched(self, request):
    loaded.append(set(sys.modules))
    answer = await complete(self, request)
    loaded.append(set(sys.modules))
    return answer

MockProvider.complete = watched
sys.argv = ["gencost.run", "-m", "model=small,large", "n=20"]
try:
    main()
finally:
    print("while calls are made:", sorted(loaded[-1] - loaded[0]))
    print("at all:", [name for name in ("matplotlib", "mlflow", "scipy.stats", "seaborn") if name in sys.modules])
"""


def test_no_import_is_beside_a_call_and_figures_and_mlflow_are_made_by_others(tmp_path):
    """An import holds the interpreter, and with it the moment at which an answer is seen."""
    done = subprocess.run([sys.executable, "-c", WATCHED], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "while calls are made: []" in done.stdout
    assert "at all: []" in done.stdout
    assert len(list(tmp_path.rglob("outputs/**/*.png"))) == 6  # two of each cell and of the sweep
    assert (tmp_path / "mlflow.db").is_file()
