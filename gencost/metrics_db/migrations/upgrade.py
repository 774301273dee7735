"""Bring the tables of an older metrics DB up to date, inside the transaction of whoever opens it."""

from __future__ import annotations

import logging
import threading

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from gencost.metrics_db.migrations import FOLDER, VERSION_TABLE

_ONE_AT_A_TIME = threading.Lock()  # ``alembic.op`` is one for the whole process


def upgrade(connection: Connection) -> None:
    """Carry out every revision that a DB lacks, and stamp it with each.

    Args:
        connection: in a transaction that no other process can change tables beside; a DB that was never stamped has
            the tables of a ``schema_version``.
    """
    logging.getLogger("alembic.runtime.migration").setLevel(logging.WARNING)  # the dialect says nothing to the user
    script = ScriptDirectory(str(FOLDER))
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    missing = list(script.iterate_revisions("head", context.get_current_revision() or "base"))
    with _ONE_AT_A_TIME, Operations.context(context):
        for revision in reversed(missing):
            revision.module.upgrade()
            context.stamp(script, revision.revision)
