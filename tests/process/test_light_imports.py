"""What a command imports to read recorded calls."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
import os, sys
from gencost.process.imports import light
with light(arrow="ARROW" in os.environ):
    import pandas
    threads = os.environ["OPENBLAS_NUM_THREADS"]
try:
    pandas.ArrowDtype(None)
except (ImportError, ValueError) as error:  # it has no pyarrow, or wants a type of it
    known = isinstance(error, ValueError)
print(known, threads, "OPENBLAS_NUM_THREADS" in os.environ, "pyarrow" in sys.modules)
import pyarrow
"""


def _said(**given: str) -> list[str]:
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env={**environment, **given}, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_a_command_has_pandas_without_pyarrow_and_one_thread_and_leaves_no_trace_of_it() -> None:
    assert _said() == ["False", "1", "False", "False"]


def test_threads_that_the_user_chose_stay() -> None:
    assert _said(OPENBLAS_NUM_THREADS="2") == ["False", "2", "True", "False"]


def test_pandas_has_pyarrow_where_the_users_own_code_may_need_it() -> None:
    assert _said(ARROW="1")[0] == "True"
