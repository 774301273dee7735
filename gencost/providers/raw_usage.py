"""Read a recorded usage again, as its vendor sent it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gencost.providers import anthropic, openai, openai_responses
from gencost.types import Usage


def usage_again(raw: Mapping[str, Any]) -> Usage | None:
    """Turn a vendor's own counts into the inclusive basis once more.

    Args:
        raw: ``raw_usage_json`` of the metrics DB.

    Returns:
        None if no vendor that GenCost knows writes it like this.
    """
    if "prompt_tokens" in raw:
        return openai.usage_of(raw)
    if "input_tokens_details" in raw:
        return openai_responses.usage_of(raw)
    return anthropic.usage_of(raw) if "input_tokens" in raw else None


def cost_again(raw: Mapping[str, Any]) -> Decimal | None:
    """Read once more what a vendor says it charged, USD; None if it did not say."""
    return openai.cost_said(raw)
