"""Exports of traces: a span around calls repeats their tokens and is left out; so is a call that has no end yet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from traffic.imports import PICO_USD, calls, gencost, write

TIMES = {"start_time": "2026-11-20T10:00:00", "end_time": "2026-11-20T10:00:01.250"}
COUNTS = {"prompt_tokens": 120, "completion_tokens": 30}
# gpt-4o-mini: 120 * .15 + 30 * .60 = 36 USD per 1e6 calls
CALL = {"id": "1", "trace_id": "t", "parent_id": "0", "model": "openai:gpt-4o-mini", **TIMES, **COUNTS}
ONCE = [(36_000_000,)]


@pytest.mark.parametrize(
    ("around", "inner"),
    [
        ({"run_type": "chain"}, {"run_type": "llm"}),
        ({"span_attributes": {"type": "task"}}, {"span_attributes": {"type": "llm"}}),
        ({"span_kind": "workflow"}, {"span_kind": "llm"}),
        ({"span_data": {"type": "agent"}}, {"span_data": {"type": "generation"}}),
        ({"span_type": "AGENT"}, {"span_type": "CHAT_MODEL"}),
        ({"attributes": {"openinference.span.kind": "CHAIN"}}, {"attributes": {"openinference.span.kind": "LLM"}}),
        ({"type": "SPAN"}, {"type": "GENERATION"}),
        ({"type": "span"}, {"type": "CLIENT"}),
    ],
)
def test_a_span_around_a_call_is_left_out(capsys, around, inner):
    rows = [{**CALL, "id": "0", "parent_id": None, **around}, {**CALL, **inner}]
    printed = gencost(capsys, "import", "table", write("calls.jsonl", rows))
    assert "1 call imported; 1 left out: a span around calls, such as a chain, a tool or an agent" in printed
    assert calls("a.cost_pico_usd") == ONCE


@pytest.mark.parametrize("more", [{"type": "agent", "trace_id": None}, {"type": "event"}, {"span_kind": "SERVER"}])
def test_a_column_of_another_meaning_leaves_no_call_out(capsys, more):
    row = {name: it for name, it in {**CALL, **more}.items() if it is not None and name != "parent_id"}
    gencost(capsys, "import", "table", write("calls.jsonl", [row]))
    assert calls("a.cost_pico_usd") == ONCE


def test_whoever_asks_for_a_kind_gets_it(capsys):
    rows = write("calls.jsonl", [{**CALL, "run_type": "chain"}])
    gencost(capsys, "import", "table", rows, "only.run_type=chain")
    assert calls("a.cost_pico_usd") == ONCE


def test_a_call_under_way_is_imported_when_it_is_over(capsys):
    begun = {**CALL, "prompt_tokens": 0, "completion_tokens": 0, "end_time": None, "status": "pending"}
    printed = gencost(capsys, "import", "table", write("calls.jsonl", [begun]))
    assert "0 calls imported; 1 left out: under way when the log was written" in printed
    gencost(capsys, "import", "table", write("calls.jsonl", [{**CALL, "status": "success"}]))
    assert calls("q.latency_ms, a.cost_pico_usd") == [(1250.0, 36_000_000)]


LANGCHAIN = {"kwargs": {"content": "Paris.", "type": "ai"}}
LANGCHAIN["kwargs"]["usage_metadata"] = {
    "input_tokens": 120,
    "output_tokens": 30,
    "total_tokens": 150,
    "input_token_details": {"cache_read": 64},
}


@pytest.mark.parametrize("counts", [COUNTS, {"prompt_tokens": None, "completion_tokens": None}])
def test_the_usage_deep_in_langchain_s_answer_is_the_fuller_one(capsys, counts):
    outputs = {"generations": [[{"text": "Paris.", "message": LANGCHAIN}]]}
    rows = write("calls.jsonl", [{**CALL, **counts, "outputs": outputs}])
    gencost(capsys, "import", "table", rows, "map.answer=outputs", "texts=keep")
    assert calls("a.cost_pico_usd, a.response") == [(PICO_USD, "Paris.")]


@pytest.mark.parametrize(("written", "stored"), [("OpenAI", "openai"), (" OPENAI ", "openai"), ("MyOwn", "MyOwn")])
def test_a_known_provider_has_one_name_however_it_is_written(capsys, written, stored):
    gencost(capsys, "import", "table", write("calls.jsonl", [{**CALL, "model": "gpt-4o-mini", "provider": written}]))
    assert calls("q.provider") == [(stored,)]


def test_the_only_call_inside_the_answer_of_an_api_is_read(capsys):
    Path("call.json").write_text(json.dumps({"data": CALL, "error": None}), encoding="utf-8")
    gencost(capsys, "import", "table", "call.json")
    assert calls("a.cost_pico_usd") == ONCE


def test_results_that_gencost_wrote_itself_are_left_out_of_a_folder_unless_the_map_names_their_columns(capsys):
    """gencost run and gencost reprice -o write one row a call. 120 in and 30 out of gpt-4o-mini cost $0.000036."""
    logs = Path("logs")
    logs.mkdir()
    own = {"run_id": "r", "cell": "small", "request_id": "1", "provider": "openai", "model": "gpt-4o-mini"}
    own |= {"usage_tokens_in": 120, "usage_tokens_out": 30, "cost_pico_usd": 36_000_000, "latency_ms": 9}
    again = {"request_id": "1", "cell": "small", "model": "openai:gpt-4o-mini", "billed_pico_usd": 36_000_000}
    write("logs/a.jsonl", [CALL])
    write("logs/b_results.jsonl", [own])
    write("logs/c_repriced.jsonl", [{**again, "repriced_pico_usd": 0}])
    printed = gencost(capsys, "import", "table", "logs")
    assert "1 call imported; 2 left out: a row of GenCost's own results, whose calls are in its metrics DB" in printed
    assert calls("a.cost_pico_usd") == ONCE
    asked = ("map.tokens_in=usage_tokens_in", "map.tokens_out=usage_tokens_out", "--db", "sqlite:///other.sqlite")
    assert "1 call imported" in gencost(capsys, "import", "table", "logs/b_results.jsonl", *asked)


def test_a_row_of_gencosts_own_bill_is_no_call_even_if_it_sums_one(capsys):
    bill = {"model": "openai:gpt-4o-mini", "calls": 1, "tokens_in": 120, "tokens_out": 30, "unpriced": 0, "errors": 0}
    assert "unpriced=0: a row that sums calls" in gencost(capsys, "import", "table", write("b.jsonl", [bill]), code=2)
