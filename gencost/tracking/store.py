"""Open a tracking store: MLflow's client, and a local database that several processes may share."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING

from gencost.metrics_db.store import commit_without_the_disk
from gencost.process.imports import absent, forget, postponed, uncollected
from gencost.tracking.uri import database_file, is_server

if TYPE_CHECKING:
    from mlflow import MlflowClient

# MLflow does without them, as its own mlflow-skinny comes without: they are for models, and a third of its import.
_NOT_NEEDED = ("numpy", "pandas", "pyarrow", "pygments", "scipy")
# Of these a tracking store takes single submodules, and no FastAPI, evaluation or simulation.
_POSTPONED = ("mlflow.gateway", "mlflow.genai", "mlflow.genai.judges", "mlflow.genai.scorers")


def load(uri: str) -> None:
    """Import MLflow for a store, which takes a second, without its calls home and start-up chatter."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_MODEL_CATALOG_URI", "")  # else it looks for prices on the network
    # A server that does not answer is given up soon: `gencost mlflow sync` catches up.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    try:
        with postponed(*([] if _has_plugins() else _POSTPONED)):
            _import(uri)
    except (ImportError, AttributeError):  # of an MLflow whose parts need each other in another order
        forget("mlflow")
        _import(uri)
    for noisy in ("alembic", "mlflow"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


@cache
def _has_plugins() -> bool:
    """Whether another package extends MLflow: it is then imported, too, and may need anything that is installed."""
    extensions = (it for package in distributions() for it in package.entry_points if it.group.startswith("mlflow."))
    return any(not extension.value.startswith("mlflow.") for extension in extensions)


@contextlib.contextmanager
def _in_short() -> Iterator[None]:
    with uncollected(), absent(*([] if _has_plugins() else _NOT_NEEDED)):
        yield


def _import(uri: str) -> None:
    with _in_short():
        import_module("mlflow")
        if not is_server(uri):
            import_module("mlflow.store.tracking.sqlalchemy_store")  # as MLflow's client would


def open_client(uri: str) -> MlflowClient:
    """Return MLflow's client of a store that is loaded; a local one is created where it does not exist."""
    from mlflow import MlflowClient  # noqa: PLC0415 - heavy

    commit_without_the_disk()  # a run is some hundred commits, and all of it can be made again
    with _in_short():
        return MlflowClient(tracking_uri=uri)


@contextlib.contextmanager
def one_at_a_time(uri: str) -> Iterator[None]:
    """Let one process at a time create a local store, which several at once would break."""
    file = database_file(uri)
    if file is None or os.name == "nt":
        yield
        return
    import fcntl  # noqa: PLC0415 - not on Windows

    name = f"gencost-mlflow-{sha256(str(file.resolve()).encode()).hexdigest()[:16]}.lock"
    with (Path(tempfile.gettempdir()) / name).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def use_wal(uri: str) -> None:
    """Let readers of a local store, such as ``mlflow ui``, and its writers not wait for each other."""
    file = database_file(uri)
    if file is not None:
        with contextlib.closing(sqlite3.connect(file, timeout=30)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
