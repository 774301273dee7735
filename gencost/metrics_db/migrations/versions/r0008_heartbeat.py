"""The last word of the process of a run that it is alive."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column, which is NULL for the runs of before."""
    op.add_column("runs", sa.Column("seen_at", sa.DateTime(timezone=True)))
