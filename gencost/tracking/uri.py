"""The URI of the tracking store, and whether it can be used, without importing MLflow."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import shlex
import sqlite3
import urllib.error
import urllib.request
from importlib.metadata import entry_points
from pathlib import Path
from urllib.parse import quote, urlsplit

from gencost.errors import TrackingError

DEFAULT_URI = "sqlite:///mlflow.db"
URI_VARIABLE = "MLFLOW_TRACKING_URI"
UI_URL = "http://127.0.0.1:5000"

_HOST_AND_PORT = re.compile(r"[\w.-]+:\d{2,5}(/.*)?")
_SERVER_WAIT_S = 5.0
_SCHEMES = frozenset({"sqlite", "postgresql", "mysql", "mssql", "file", "databricks", "databricks-uc", "uc"})
_FOLDERS = "MLFLOW_ALLOW_FILE_STORE"
_REMEDY = f"fix tracking.uri or {URI_VARIABLE}, or leave MLflow out with tracking=none"


def tracking_uri(uri: str | None) -> str:
    """Find the tracking store.

    Args:
        uri: None means the variable ``MLFLOW_TRACKING_URI``, else ``mlflow.db`` in the working folder. It is always
            said explicitly: a leftover ``./mlruns`` would otherwise flip MLflow's own default.
    """
    chosen = uri or os.environ.get(URI_VARIABLE) or DEFAULT_URI
    file = database_file(chosen)
    return chosen if file is None else f"sqlite:///{file.absolute().as_posix()}"


def database_file(uri: str) -> Path | None:
    """The file of a local store; None for any other."""
    return Path(uri.removeprefix("sqlite:///")) if uri.startswith("sqlite:///") else None


def is_server(uri: str) -> bool:
    """Whether it is a tracking server."""
    return uri.startswith(("http://", "https://"))


def check(uri: str, experiment: str) -> None:
    """Find out, before anything is paid for, whether the tracking store can be used; takes seconds at most.

    Raises:
        TrackingError: it cannot, or its experiment of this name is deleted.
    """
    file = database_file(uri)
    if is_server(uri):
        stage = _stage_on_server(uri, experiment)
    elif file is not None:
        stage = _stage_in_file(uri, file, experiment)
    else:
        check_scheme(uri)
        return
    if stage == "deleted":
        raise TrackingError(f"MLflow experiment {experiment!r} is deleted: restore it, or choose another name=...")


def check_scheme(uri: str) -> None:
    """Refuse what no store of MLflow, and none that a plugin brings, has a name for, and folders, as MLflow does."""
    if _HOST_AND_PORT.fullmatch(uri):
        raise TrackingError(f"MLflow store {shown(uri)} would be a folder: write http://{shown(uri)} for a server")
    scheme = urlsplit(uri).scheme
    if scheme == "file" or (not scheme and uri not in _SCHEMES):
        if os.environ.get(_FOLDERS, "").lower() not in ("true", "1"):
            raise TrackingError(
                f"MLflow store {shown(uri)} is a folder, which MLflow refuses: write sqlite:///mlflow.db, set "
                f"{_FOLDERS}=true, or leave MLflow out with tracking=none"
            )
        return
    if "://" not in uri or scheme.partition("+")[0] in _SCHEMES:
        return
    if scheme not in {plugin.name for plugin in entry_points(group="mlflow.tracking_store")}:
        raise TrackingError(f"MLflow store {shown(uri)}: no store begins with {scheme}://: {_REMEDY}")


def reach(uri: str) -> None:
    """Find out in seconds whether a tracking server answers, where MLflow itself would try for minutes.

    Raises:
        TrackingError: it does not.
    """
    if is_server(uri):
        _stage_on_server(uri, "Default", "is it running?")


def _stage_on_server(uri: str, experiment: str, remedy: str = _REMEDY) -> str | None:
    """Ask a server for the stage of its experiment; None if it has no such experiment."""
    query = f"{uri.rstrip('/')}/api/2.0/mlflow/experiments/get-by-name?experiment_name={quote(experiment, safe='')}"
    request = urllib.request.Request(query, headers=_credentials(uri))  # noqa: S310 - http(s) only
    try:
        with urllib.request.urlopen(request, timeout=_SERVER_WAIT_S) as answer:  # noqa: S310
            return str(json.load(answer)["experiment"]["lifecycle_stage"])
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        why = f"HTTP {error.code}"
    except (OSError, ValueError, KeyError) as error:
        why = str(error.reason if isinstance(error, urllib.error.URLError) else error)
    raise TrackingError(f"MLflow tracking server {shown(uri)} cannot be reached ({why}): {remedy}")


def _credentials(uri: str) -> dict[str, str]:
    """Return the header that MLflow would send, see its variables ``MLFLOW_TRACKING_USERNAME``, ``..._TOKEN``."""
    if token := os.environ.get("MLFLOW_TRACKING_TOKEN"):
        return {"Authorization": f"Bearer {token}"}
    user = os.environ.get("MLFLOW_TRACKING_USERNAME") or urlsplit(uri).username
    if not user:
        return {}
    password = os.environ.get("MLFLOW_TRACKING_PASSWORD") or urlsplit(uri).password or ""
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def _stage_in_file(uri: str, file: Path, experiment: str) -> str | None:
    """Read the stage of an experiment from a local store; None if there is none yet."""
    folder = file.absolute().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise TrackingError(f"MLflow store {uri}: the folder {folder} does not exist or cannot be written: {_REMEDY}")
    if not file.exists():
        return None
    if not os.access(file, os.W_OK):
        raise TrackingError(f"MLflow store {uri} cannot be written: {_REMEDY}")
    try:
        with contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'experiments'").fetchall()
            query = "SELECT lifecycle_stage FROM experiments WHERE name = ?"
            row = connection.execute(query, [experiment]).fetchone() if tables else None
    except sqlite3.Error as error:
        raise TrackingError(f"MLflow store {uri} cannot be read: {error}: {_REMEDY}") from None
    return None if row is None else str(row[0])


def shown(uri: str) -> str:
    """The URI with its user, without the password."""
    netloc = urlsplit(uri).netloc
    user, at, host = netloc.rpartition("@")
    return uri.replace(netloc, f"{user.partition(':')[0]}{at}{host}", 1) if ":" in user else uri


def links(uri: str, experiment_id: str, run_ids: list[str]) -> list[str]:
    """Name the pages of MLflow's UI where runs are compared.

    Args:
        uri: of the store; a local one is shown by ``mlflow ui`` on this machine.
        experiment_id: MLflow's.
        run_ids: MLflow's, of the cells.

    Returns:
        The runs of the experiment with their metrics, and, of several cells, their comparison.
    """
    base = shown(uri).rstrip("/") if is_server(uri) else UI_URL
    pages = [f"{base}/#/experiments/{experiment_id}/evaluation-runs"]
    if len(run_ids) > 1:
        runs, experiments = (quote(json.dumps(ids, separators=(",", ":"))) for ids in (run_ids, [experiment_id]))
        pages.append(f"{base}/#/compare-runs?runs={runs}&experiments={experiments}")
    return pages


def ui_command(uri: str) -> str | None:
    """The command that shows a store, with the settings that start fastest; None for a server, which shows itself."""
    if is_server(uri):
        return None
    store = shlex.quote(shown(uri))
    return f"MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false mlflow ui --workers 1 --backend-store-uri {store}"
