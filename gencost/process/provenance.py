"""The origin of a run: versions, git commit, host, user."""

from __future__ import annotations

import getpass
import json
import os
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import gencost

_PACKAGES = ("hydra-core", "omegaconf", "mlflow", "sqlalchemy", "pandas", "numpy", "aiohttp", "genai-prices")


@cache
def versions_json() -> str:
    """Versions of Python and of the packages that can change a number; one that is not installed is left out."""
    known = {"python": platform.python_version(), "gencost": gencost.__version__}
    for package in _PACKAGES:
        try:
            known[package] = version(package)
        except PackageNotFoundError:
            continue
    return json.dumps(known)


def git_commit() -> str | None:
    """The commit checked out in the working folder; None outside a git repository or without git."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - the user's own git
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def host() -> str:
    """This machine's name."""
    return platform.node()


def user() -> str:
    """Return the user who runs it; ``unknown`` where the system does not say."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


def here() -> dict[str, object]:
    """Return the columns of ``runs`` and ``sweeps`` that say where a run or sweep begins."""
    return {"git_commit": git_commit(), "user_name": user(), "host": host(), "pid": os.getpid()}
