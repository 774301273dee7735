"""SQLAlchemy compiles each statement once a process, not once for each of the hundreds of metrics DBs of the tests.

An engine keeps what it compiled by statement and dialect; here engines of SQLite share what they keep, and their
dialects are alike.
"""

from __future__ import annotations

import functools
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

_compiled: LRUCache[Any, Any] = LRUCache(10_000)
_make = Engine.__init__


@functools.cache
def compile_once() -> None:
    """Make SQLAlchemy remember, from now on in this process."""
    SQLiteDialect_pysqlite.__eq__ = lambda dialect, other: _kind(dialect) == _kind(other)
    SQLiteDialect_pysqlite.__hash__ = lambda dialect: hash(_kind(dialect))
    Engine.__init__ = make


def make(engine: Engine, *arguments: Any, **more: Any) -> None:
    """Make an engine that knows what others compiled."""
    _make(engine, *arguments, **more)
    if type(engine.dialect) is SQLiteDialect_pysqlite and engine._compiled_cache is not None:
        engine._compiled_cache = _compiled


def _kind(dialect: Any) -> tuple[Any, ...]:
    return type(dialect), getattr(dialect, "paramstyle", None)
