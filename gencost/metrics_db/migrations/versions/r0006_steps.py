"""Calls of live policies: the answer that a step was made for, and the cell that was asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the columns, which are NULL for every call that no policy chose, and an index of the others."""
    op.add_column("requests", sa.Column("parent_request_id", sa.String(36)))
    op.add_column("requests", sa.Column("policy_cell", sa.Text()))
    there_is_one = sa.text("parent_request_id IS NOT NULL")
    op.create_index(
        "ix_requests_parent",
        "requests",
        ["parent_request_id"],
        sqlite_where=there_is_one,
        postgresql_where=there_is_one,
    )
