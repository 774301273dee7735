"""The reason why a log says another cost than the bill, where arithmetic shows one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from traffic.imports import gencost, write

OPENAI = {
    "id": "1",
    "ts": "2026-11-20T10:00:00Z",
    "provider": "openai",
    "model": "gpt-4o-mini",
    "tokens_in": 120,
    "tokens_cached": 64,
    "tokens_out": 30,
    "tokens_reasoning": 20,
}
ANTHROPIC = {
    "id": "1",
    "ts": "2026-11-20T10:00:00Z",
    "provider": "anthropic",
    "model": "claude-sonnet-4-5",
    "tokens_in": 1000,
    "tokens_cached": 400,
    "tokens_cache_write": 200,
    "tokens_cache_write_1h": 100,
    "tokens_out": 50,
}


def told(capsys, row: dict, usd_per_million_calls: str) -> str:
    """Import a call whose log says a cost; give what stands behind the difference."""
    row = {**row, "cost_usd": str(Decimal(usd_per_million_calls) / 10**6)}
    printed = gencost(capsys, "import", "table", write("calls.jsonl", [row]))
    (line,) = [line for line in printed.splitlines() if line.startswith("The table says")]
    return line.partition("priced otherwise there: ")[2].partition(" (")[2].removesuffix(")")


@pytest.mark.parametrize(
    ("usd_per_million_calls", "why"),
    [
        # gpt-4o-mini: 0.15 in, 0.075 cached, 0.60 out; exact 56 * 0.15 + 64 * 0.075 + 30 * 0.60 = 31.2
        ("36.0", "cached tokens at the full rate"),  # 120 * 0.15 + 30 * 0.60
        ("40.8", "cached tokens counted twice"),  # 120 * 0.15 + 64 * 0.075 + 30 * 0.60
        ("26.4", "cached tokens left out"),  # 56 * 0.15 + 30 * 0.60
        ("43.2", "reasoning tokens billed twice"),  # 31.2 + 20 * 0.60
        ("19.2", "reasoning tokens left out"),  # 31.2 - 20 * 0.60
        ("0", "said to cost nothing"),
        ("31", "rounded to 6 decimals"),
        ("33.3", ""),  # nobody knows
    ],
)
def test_a_difference_is_explained_by_what_gives_exactly_it(capsys, usd_per_million_calls, why):
    assert told(capsys, OPENAI, usd_per_million_calls) == why


@pytest.mark.parametrize(
    ("usd_per_million_calls", "why"),
    [
        # claude-sonnet-4-5: 3 in, 0.30 read, 3.75 written for 5 minutes, 6 for an hour, 15 out; exact
        # 300 * 3 + 400 * 0.30 + 200 * 3.75 + 100 * 6 + 50 * 15 = 3120
        ("2670", "cache writes at the rate of input"),  # 3120 - 200 * 0.75 - 100 * 3
        ("4020", "cache writes counted twice"),  # 3120 + 300 * 3
        ("1770", "cache writes left out"),  # 3120 - 750 - 600
        ("2895", "cache writes of an hour at the rate of five minutes"),  # 3120 - 100 * 2.25
        ("3750", "cache reads and writes at the rate of input"),  # 1000 * 3 + 750
        ("5220", "cache reads and writes counted twice"),  # 3120 + 700 * 3
    ],
)
def test_the_same_of_cache_writes(capsys, usd_per_million_calls, why):
    assert told(capsys, ANTHROPIC, usd_per_million_calls) == why


def test_a_served_model_a_tier_and_an_older_price_are_named(capsys):
    row = {"tokens_in": 1000, "tokens_out": 500, "tokens_cached": 0, "tokens_reasoning": 0}
    # gpt-5 1.25 and 10, gpt-5-mini 0.25 and 2: 1250 + 5000 where 250 + 1000 is right
    served = {**OPENAI, **row, "model": "gpt-5", "response_model": "gpt-5-mini"}
    assert told(capsys, served, "6250") == "at the price of gpt-5, not of the served gpt-5-mini"
    # gpt-4o-mini's batches cost half: 1000 * 0.15 + 500 * 0.60 = 450 where 225 is right
    batch = {**OPENAI, **row, "id": "2", "service_tier": "batch"}
    assert told(capsys, batch, "450") == "at the standard price, not of the tier batch"
    assert told(capsys, {**OPENAI, **row, "id": "4"}, "225") == "at the price of the tier batch"
    # o3 was 10 and 40 until June 2025, and is 2 and 8 since: 10000 + 20000 where 2000 + 4000 is right
    older = told(capsys, {**OPENAI, **row, "id": "3", "model": "o3"}, "30000")
    assert older in ("at the prices of May 2025", "at the prices of June 2025")


def test_a_long_request_at_the_price_of_a_short_one_is_named(capsys):
    # gemini-2.5-pro: 1.25 in, 10 out up to 200,000 tokens, above 2.50 and 15: 300,000 * 1.25 + 1,000 * 10 = 385,000
    row = {**OPENAI, "provider": "google", "model": "gemini-2.5-pro", "tokens_in": 300_000, "tokens_out": 1_000}
    row |= {"tokens_cached": 0, "tokens_reasoning": 0}
    assert told(capsys, row, "385000") == "at the price of a short request"


def test_counts_that_cannot_be_split_are_no_reason(capsys):
    # Everything is read or written: halves of 100,001 and 50,001 have one token more than the half of their sum.
    row = {**ANTHROPIC, "tokens_in": 150_002, "tokens_cached": 100_001, "tokens_cache_write": 50_001}
    assert told(capsys, {**row, "tokens_cache_write_1h": 0}, "5") == ""


def test_a_reason_holds_for_as_many_calls_as_it_explains(capsys):
    rows = [{**OPENAI, "id": str(n), "cost_usd": "0.000036"} for n in range(3)] + [
        {**OPENAI, "id": "other", "cost_usd": "0.000037"},
        {**OPENAI, "id": "none"},
        {**OPENAI, "id": "same", "cost_usd": "0.0000312"},
    ]
    printed = gencost(capsys, "import", "table", write("calls.jsonl", rows))
    # 3 * 36.0 + 37.0 + 31.2 = 176.2; exact 5 * 31.2 = 156
    assert (
        "The table says $0.000176, exact $0.000156 (5 calls with both): 1 of 1 model priced otherwise there: "
        "openai:gpt-4o-mini +$0.0000202 (cached tokens at the full rate: 3 of 4 calls)" in printed
    )
    assert "The table gives no cost to 1 call that has one here" in printed
