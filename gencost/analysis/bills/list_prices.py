"""The list price of each cell: one number that says which model is the expensive one, without looking at any answer."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from sqlalchemy import Connection, func, select

from gencost.analysis.recorded.runs import Run
from gencost.errors import PricingError
from gencost.metrics_db import tables
from gencost.pricing.rates import ModelPricing


def list_price(connection: Connection, run: Run, calls: pd.DataFrame, blocks: Mapping[str, str]) -> float | None:
    """Take the list price of the rates that most calls of a cell were priced by, USD a million tokens.

    Args:
        connection: of the metrics DB.
        run: the cell.
        calls: its calls, from ``frames``, with ``policy_cell``.
        blocks: price id -> rate block.

    Returns:
        None if it is unknown, is one of machine time, or is that of several models (a policy's); free is 0.
    """
    counts = calls["price_id"].value_counts()
    ids = sorted(
        (price_id for price_id, n in counts.items() if n and price_id in blocks), key=lambda it: (-counts[it], it)
    )
    if not ids or (calls["policy_cell"].notna().any() and _policy_cells(connection, run) > 1):
        return None
    try:
        usd = ModelPricing.from_block(blocks[ids[0]]).list_usd_per_mtok
        return None if usd is None else float(usd)
    except PricingError:  # it was damaged
        return None


def _policy_cells(connection: Connection, run: Run) -> int:
    requests = tables.requests
    asked = select(func.count(requests.c.policy_cell.distinct())).where(requests.c.run_id.in_(run.parts))
    return connection.scalar(asked) or 0
