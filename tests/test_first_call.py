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
