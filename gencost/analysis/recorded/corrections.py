"""Answers whose usage was read again: the newest reading takes the place of the first, unless one asks for that."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, select

from gencost.metrics_db import tables
from gencost.types import PICO_PER_USD
from gencost.values.token_counts import USAGE_COUNTS, more_facts, usage_from

AS_RECORDED = "gencost_as_recorded"
"""An execution option of an engine: what was recorded first is read, corrections are not."""


def as_recorded(engine: Engine) -> Engine:
    """The same metrics DB without its corrections."""
    return engine.execution_options(**{AS_RECORDED: True})


def has_corrections(connection: Connection, run_ids: Sequence[str]) -> bool:
    """Whether an answer of some runs has a correction."""
    corrections, requests = tables.corrections, tables.requests
    anywhere = select(corrections.c.request_id).limit(1)
    query = anywhere.join(requests, corrections.c.request_id == requests.c.request_id)
    return bool(connection.scalar(anywhere) and connection.scalar(query.where(requests.c.run_id.in_(run_ids))))


def corrected_runs(engine: Engine, run_ids: Sequence[str]) -> bool:
    """Whether an answer of some runs has a correction, which ``as_recorded`` leaves out."""
    with engine.connect() as connection:
        return has_corrections(connection, run_ids)


def newest(connection: Connection, run_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """The newest correction of each answer of some runs that has one, by request id."""
    corrections, requests = tables.corrections, tables.requests
    query = (
        select(corrections)
        .join(requests, corrections.c.request_id == requests.c.request_id)
        .where(requests.c.run_id.in_(run_ids))
        .order_by(corrections.c.ts)
    )
    return {row.request_id: dict(row._mapping) for row in connection.execute(query)}  # of several, the last one stays


def corrected(connection: Connection, run_ids: Sequence[str], calls: pd.DataFrame) -> None:
    """Put the newest corrections into a frame of calls, in place.

    Args:
        connection: of the metrics DB.
        run_ids: of the calls.
        calls: from ``frames``; an answer of the response cache costs nothing whatever its usage.
    """
    latest = newest(connection, run_ids)
    if not latest or calls.empty:
        return
    row_of = {request_id: index for index, request_id in calls["request_id"].items() if request_id in latest}
    facts = {row_of[request_id]: _columns(row) for request_id, row in latest.items() if request_id in row_of}
    for name in next(iter(facts.values()), {}):
        values = calls[name].astype(object)
        for index, row in facts.items():
            if not calls.at[index, "from_cache"] or name.startswith("usage_"):
                values[index] = row[name]
        calls[name] = values.astype("category") if calls[name].dtype == "category" else values.astype(calls[name].dtype)


def _columns(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a frame that a correction says."""
    usage = None if row["usage_json"] is None else usage_from(json.loads(row["usage_json"]))
    more = {} if usage is None else more_facts(usage)
    pico = row["cost_pico_usd"]
    return {
        **{f"usage_{name}": pd.NA if usage is None else getattr(usage, name) for name in USAGE_COUNTS},
        "usage_more_json": json.dumps(more, sort_keys=True) if more else None,
        "usage_source": "missing" if usage is None else usage.source,
        "cost_pico_usd": pd.NA if pico is None else pico,
        "cost_usd": float("nan") if pico is None else pico / PICO_PER_USD,
        "cost_status": row["cost_status"],
        "cost_reason": row["cost_reason"],
        "price_id": row["price_id"],
        "other_price_ids": row["other_price_ids"],
    }
