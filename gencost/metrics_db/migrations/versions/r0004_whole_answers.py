"""Whole answers: functions that a model calls, thoughts, further choices; and the bytes of images and files, once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns, which are NULL for what was recorded before, and the table of bytes."""
    for name in ("tool_calls_json", "reasoning", "extra_json"):
        op.add_column("responses", sa.Column(name, sa.Text()))
    op.create_table(
        "blobs",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
