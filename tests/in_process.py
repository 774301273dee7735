"""Commands in the process of the tests: what takes a process two seconds to import is imported once."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import pytest
from collecting import leave
from composing import compose_once

from gencost.run import main
from gencost.sweep.command import command_line

USERS_OWN = ("LLMOPT_DB_URL", "MLFLOW_TRACKING_URI", "GENCOST_SWEEP_ID")


def run_in(folder: Path, *arguments: str) -> int:
    """Run ``gencost-run`` in a folder; gives its exit code and leaves this process as it was."""
    compose_once()
    leave()
    before = dict(os.environ)
    command_line.__init__()  # type: ignore[misc]
    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(folder):
        patch.setattr(sys, "path", [*sys.path])  # each run adds its folder
        patch.setattr(sys, "argv", ["gencost-run", *arguments])
        patch.setenv("HYDRA_FULL_ERROR", "0")
        patch.setattr("gencost.process.provenance.git_commit", lambda: None)  # no folder of a test is a repository
        try:
            with pytest.raises(SystemExit) as end:
                main()
        finally:
            os.environ.clear()
            os.environ.update(before)
    return int(end.value.code or 0)


def sweep_in(folder: Path, *arguments: str) -> None:
    """Run a command that several tests look at; none of the user's settings is seen, and it ends well."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in USERS_OWN:
            patch.delenv(variable, raising=False)
        assert run_in(folder, *arguments) == 0
