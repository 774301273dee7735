"""A new local store of MLflow, made as a copy of an empty one that MLflow itself once made.

MLflow takes a new database through every version of its tables since its first, which takes longer than all else that
it does in a small run. So the first store that a version of MLflow makes is kept, without its content, in the user's
cache folder; whatever goes wrong with that, MLflow makes the store.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from gencost.paths import cache_dir
from gencost.tracking.uri import database_file

# Nobody's home is known, or the package of MLflow has another name.
_NO_COPY = (OSError, sqlite3.Error, RuntimeError, metadata.PackageNotFoundError)
_VERSIONS = ("store", "db_migrations", "versions")


@contextlib.contextmanager
def new_store(uri: str) -> Iterator[None]:
    """Provide an empty store with today's tables, if it does not exist, before MLflow opens it inside.

    Args:
        uri: of any store; only a local one that is not there is touched.
    """
    file = database_file(uri)
    if file is None or "?" in uri or file.exists():
        yield
        return
    for left in ("-wal", "-shm"):  # of one that somebody took away: SQLite would take them for those of the new one
        file.with_name(file.name + left).unlink(missing_ok=True)
    copied = False
    with contextlib.suppress(*_NO_COPY):
        _copy(_kept(), file)
        copied = True
    yield
    if not copied:
        with contextlib.suppress(*_NO_COPY):
            kept = _kept()
            kept.parent.mkdir(parents=True, exist_ok=True)
            _copy(file, kept)


def _kept() -> Path:
    """Name the empty store of the installed MLflow: by its version and by the steps that its tables have come."""
    spec = find_spec("mlflow")
    folders = [] if spec is None else list(spec.submodule_search_locations or ())
    steps = sorted(path.name for folder in folders for path in Path(folder, *_VERSIONS).glob("*.py"))
    digest = sha256("\n".join(steps).encode()).hexdigest()[:12]
    return cache_dir() / f"mlflow-{metadata.version('mlflow')}-{digest}.db"


def _copy(source: Path, target: Path) -> None:
    """Copy a store without its experiments; the copy has only the default one, named after its folder."""
    part = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
            contextlib.closing(sqlite3.connect(part)) as new,
        ):
            old.backup(new)
            new.execute("DELETE FROM experiments")
            new.commit()
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
