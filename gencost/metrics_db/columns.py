"""Kinds of columns that SQLAlchemy does not have."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Computed, DateTime, Dialect, TypeDecorator
from sqlalchemy.ext.compiler import compiles


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on every backend: SQLite keeps no time zone, so it is taken off and put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC; refuse a naive time, whose zone nobody knows."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; give an aware datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware UTC time."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class MadeWhenRead(Computed):
    """A column that is made of others: SQLite makes it as fast as it reads it, PostgreSQL stores it.

    Args:
        sql: the expression.
    """

    def __init__(self, sql: str) -> None:
        """Store it wherever it is not made when read."""
        super().__init__(sql, persisted=True)


@compiles(MadeWhenRead, "sqlite")
def _virtual(column: MadeWhenRead, compiler: Any, **_: Any) -> str:
    return f"GENERATED ALWAYS AS ({compiler.sql_compiler.process(column.sqltext)}) VIRTUAL"
