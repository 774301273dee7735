"""Read a recorded usage again, as its vendor sent it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gencost.types import Usage
from gencost.usage.charged import charged_usd
from gencost.usage.read import read_counts


def usage_again(raw: Mapping[str, Any], items: Mapping[str, int] | None = None) -> Usage | None:
    """Convert a vendor's own counts to inclusive counts again.

    Args:
        raw: ``raw_usage_json`` of the metrics DB.
        items: what the answer held that is billed by the piece.

    Returns:
        None if no vendor that GenCost knows writes it like this.
    """
    return read_counts(raw, protocol_of(raw), items=items).usage


def protocol_of(raw: Mapping[str, Any]) -> str:
    """Return the protocol whose names a recorded usage has."""
    if "prompt_tokens" in raw and "input_tokens" not in raw:
        return "chat"
    return "responses" if "input_tokens_details" in raw else "messages"


def cost_again(raw: Mapping[str, Any]) -> Decimal | None:
    """Read once more what a vendor says it charged, USD; None if it did not say."""
    return charged_usd(raw)
