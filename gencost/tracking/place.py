"""Where the tracking store is, and whether it can be reached: known without importing MLflow."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from gencost.errors import TrackingError

DEFAULT_URI = "sqlite:///mlflow.db"
URI_VARIABLE = "MLFLOW_TRACKING_URI"

_SERVER_WAIT_S = 5.0


def tracking_uri(uri: str | None) -> str:
    """Find the tracking store.

    Args:
        uri: None means the variable ``MLFLOW_TRACKING_URI``, else ``mlflow.db`` in the working folder. It is always
            said explicitly: a leftover ``./mlruns`` would otherwise flip MLflow's own default.
    """
    found = uri or os.environ.get(URI_VARIABLE) or DEFAULT_URI
    relative = found.removeprefix("sqlite:///")
    if found.startswith("sqlite:///") and not relative.startswith("/"):
        return f"sqlite:///{Path(relative).absolute().as_posix()}"
    return found


def check(uri: str) -> None:
    """Find out, before anything is paid for, whether the tracking store can be reached; takes seconds at most.

    Raises:
        TrackingError: it cannot.
    """
    remedy = f"mend tracking.uri or {URI_VARIABLE}, or leave MLflow out with tracking=none"
    if uri.startswith(("http://", "https://")):
        try:
            with urllib.request.urlopen(f"{uri.rstrip('/')}/health", timeout=_SERVER_WAIT_S):  # noqa: S310 - http(s) only
                return
        except (OSError, ValueError) as error:
            why = error.reason if isinstance(error, urllib.error.URLError) else error
            raise TrackingError(f"MLflow tracking server {shown(uri)} cannot be reached ({why}): {remedy}") from None
    if uri.startswith("sqlite:///"):
        folder = Path(uri.removeprefix("sqlite:///")).parent
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            raise TrackingError(
                f"MLflow store {uri}: the folder {folder} does not exist or cannot be written: {remedy}"
            )


def shown(uri: str) -> str:
    """The URI without its password."""
    parts = urlsplit(uri)
    return uri.replace(parts.netloc, parts.hostname or "", 1) if parts.password else uri
