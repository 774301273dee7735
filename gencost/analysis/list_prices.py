"""The list price of each cell: one number that says which model is the expensive one, without looking at any answer."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine, func, select

from gencost.analysis.runs import Run
from gencost.errors import PricingError
from gencost.metrics_db import tables
from gencost.pricing.rates import ModelPricing


def list_prices(engine: Engine, runs: Sequence[Run]) -> dict[str, float]:
    """Take the list price of the rates that most calls of each run were priced by, USD a million tokens.

    Args:
        engine: the metrics DB.
        runs: the cells.

    Returns:
        Run id -> its list price; a run whose price is unknown, is one of machine time, or is that of several models
        (a policy's), is left out; free is 0.
    """
    requests, responses, prices = tables.requests, tables.responses, tables.prices
    known: dict[str, float] = {}
    with engine.connect() as connection:
        for run in runs:
            query = (
                select(prices.c.block)
                .select_from(requests.join(responses).join(prices))
                .where(requests.c.run_id.in_(run.parts), requests.c.role == "sample")
                .group_by(prices.c.price_id, prices.c.block)
                .order_by(func.count().desc(), prices.c.price_id)
                .limit(1)
            )
            asked = select(func.count(requests.c.policy_cell.distinct())).where(requests.c.run_id.in_(run.parts))
            block = None if (connection.scalar(asked) or 0) > 1 else connection.scalar(query)
            price = None if block is None else _list_price(str(block))
            if price is not None:
                known[run.run_id] = price
    return known


def _list_price(block: str) -> float | None:
    try:
        usd = ModelPricing.from_block(block).list_usd_per_mtok
        return None if usd is None else float(usd)
    except PricingError:  # it was damaged
        return None
