"""Make the tables of an opened metrics DB what this GenCost writes: created, found up to date, migrated or refused."""

from __future__ import annotations

from sqlalchemy import Connection, insert, inspect, select, text, update

from gencost.errors import MetricsDBError
from gencost.metrics_db.migrations import revisions
from gencost.metrics_db.tables import NUMBERED, metadata, schema_version, stamp

# Serialises N processes that change the tables of one PostgreSQL database at once; any constant serves.
_POSTGRES_LOCK = 7_214_091


def bring_up_to_date(connection: Connection, shown: str) -> None:
    """Create the tables of a new DB; migrate those of an older one; leave those of this version.

    Args:
        connection: in a transaction; on SQLite one that may write from its beginning.
        shown: the DB's URL without a password.

    Raises:
        MetricsDBError: a newer GenCost or another program made its tables.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRES_LOCK})
    known = revisions()
    revision = _revision(connection, shown)
    if revision is None:
        metadata.create_all(connection, checkfirst=False)  # an empty database
        connection.execute(insert(stamp), {"version_num": known[-1]})
        connection.execute(insert(schema_version), {"version": NUMBERED + 1})
    elif revision not in ("", *known):
        raise MetricsDBError(
            f"metrics DB {shown} has tables of version {revision}, this GenCost writes {known[-1]}: upgrade GenCost"
        )
    elif revision != known[-1]:
        from gencost.metrics_db.migrations.upgrade import upgrade  # noqa: PLC0415 - Alembic, for an older DB alone

        upgrade(connection)
    connection.execute(update(stamp).values(version_num=known[-1]))  # a read-only DB must fail here


def _revision(connection: Connection, shown: str) -> str | None:
    """The revision of a DB; empty if it has a number from before there were any, None if it is new."""
    names = set(inspect(connection).get_table_names())
    revision = connection.scalar(select(stamp.c.version_num)) if stamp.name in names else None
    if revision is not None:
        return str(revision)
    number = connection.scalar(select(schema_version.c.version)) if schema_version.name in names else None
    if number is not None:
        return "" if number <= NUMBERED else str(number)
    if others := sorted(names & set(metadata.tables)):
        raise MetricsDBError(
            f"metrics DB {shown} has tables of another program ({', '.join(others)}): name a database of GenCost's own"
        )
    return None
