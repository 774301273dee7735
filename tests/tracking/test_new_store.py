"""A new local store is a copy of one that MLflow made, and differs from it in nothing."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gencost.tracking.new_store import new_store

# A process of its own for each folder, which imports nothing: that takes longer than all stores together.
PROGRAM = """
import gc, os, sys
gc.disable()
from gencost.tracking import *
import mlflow.store.tracking.sqlalchemy_store
for line in sys.stdin:
    if os.fork():
        print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
        continue
    os.chdir(line.strip())
    tracking = Tracking(tracking_uri('sqlite:///mlflow.db'), 'one')
    with tracking.client._tracking_client.store.engine.connect() as connection:
        print(tracking.experiment_id, connection.exec_driver_sql("PRAGMA synchronous").scalar(), end=" ", flush=True)
    sys.exit()
"""
NORMAL = 1  # no commit waits for the disk


@pytest.fixture
def made(cache) -> Iterator[Callable[[Path], list[str]]]:
    """Make a new store; gives all that it has, in SQL, without the moments and folders of its experiments."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )

    def make(folder: Path) -> list[str]:
        folder.mkdir()
        process.stdin.write(f"{folder}\n")
        assert process.stdout.readline() == f"1 {NORMAL} 0\n"
        assert [path.name for path in folder.iterdir()] == ["mlflow.db"]  # and no log
        with contextlib.closing(sqlite3.connect(folder / "mlflow.db")) as connection:
            connection.execute("UPDATE experiments SET creation_time = 0, last_update_time = 0")
            return [line.replace(str(folder), "") for line in connection.iterdump()]

    with process:
        yield make


def parts(lines: list[str]) -> list[str]:
    """The columns and constraints of each table, whose order differs between two stores that MLflow made."""
    return sorted(part.strip(" \t,)") for line in lines for part in line.split("\n"))


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "gencost"


def opened(file: Path) -> list[str]:
    """Open a store as MLflow does, which makes what is not there; gives the experiments that it found."""
    with (
        new_store(f"sqlite:///{file}"),
        contextlib.closing(sqlite3.connect(file)) as store,
    ):
        store.execute("CREATE TABLE IF NOT EXISTS experiments (name TEXT)")
        present = [name for (name,) in store.execute("SELECT name FROM experiments")]
        made_before = store.execute("SELECT count(*) FROM sqlite_master WHERE name = 'made_by_mlflow'").fetchone()[0]
        store.execute("CREATE TABLE IF NOT EXISTS made_by_mlflow (at TEXT)")
        store.execute("INSERT INTO experiments VALUES ('Default')")
        store.commit()
    return present if made_before else ["made"]


def test_the_next_new_store_is_a_copy_of_the_first_without_its_content(tmp_path, cache):
    assert opened(tmp_path / "first.db") == ["made"]
    (kept,) = cache.iterdir()
    kept_content = kept.read_bytes()
    assert opened(tmp_path / "second.db") == []
    assert kept.read_bytes() == kept_content
    assert opened(tmp_path / "second.db") == ["Default"]  # one that is there is left alone
    kept.write_bytes(b"not a database at all " * 100)
    assert opened(tmp_path / "third.db") == ["made"]
    assert opened(tmp_path / "fourth.db") == []


@pytest.mark.server
def test_a_copied_store_is_what_mlflow_makes_and_a_broken_copy_is_made_again(tmp_path, cache, made):
    first = made(tmp_path / "first")
    (kept,) = cache.iterdir()
    kept_content = kept.read_bytes()
    assert made(tmp_path / "second") == first
    assert kept.read_bytes() == kept_content
    kept.write_bytes(b"not a database at all " * 100)
    assert parts(made(tmp_path / "third")) == parts(first)
    assert not kept.read_bytes().startswith(b"not")


def test_a_store_that_is_there_and_a_folder_that_cannot_be_written_are_left_alone(tmp_path, cache):
    cache.parent.write_text("a file where the folder would be")
    there = tmp_path / "there.db"
    there.write_bytes(b"something")
    (tmp_path / "new.db-wal").write_bytes(b"of a store that was removed")
    for uri in (f"sqlite:///{there}", f"sqlite:///{tmp_path / 'new.db'}", "http://127.0.0.1:5000"):
        with new_store(uri):
            pass
    assert there.read_bytes() == b"something"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "there.db"]


def test_where_nobody_has_a_home_mlflow_makes_the_store_itself(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nobody)
    with new_store(f"sqlite:///{tmp_path / 'new.db'}"):
        (tmp_path / "new.db").touch()
