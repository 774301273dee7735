"""Rows of another program's database, read one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import MetaData, Table, create_engine, inspect, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from gencost.errors import MetricsDBError, nearest
from gencost.metrics_db.store import cause, db_url

_CHUNK = 1000


def is_url(path: str) -> bool:
    """Whether a path of a command line is the URL of a database."""
    return "://" in path and not path.startswith(("file://", "http://", "https://"))


def foreign_rows(url: str, table: str) -> Iterator[dict[str, Any]]:
    """Read the rows of a table, few at a time in memory.

    Args:
        url: of its database.
        table: its name; a database may write it in small letters.

    Raises:
        MetricsDBError: the database cannot be read, or has no such table.
    """
    parsed = db_url(url)
    shown = parsed.render_as_string(hide_password=True)
    try:
        engine = create_engine(parsed)
        try:
            names = inspect(engine).get_table_names()
            name = next((it for it in names if it.lower() == table.lower()), None)
            if name is None:
                raise MetricsDBError(f"{shown} has no table {table}{nearest(table, names)}")
            rows = Table(name, MetaData(), autoload_with=engine)
            with engine.connect().execution_options(stream_results=True, yield_per=_CHUNK) as connection:
                for row in connection.execute(select(rows)):
                    yield dict(row._mapping)
        finally:
            engine.dispose()
    except (SQLAlchemyError, ArgumentError, NoSuchModuleError, ImportError) as error:
        raise MetricsDBError(f"{shown} cannot be read: {cause(error)}") from None
