"""A stored prompt says whether it is a text or a conversation.

Until now nobody wrote it down, and each reader guessed. The guess is made once more, here: a conversation was always
written like this. A text that begins so, e.g. of a CSV file, cannot be told from it any more; if it is not JSON
of messages to its end, readers still give it as one text.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column, fill it, and make GenCost from before there were migrations refuse the DB."""
    kind = sa.Column("kind", sa.String(16), nullable=False, server_default="text", comment="text | conversation")
    op.add_column("prompts", kind)
    begins = '[{"role":"'
    op.get_bind().execute(
        sa.text("UPDATE prompts SET kind = 'conversation' WHERE substr(text, 1, :length) = :begins"),
        {"length": len(begins), "begins": begins},
    )
    op.execute("UPDATE schema_version SET version = 6")
