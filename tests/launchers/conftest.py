"""A command line under each launcher."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from launching import FLAKY, Done, Launch, skip_without


@pytest.fixture
def launch(tmp_path: Path) -> Launch:
    """Run a multirun under a launcher in the test's folder, with a provider that can go wrong."""
    (tmp_path / "flaky.py").write_text(FLAKY)
    (tmp_path / "mine" / "provider").mkdir(parents=True)
    (tmp_path / "mine" / "provider" / "flaky.yaml").write_text(
        "_target_: flaky.Flaky\nprofiles: {small-latest: {median_ms: 2, words: 20}}\n"
    )

    def run(launcher: str, *arguments: str) -> Done:
        skip_without(launcher)
        words = ["--config-dir", "mine", "-m", f"hydra/launcher={launcher}", "report.plots=false", *arguments]
        done = subprocess.run(
            [sys.executable, "-m", "gencost.run", *words],
            cwd=tmp_path,
            env={**os.environ, "COLUMNS": "300", "RAY_AUTH_MODE": "disabled", "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
        )
        return Done(tmp_path, done.returncode, done.stdout, done.stderr)

    return run
