"""Usage that was read again, kept beside what was recorded first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, insert, select

from gencost.metrics_db.store import transaction
from gencost.metrics_db.tables import corrections, prices


def add_corrections(engine: Engine, rows: Sequence[dict[str, Any]], price_rows: Sequence[dict[str, Any]]) -> None:
    """Insert corrections, and the rate blocks that they name where they are not there; all or nothing.

    Args:
        engine: the metrics DB.
        rows: of ``corrections``.
        price_rows: of ``prices``.

    Raises:
        MetricsDBError: the database refuses.
    """
    names = [row["price_id"] for row in price_rows]
    with transaction(engine) as connection:
        known = set(connection.scalars(select(prices.c.price_id).where(prices.c.price_id.in_(names))))
        missing = [row for row in price_rows if row["price_id"] not in known]
        if missing:
            connection.execute(insert(prices), missing)
        connection.execute(insert(corrections), list(rows))
