"""The versions of the metrics DB's tables, each a file in ``versions`` that Alembic carries out.

To add one: change ``tables.py``, add ``versions/r<next number>_<what>.py`` with ``revision`` and ``down_revision``
(the highest number is what this GenCost writes), and use no module of GenCost in it, since they go on changing.
``tests/metrics_db/test_migrations.py`` then holds a migrated DB against a new one, on SQLite and on PostgreSQL.

This module does not import Alembic: only a DB that must be changed has to wait for it.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
VERSION_TABLE = "gencost_alembic_version"


def revisions() -> list[str]:
    """The revisions that this GenCost knows, oldest first; the last one is that of ``tables.py``."""
    return sorted(path.name[1:5] for path in (FOLDER / "versions").glob("r[0-9][0-9][0-9][0-9]_*.py"))
