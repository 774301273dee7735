"""A stored prompt says whether it is a text or a conversation.

Until now nobody wrote it down, and each reader guessed. The guess is made once more, here: a prompt that is JSON of
messages is a conversation. A text of that look, e.g. of a CSV file, cannot be told from one any more.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_CHUNK = 5_000


def upgrade() -> None:
    """Add the column, fill it, and make GenCost from before there were migrations refuse the DB."""
    kind = sa.Column("kind", sa.String(16), nullable=False, server_default="text", comment="text | conversation")
    op.add_column("prompts", kind)
    connection, last = op.get_bind(), ""
    looks = sa.text(
        "SELECT sha256, text FROM prompts WHERE sha256 > :last AND substr(text, 1, 2) = '[{' ORDER BY sha256 LIMIT :n"
    )
    mark = sa.text("UPDATE prompts SET kind = 'conversation' WHERE sha256 = :sha256")
    while rows := connection.execute(looks, {"last": last, "n": _CHUNK}).all():
        last = rows[-1].sha256
        if marked := [{"sha256": row.sha256} for row in rows if _is_conversation(row.text)]:
            connection.execute(mark, marked)
    connection.execute(sa.text("UPDATE schema_version SET version = 6"))


def _is_conversation(text: str) -> bool:
    try:
        parts = [turn[key] for turn in json.loads(text) for key in ("role", "content")]
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    return all(isinstance(part, str) for part in parts)
