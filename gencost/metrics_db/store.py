"""Open the metrics DB: find its URL, write to it, say what it refuses."""

from __future__ import annotations

import atexit
import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakSet

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, NoSuchModuleError, OperationalError

from gencost.errors import MetricsDBError
from gencost.masking import with_quoted_password
from gencost.metrics_db.schema import bring_up_to_date

DEFAULT_URL = "sqlite:///llmopt_stage1.sqlite"
URL_VARIABLE = "LLMOPT_DB_URL"

PATIENCE_S = 120.0
"""How long a database that others hold, or a server that went away, is waited for."""

_AGAIN_S, _SERVER_S = 0.02, 0.25
# A row with an answer is a kilobyte or more: of pages of 4096 bytes a sixth was empty, since no further row fitted.
_PAGE_BYTES = 16384
_SERVER = "postgresql://user@host/database"
_OF_SQLITE = {
    "cached_statements",
    "check_same_thread",
    "detect_types",
    "isolation_level",
    "timeout",
    "uri",
}  # sqlite3's
_DISK_FULL = "53100"  # https://www.postgresql.org/docs/current/errcodes-appendix.html


def db_url(url: str | None = None) -> URL:
    """Find the URL of the metrics DB.

    Args:
        url: None means the variable ``LLMOPT_DB_URL``, else ``llmopt_stage1.sqlite`` in the working folder.

    Raises:
        MetricsDBError: it is not a database URL.
    """
    given = url or os.environ.get(URL_VARIABLE) or DEFAULT_URL
    try:
        parsed = make_url(with_quoted_password(given))
    except (ArgumentError, ValueError, AttributeError):  # of the port, and of what is not a text
        given = str(given)
        file = given if "://" not in given and Path(given).suffix in (".sqlite", ".sqlite3", ".db") else "file.sqlite"
        place = f"metrics_db.url, --db or {URL_VARIABLE}"
        raise MetricsDBError(f"{place} is not a database URL; write sqlite:///{file} or {_SERVER}") from None
    # Both older spellings mean the one driver that the extra `postgres` brings.
    if parsed.drivername in {"postgres", "postgresql"}:
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def existing_db(url: str | None = None) -> Engine:
    """Open a metrics DB that is there, see ``init_db``.

    Raises:
        MetricsDBError: it cannot be opened, or its file does not exist.
    """
    parsed = db_url(url)
    if _is_file(parsed) and not Path(str(parsed.database)).exists():
        raise MetricsDBError(f"metrics DB {parsed.database} does not exist: name another with --db or {URL_VARIABLE}")
    return init_db(url)


def _is_file(url: URL) -> bool:
    """Whether it is SQLite's and names a file, not memory and not SQLite's own URI form."""
    name = str(url.database or ":memory:")
    return url.get_backend_name() == "sqlite" and name != ":memory:" and not name.startswith("file:")


def init_db(url: str | None = None) -> Engine:
    """Open the metrics DB: create its tables if it is new, migrate them if an older GenCost wrote it.

    Args:
        url: see ``db_url``.

    Returns:
        An engine; its tables are those of ``gencost.metrics_db.tables``. Safe to call from many processes at once.

    Raises:
        MetricsDBError: it cannot be opened or written, its driver is missing, or a newer GenCost or
            another program wrote it.
    """
    parsed = db_url(url)
    shown = parsed.render_as_string(hide_password=True)
    _check_backend(parsed, shown)
    try:
        return _opened(parsed, shown)
    except (ArgumentError, ValueError) as error:
        raise MetricsDBError(f"metrics DB {shown} cannot be read: {cause(error)}; fix it") from None
    except (ImportError, NoSuchModuleError) as error:
        remedy = "write postgresql://, and pip install 'gencost[postgres]'"
        raise MetricsDBError(f"metrics DB {shown} needs a driver that is not here ({error}): {remedy}") from None
    except DBAPIError as error:
        raise MetricsDBError(
            f"metrics DB {shown} cannot be used: {cause(error)}; fix metrics_db.url or {URL_VARIABLE}"
        ) from None


def _opened(url: URL, shown: str) -> Engine:
    engine = create_engine(url, pool_pre_ping=url.get_backend_name() != "sqlite")
    try:
        _attend_sqlite(engine)
        with engine.connect().execution_options(sqlite_begin="IMMEDIATE") as connection:
            _refer(connection, checked=False)
            with connection.begin():
                bring_up_to_date(connection, shown)
            _refer(connection, checked=True)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _refer(connection: Connection, *, checked: bool) -> None:
    """Let SQLite check what rows refer to, or not: a table that is written again keeps rows whose call is gone.

    It takes no notice inside a transaction, so the driver is told, which has begun none.
    """
    if connection.dialect.name == "sqlite":
        driver = connection.connection.driver_connection
        driver.execute(f"PRAGMA foreign_keys={'ON' if checked else 'OFF'}")  # type: ignore[union-attr]


