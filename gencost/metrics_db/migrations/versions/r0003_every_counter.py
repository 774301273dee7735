"""Everything that a bill may rest on, and a usage that is read again.

Counts beside the seven that have columns, the reader's version, what is billed by the piece, where an answer was
served, the rates of calls inside a call; what a failed try was billed by, and its share of a machine's time.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ADDED: dict[str, dict[str, sa.types.TypeEngine[Any]]] = {
    "responses": {
        "region": sa.Text(),
        "usage_more_json": sa.Text(),
        "usage_reader": sa.String(32),
        "billed_items_json": sa.Text(),
        "other_price_ids": sa.Text(),
    },
    "attempts": {"raw_usage_json": sa.Text(), "machine_ms": sa.Double(), "price_id": sa.String(64)},
}


def upgrade() -> None:
    """Add the columns, which are NULL for what was recorded before, and the table of corrections."""
    for table, columns in _ADDED.items():
        for name, kind in columns.items():
            op.add_column(table, sa.Column(name, kind))
    op.create_table(
        "corrections",
        sa.Column("request_id", sa.String(36), sa.ForeignKey("requests.request_id"), primary_key=True),
        sa.Column("reader", sa.String(32), primary_key=True),
        sa.Column("ts", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("usage_json", sa.Text),
        sa.Column("cost_pico_usd", sa.BigInteger),
        sa.Column("cost_status", sa.String(16), nullable=False),
        sa.Column("cost_reason", sa.Text),
        sa.Column("price_id", sa.String(64), sa.ForeignKey("prices.price_id")),
        sa.Column("other_price_ids", sa.Text),
    )
