"""Notes about the rates that the calls of a cell were billed by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from gencost.analysis.request_facts import prices

_OWN = "openai:gpt-4o"  # the one row of conf/pricing/default.yaml that is not a list price
_OWN_RATES = {"input_usd_per_mtok": "5", "output_usd_per_mtok": "15"}

_COLUMNS = ["run_id", "provider", "model", "price_id"]


def price_notes(engine: Engine, calls: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Say what is particular about the rates of each run.

    Args:
        engine: the metrics DB, which has the rate blocks.
        calls: from ``frames``.

    Returns:
        Run id -> notes; runs of ordinary rates are left out.
    """
    blocks = {row["price_id"]: _block(row["block"]) for row in prices(engine)}
    found = {}
    for run_id, calls_of_run in calls[_COLUMNS].groupby("run_id", observed=True):
        named = [blocks.get(it, {}) for it in calls_of_run["price_id"].dropna().unique()]
        models = calls_of_run[["provider", "model"]].drop_duplicates()
        asked = {f"{provider}:{model}" for provider, model in models.itertuples(index=False)}
        notes = []
        if any("gpu_hour" in block for block in named):
            notes.append(
                "billed by the time its machine was busy, shared by all calls in flight there, other cells' too."
            )
        if _OWN in asked and any(block.items() >= _OWN_RATES.items() for block in named):
            notes.append(f"{_OWN} is at this project's own value (5 / 15 USD a million tokens), not at the list price.")
        if notes:
            found[str(run_id)] = tuple(notes)
    return found


def _block(text: str) -> Mapping[str, Any]:
    try:
        block = json.loads(text)
    except ValueError:
        return {}
    return block if isinstance(block, dict) else {}