def _check_backend(url: URL, shown: str) -> None:
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise MetricsDBError(
            f"metrics DB {shown}: GenCost records into SQLite or PostgreSQL; write sqlite:///file.sqlite or {_SERVER}"
        )
    if url.get_backend_name() != "sqlite":
        return
    if url.database in {None, "", ":memory:"}:
        raise MetricsDBError(f"metrics DB {shown} is gone when the program ends; name a file: sqlite:///file.sqlite")
    unknown = sorted(key for key, it in url.query.items() if key not in _OF_SQLITE or not isinstance(it, str))
    if url.drivername not in {"sqlite", "sqlite+pysqlite"} or (unknown and "uri" not in url.query):
        odd = f"?{'&'.join(unknown)}" if unknown else url.drivername.removeprefix("sqlite")
        raise MetricsDBError(f"metrics DB {shown}: write sqlite:///{url.database} without {odd}")
    if not _is_file(url):
        return
    folder = Path(str(url.database)).absolute().parent
    if not folder.is_dir():
        raise MetricsDBError(f"metrics DB {shown}: the folder {folder} does not exist; create it first")
    if not os.access(folder, os.W_OK):
        remedy = "copy it to one that can, or name another with metrics_db.url, --db"
        raise MetricsDBError(f"metrics DB {shown}: its folder {folder} cannot be written, as SQLite does: {remedy}")


def _attend_sqlite(engine: Engine) -> None:
    """Make SQLite durable against a crash of this process, patient with other writers and transactional throughout."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def prepare(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None  # the driver's own BEGIN comes too late to lock a read-then-write
        dbapi_connection.execute(f"PRAGMA busy_timeout={PATIENCE_S * 1000:.0f}")
        dbapi_connection.execute(f"PRAGMA page_size={_PAGE_BYTES}")  # takes effect in new files only
        _write_ahead(dbapi_connection)
        for pragma in ("synchronous=NORMAL", "foreign_keys=ON"):
            dbapi_connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('sqlite_begin', '')}")


@cache
def commit_without_the_disk() -> None:
    """Let no SQLite file that this process opens from now on, MLflow's too, wait for the disk at each commit.

    With a write-ahead log a crash of the machine can lose the last commits; a crash of the process loses none. The log
    is gone when the process ends: nobody but SQLite knows that it belongs to the file.
    """
    opened: WeakSet[Engine] = WeakSet()

    @event.listens_for(Engine, "connect")
    def prepare(dbapi_connection: Any, _record: Any) -> None:
        if isinstance(dbapi_connection, sqlite3.Connection):
            dbapi_connection.execute("PRAGMA synchronous=NORMAL")

    @event.listens_for(Engine, "engine_connect")
    def note(connection: Connection) -> None:
        opened.add(connection.engine)

    @atexit.register
    def close() -> None:
        for engine in list(opened):
            engine.dispose()


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Turn on the write-ahead log; while another process does so, SQLite says at once that the file is locked."""
    give_up_at = time.monotonic() + PATIENCE_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                raise
            time.sleep(_AGAIN_S)
        else:
            return


def gone(error: DBAPIError) -> bool:
    """Whether a statement failed because its database cannot be had at the moment.

    A server that is not reached gives no SQLSTATE, or one of class 08 or 57; SQLite says who else has the file.
    """
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    if str(getattr(error.orig, "sqlite_errorname", "")).startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return True
    state = getattr(error.orig, "sqlstate", "not a server")
    return state is None or str(state)[:2] in {"08", "57"}


@contextlib.contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Write all or nothing.

    Raises:
        MetricsDBError: the database refuses, e.g. since its disk is full.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        raise MetricsDBError(f"the metrics DB cannot be written: {cause(error)}") from None


def patiently(write: Callable[[], None], give_up_at_s: Callable[[], float]) -> None:
    """Write; a server that went away is waited for, ``PATIENCE_S`` seconds at most.

    Args:
        write: all or nothing.
        give_up_at_s: tells the moment after which nobody waits, on the clock of ``time.monotonic``.

    Raises:
        DBAPIError: the database refuses, or is away for so long.
    """
    longest_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            return write()
        except DBAPIError as error:
            if not gone(error) or time.monotonic() > min(longest_s, give_up_at_s()):
                raise
            time.sleep(_SERVER_S)


def refusal(error: BaseException) -> str | None:
    """Say in one line that the metrics DB refused something; None if it is another error."""
    if isinstance(error, MetricsDBError):
        return str(error)
    return f"the metrics DB cannot be read: {cause(error)}" if isinstance(error, DBAPIError) else None


def cause(error: Exception) -> str:
    """Return the database's own words, in one line, with the remedy where the disk is full."""
    message = " ".join(str(error.orig if isinstance(error, DBAPIError) else error).split())
    message = message.partition(" Multiple connection attempts failed.")[0]  # the others repeat it for each address
    full = "is full" in message or getattr(getattr(error, "orig", None), "sqlstate", None) == _DISK_FULL
    return f"{message}; free some space, then go on with resume=true" if full else message
