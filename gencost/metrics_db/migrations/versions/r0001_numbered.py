"""All that the numbered schemas 1 to 5 had added one by one, before there were migrations."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TIME = sa.DateTime(timezone=True)
_ADDED: dict[str, dict[str, sa.types.TypeEngine[Any]]] = {
    "runs": {
        "loop_lag_p99_ms": sa.Float(53),
        "shards": sa.Integer(),
        "shard": sa.Integer(),
        "decided_json": sa.Text(),
        "command": sa.Text(),
        "overrides": sa.Text(),
        "launcher": sa.Text(),
        "user_name": sa.Text(),
        "pid": sa.Integer(),
        "prompts_name": sa.Text(),
        "prompts_digest": sa.String(64),
        "prompts_rows": sa.Integer(),
        "mlflow_error": sa.Text(),
        "score_late": sa.Boolean(),
    },
    "requests": {"cache_key": sa.String(64)},
    "responses": {
        "response_sha256": sa.String(64),
        "usage_web_searches": sa.BigInteger(),
        "cost_reason": sa.Text(),
        "cost_basis": sa.String(16),
        "saved_pico_usd": sa.BigInteger(),
    },
    "scores": {"ts": _TIME},
}


def upgrade() -> None:
    """Add what is not there: a number did not always say which of these columns a DB has."""
    there = sa.inspect(op.get_bind())
    if not there.has_table("sweeps"):
        _create_sweeps()
    for table, columns in _ADDED.items():
        names = {column["name"] for column in there.get_columns(table)}
        for name in columns.keys() - names:
            op.add_column(table, sa.Column(name, columns[name]))
        if table == "requests" and "role" not in names:
            op.add_column(table, sa.Column("role", sa.String(16), nullable=False, server_default="sample"))
    if not any(index["name"] == "ix_requests_cache_key" for index in there.get_indexes("requests")):
        op.create_index("ix_requests_cache_key", "requests", ["cache_key"])


def _create_sweeps() -> None:
    op.create_table(
        "sweeps",
        sa.Column("sweep_id", sa.String(36), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("command", sa.Text),
        sa.Column("launcher", sa.Text),
        sa.Column("user_name", sa.Text),
        sa.Column("git_commit", sa.String(64)),
        sa.Column("host", sa.Text),
        sa.Column("pid", sa.Integer),
        sa.Column("mlflow_run_id", sa.String(64)),
        sa.Column("mlflow_error", sa.Text),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME),
    )
