"""A million calls in fewer bytes: tables whose rows lie in their key, an index of what has a cache key alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_KEYED = ("attempts", "scores")


def upgrade() -> None:
    """Keep every row; a cost that is computed stays stored in a file that has it."""
    op.drop_index("ix_requests_cache_key", "requests")
    has_key = sa.text("cache_key IS NOT NULL")
    op.create_index("ix_requests_cache_key", "requests", ["cache_key"], sqlite_where=has_key, postgresql_where=has_key)
    if op.get_bind().dialect.name == "sqlite":
        for table in _KEYED:
            _by_key(table)


def _by_key(table: str) -> None:
    """Write a table again without row numbers, with what somebody else may have added to it; views stay valid."""
    connection = op.get_bind()
    of_table = "SELECT sql FROM sqlite_master WHERE tbl_name = :name AND sql IS NOT NULL ORDER BY type <> 'table'"
    made, *added = connection.scalars(sa.text(of_table), {"name": table}).all()
    by_key = f"SELECT * FROM {table} ORDER BY 1, 2"  # noqa: S608 - a name from above
    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE kept AS {by_key}")
    op.drop_table(table)
    connection.exec_driver_sql(f"{made} WITHOUT ROWID")
    connection.exec_driver_sql(f"INSERT INTO {table} SELECT * FROM kept")  # noqa: S608 - a name from above
    connection.exec_driver_sql("DROP TABLE kept")
    for sql in added:
        connection.exec_driver_sql(sql)
