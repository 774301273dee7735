"""Answers of xAI for which its own ticks say what was charged: tokens and tools, to the last digit."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gencost import CostTracker, load_pricing
from gencost.types import Response
from gencost.usage import read_usage

TRACKER = CostTracker(load_pricing({"models": {}}))


def response(tokens_in: int, cached: int, tokens_out: int, ticks: int | None, **tools: int) -> dict:
    counts = {"input_tokens": tokens_in, "output_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}
    details = {"web_search_calls": 0, "mcp_calls": 0, **tools}
    return {
        **counts,
        "input_tokens_details": {"cached_tokens": cached},
        "num_server_side_tools_used": sum(tools.values()),
        "cost_in_usd_ticks": ticks,
        "server_side_tool_usage_details": details,
    }


def bill(raw: dict, at: datetime = datetime(2026, 11, 26, tzinfo=UTC)):
    reading = read_usage(raw, "responses", text=True)
    answer = Response(text="a", usage=reading.usage, latency_ms=1.0, response_model="grok-4.3")
    return reading, TRACKER.price(provider="xai", model="grok-4.3", response=answer, at=at)


@pytest.mark.parametrize(
    "raw",
    [
        # 23781 * 1.25 + 16384 * .2 + 2807 * 2.5 millionths of a USD, and 11 * .005
        response(40165, 16384, 2807, 950205500, x_search_calls=11),
        response(27353, 13376, 2560, 765464500, x_search_calls=10),
    ],
)
def test_the_bill_is_what_was_charged(raw):
    reading, cost = bill(raw)
    assert cost.usd == reading.charged_usd == Decimal(raw["cost_in_usd_ticks"]) / 10**10


def test_each_tool_has_its_fee():
    """1000 * 1.25 + 100 * 2.5 = 1500 millionths, and .005 + .005 + .0025."""
    raw = response(1000, 0, 100, None, web_search_calls=1, code_interpreter_calls=1, file_search_calls=1)
    assert bill(raw)[1].usd == Decimal("0.0015") + Decimal("0.0125")


def test_nobody_knows_the_fees_of_earlier_days():
    _, cost = bill(response(1000, 0, 100, None, web_search_calls=1), datetime(2026, 4, 30, tzinfo=UTC))
    assert cost.reason == "no rate for web_search: add web_search_usd"
