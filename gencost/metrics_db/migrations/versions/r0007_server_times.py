"""The server's own times, and when the pieces of a stream came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns, which are NULL for what was recorded before."""
    op.add_column("responses", sa.Column("server_ms", sa.Float(53)))
    op.add_column("responses", sa.Column("server_ttft_ms", sa.Float(53)))
    op.add_column("responses", sa.Column("chunk_times", sa.LargeBinary()))
