"""Frames of calls whose answers have all that a live policy had made for them in their cost and times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from gencost.analysis.recorded.corrections import AS_RECORDED, newest
from gencost.analysis.recorded.policy_steps import MadeFor, made_for
from gencost.types import PICO_PER_USD

UNKNOWN_STEP = "the cost of a step is unknown"


def with_steps(connection: Connection, run_ids: Sequence[str], calls: pd.DataFrame) -> None:
    """Add what was done for each answer to its row of a frame of calls, in place.

    Args:
        connection: of the metrics DB.
        run_ids: of the calls.
        calls: from ``frames``; failed answers stay as they are: no result has what was done for them in it.
    """
    as_recorded = connection.get_execution_options().get(AS_RECORDED)
    sums = made_for(connection, run_ids, {} if as_recorded else newest(connection, run_ids))
    rows = calls["request_id"].isin(sums.keys()) & (calls["status"] == "ok") if sums else []
    if not np.any(rows):
        return
    made = [sums[request_id] for request_id in calls.loc[rows, "request_id"]]
    cached = np.array([answer.cached for answer in made]) | calls.loc[rows, "from_cache"].to_numpy(dtype=bool)
    final = calls.loc[rows, "cost_pico_usd"]
    full = _plus(calls.loc[rows, "saved_pico_usd"].where(calls.loc[rows, "from_cache"], final), made, "full_pico_usd")
    cost = _plus(final, made, "pico_usd")
    _say_unknown(calls, final, cost)
    calls.loc[rows, "saved_pico_usd"] = full.where(cached)
    calls.loc[rows, "cost_pico_usd"] = cost
    calls.loc[rows, "cost_usd"] = cost.astype("float64") / PICO_PER_USD
    calls.loc[rows, "from_cache"] = cached
    calls.loc[rows, "ts"] = pd.to_datetime(pd.Series([answer.ts for answer in made], index=final.index), utc=True)
    before = np.array([np.nan if answer.latency_ms is None else answer.latency_ms for answer in made])
    for name in ("latency_ms", "ttft_ms"):
        calls.loc[rows, name] = calls.loc[rows, name] + before
    for name in ("queue_ms", "backoff_ms"):
        calls.loc[rows, name] = calls.loc[rows, name] + np.array([getattr(answer, name) for answer in made])


def _plus(pico: pd.Series, made: Sequence[MadeFor], name: str) -> pd.Series:
    values = [getattr(answer, name) for answer in made]
    return pico + pd.Series(pd.array([pd.NA if it is None else it for it in values], dtype="Int64"), index=pico.index)


def _say_unknown(calls: pd.DataFrame, final: pd.Series, cost: pd.Series) -> None:
    """Mark the bills of answers whose own cost is known but that of a step is not."""
    unknown = final.index[final.notna() & cost.isna()]
    for name, value in (("cost_status", "partial"), ("cost_reason", UNKNOWN_STEP)):
        if len(unknown):
            values = calls[name].astype(object)
            values[unknown] = value
            calls[name] = values.astype("category")
