"""Calls that GenCost did not make for an experiment: the kind of a run, and the facts that only traffic has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the kind of a run, NULL for a cell, and the table of traffic."""
    op.add_column("runs", sa.Column("kind", sa.String(16)))
    op.create_table(
        "traffic",
        sa.Column("request_id", sa.String(36), sa.ForeignKey("requests.request_id"), primary_key=True),
        sa.Column("site", sa.Text()),
        sa.Column("tags_json", sa.Text()),
        sa.Column("session", sa.Text()),
        sa.Column("user_hash", sa.String(64)),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("source_id", sa.Text()),
        sa.Column("source_cost_pico_usd", sa.BigInteger()),
        sa.Column("internal", sa.Boolean(), nullable=False),
    )
