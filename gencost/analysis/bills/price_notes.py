"""Notes about the rates that the calls of a cell were billed by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

_OWN = "openai:gpt-4o"  # the one row of conf/pricing/default.yaml that is not a list price
_OWN_RATES = {"input_usd_per_mtok": "5", "output_usd_per_mtok": "15"}


def price_notes(blocks: Mapping[str, str], calls: pd.DataFrame) -> tuple[str, ...]:
    """Say what is particular about the rates of a cell; empty if they are ordinary.

    Args:
        blocks: price id -> rate block.
        calls: of the cell, from ``frames``.
    """
    named = [_block(blocks.get(it, "")) for it in calls["price_id"].dropna().unique()]
    models = calls[["provider", "model"]].drop_duplicates()
    asked = {f"{provider}:{model}" for provider, model in models.itertuples(index=False)}
    notes = []
    if any("gpu_hour" in block for block in named):
        notes.append("billed by the time its machine was busy, shared by all calls in flight there, other cells' too.")
    if _OWN in asked and any(block.items() >= _OWN_RATES.items() for block in named):
        notes.append(f"{_OWN} is at this project's own value (5 / 15 USD a million tokens), not at the list price.")
    return tuple(notes)


def _block(text: str) -> Mapping[str, Any]:
    try:
        block = json.loads(text)
    except ValueError:
        return {}
    return block if isinstance(block, dict) else {}
