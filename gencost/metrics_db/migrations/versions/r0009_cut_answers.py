"""The text of an answer that broke off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column, which is NULL for the tries of before."""
    op.add_column("attempts", sa.Column("response", sa.Text()))
