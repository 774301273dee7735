"""Stores that other packages bring to MLflow, which are imported while MLflow is."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_PLUGIN = """
import numpy, pandas


def store(store_uri, artifact_uri=None):
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
    return SqlAlchemyStore("sqlite:///plugged.db", "artifacts")


def registry(store_uri):
    from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore
    return SqlAlchemyStore("sqlite:///plugged.db")
"""
_ENTRY_POINTS = """
[mlflow.tracking_store]
in+town = plugged:store
[mlflow.model_registry_store]
in+town = plugged:registry
"""
_PROGRAM = """
from gencost.tracking import Tracking
print(Tracking("in+town://store", "one").experiment_id)
"""


@pytest.mark.server
def test_a_store_of_a_plugin_that_needs_pandas_is_used(tmp_path):
    (tmp_path / "plugged.py").write_text(_PLUGIN)
    installed = tmp_path / "plugged-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: plugged\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text(_ENTRY_POINTS)
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "1\n", done.stderr
