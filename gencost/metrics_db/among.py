"""Rows whose key is among many: in SQLite all keys are one parameter of the query.

SQLAlchemy gives each of them a name and a place of its own, which takes as long as reading the rows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Dialect, func, select


def among(column: ColumnElement[Any], keys: Sequence[str], dialect: Dialect) -> ColumnElement[bool]:
    """Say in SQL that a column is one of some keys.

    Args:
        column: of texts.
        keys: some thousand at most.
        dialect: of the metrics DB.
    """
    if dialect.name != "sqlite":
        return column.in_(keys)
    listed = func.json_each(json.dumps(list(keys))).table_valued("value")
    return column.in_(select(listed.c.value))
