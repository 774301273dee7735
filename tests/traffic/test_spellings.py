"""Names of columns that differ from the map's by spaces, signs and capitals alone are read, others are not."""

from __future__ import annotations

from pathlib import Path

import pytest
from traffic.imports import calls, gencost, write

# gpt-4o-mini: (120 - 64) * .15 + 64 * .075 + 30 * .60 = 31.2 USD per 1e6 calls
CACHED, NOT_CACHED = 31_200_000, 36_000_000
CELLS = "2026-11-20 10:00:00,openai,gpt-4o-mini,120,30,1500,0.000036"


@pytest.mark.parametrize(
    "names",
    [
        "Timestamp,Provider,Model,Input Tokens,Output Tokens,Latency (ms),Cost ($)",
        "TIMESTAMP,PROVIDER,MODEL,INPUT_TOKENS,OUTPUT_TOKENS,LATENCY_MS,COST_USD",
        "Created At,Vendor,Model Name,Prompt-Tokens,Completion-Tokens,Duration [ms],Total Cost",
        "createdAt,provider,ModelId,TokensIn,TokensOut,LatencyMs,CostUSD",
    ],
)
def test_a_column_spelled_otherwise_is_read(capsys, names):
    Path("calls.csv").write_text(f"{names}\n{CELLS}\n", encoding="utf-8")
    assert "The table says $0.000036, exact $0.000036" in gencost(capsys, "import", "table", "calls.csv")
    columns = "q.ts, q.latency_ms, a.usage_tokens_in, a.usage_tokens_out, t.source_cost_pico_usd"
    assert calls(columns) == [("2026-11-20 10:00:00.000000", 1500.0, 120, 30, NOT_CACHED)]


@pytest.mark.parametrize("name", ["Cost (€)", "Cost %", "Kosten"])
def test_a_column_that_may_say_something_else_is_not(capsys, name):
    Path("calls.csv").write_text(f"ts,Model,tokens_in,tokens_out,{name}\n1,openai:m,120,30,0.5\n", encoding="utf-8")
    gencost(capsys, "import", "table", "calls.csv", "map.time=null")
    assert calls("t.source_cost_pico_usd") == [(None,)]


def test_the_maps_own_column_and_what_the_user_names_come_first(capsys):
    row = {"id": "1", "ts": "2026-11-20T10:00:00Z", "Date": "2025-01-01", "Model": "openai:gpt-4o-mini", "Status": "ok"}
    row |= {"Input Tokens": 120, "tokens_out": 30, "Cached Tokens": 64}
    printed = gencost(capsys, "import", "table", write("a.jsonl", [row, {**row, "Status": "x"}]), "only.Status=ok")
    assert "1 call imported; 1 left out" in printed
    assert calls("q.ts, a.cost_pico_usd") == [("2026-11-20 10:00:00.000000", CACHED)]
    told = ("not_billed=[Cached Tokens]", "--db", "sqlite:///other.sqlite")
    assert "bill: $0.000036" in gencost(capsys, "import", "table", "a.jsonl", *told)


@pytest.mark.parametrize(("name", "amount"), [("cost_cents", "0.0036"), ("cost_micros", 36)])
def test_a_cost_in_cents_or_millionths_is_held_against_the_bill_in_usd(capsys, name, amount):
    row = {"id": "1", "ts": "2026-11-20T10:00:00Z", "model": "openai:gpt-4o-mini", "tokens_in": 120, "tokens_out": 30}
    printed = gencost(capsys, "import", "table", write("calls.jsonl", [{**row, name: amount}]))
    assert "The table says $0.000036, exact $0.000036 (1 call with both): the same" in printed


def test_a_table_in_the_maps_own_words_is_read_by_these_alone(capsys):
    """Its column Time may be a duration, and Cached Tokens a count of another kind."""
    row = {"id": "1", "model": "openai:gpt-4o-mini", "tokens_in": 120, "tokens_out": 30, "Time": 1.5, "Cost": 0.5}
    gencost(capsys, "import", "table", write("calls.jsonl", [row]))
    assert calls("a.cost_pico_usd, t.source_cost_pico_usd") == [(NOT_CACHED, None)]
