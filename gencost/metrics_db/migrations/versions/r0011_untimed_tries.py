"""A try whose time nobody knows, as a log may tell one: its time is NULL."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_NEEDED = re.compile(r"(\bservice_ms\b[^,]*?)\s+NOT\s+NULL", re.IGNORECASE)


def upgrade() -> None:
    """Let the column be NULL; every row is kept."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.alter_column("attempts", "service_ms", nullable=True)
        return
    of_table = "SELECT sql FROM sqlite_master WHERE tbl_name = 'attempts' AND sql IS NOT NULL ORDER BY type <> 'table'"
    made, *added = connection.scalars(sa.text(of_table)).all()
    connection.exec_driver_sql("CREATE TEMPORARY TABLE kept AS SELECT * FROM attempts ORDER BY 1, 2")
    op.drop_table("attempts")
    connection.exec_driver_sql(_NEEDED.sub(r"\1", made))
    connection.exec_driver_sql("INSERT INTO attempts SELECT * FROM kept")
    for sql in ("DROP TABLE kept", *added):
        connection.exec_driver_sql(sql)
