"""A row of a report sums calls: it is refused by every source, as one call of a million tokens has another price."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from traffic.imports import calls, gencost, write

SUM = {"date": "2026-11-20", "model": "openai:gpt-4o-mini", "input_tokens": 1_000_000, "output_tokens": 9}
ONE = {**SUM, "input_tokens": 120, "output_tokens": 30}  # gpt-4o-mini: 120 * .15 + 30 * .60 = 36 USD per 1e6 calls
BUCKET = {"object": "bucket", "start_time": 1795132800, "end_time": 1795219200}
DAY = {"date": "2026-11-20", "model": "gpt-4o-mini", "custom_llm_provider": "openai", "id": "1", "spend": 0.036}
DAY |= {"prompt_tokens": 120_000, "completion_tokens": 30_000, "created_at": "2026-11-20 10:00:00"}


@pytest.mark.parametrize(
    "name",
    [
        "n_requests",
        "requests",
        "requestCount",
        "calls",
        "COUNT(*)",
        "Total Requests",
        "# Requests",
        "num_calls",
        "count",
    ],
)
def test_a_row_that_counts_several_calls_is_not_one(capsys, name):
    rows = [{**SUM, name: 57}, {**ONE, name: 1}]
    printed = gencost(capsys, "import", "table", write("calls.jsonl", rows))
    assert f"calls.jsonl:1: {name}=57: a row that sums calls" in printed
    assert calls("a.cost_pico_usd") == [(36_000_000,)]


@pytest.mark.parametrize(
    ("source", "document", "place"),
    [
        ("table", {"object": "page", "data": [{**BUCKET, "results": [{**ONE, "num_model_requests": 1}]}]}, "num_model"),
        ("table", {**DAY, "api_requests": 100}, "api_requests"),
        ("litellm", {**DAY, "api_requests": 100}, "api_requests"),
        ("table", {"usage_date_utc": "2026-11-20", **ONE}, "usage_date_utc"),
        ("table", {"data": [{**ONE, "starting_at": "2026-11-20", "ending_at": "2026-11-21"}]}, "ending_at"),
        ("langfuse", {"data": [{"date": "2026-11-20", "countTraces": 5, "usage": [ONE]}]}, "countTraces"),
        ("table", {"amount": "1.5", "currency": "USD", "token_type": "output_tokens", **ONE}, "token_type"),
    ],
)
def test_reports_of_tools_are_refused_with_one_line(capsys, source, document, place):
    Path("report.json").write_text(json.dumps(document), encoding="utf-8")
    printed = gencost(capsys, "import", source, "report.json", code=2)
    assert "0 calls imported" in printed
    assert f"{place}" in printed
    assert "a row that sums calls; a log with one row a call is needed" in printed


def test_a_bill_of_gencost_is_a_report(capsys):
    gencost(capsys, "import", "table", write("calls.jsonl", [{**ONE, "id": "1"}, {**ONE, "id": "2"}]))
    Path("bill.csv").write_text(gencost(capsys, "bill", "--by", "model", "--format", "csv"), encoding="utf-8")
    printed = gencost(capsys, "import", "table", "bill.csv", "provider=openai", code=2)
    assert "calls=2: a row that sums calls" in printed


@pytest.mark.parametrize("name", ["row_number", "rowNum", "Request #", "call_number", "generation_n"])
def test_the_place_of_a_row_counts_no_calls(capsys, name):
    gencost(capsys, "import", "table", write("calls.jsonl", [{**ONE, name: 1}, {**ONE, "output_tokens": 31, name: 2}]))
    assert sorted(calls("a.cost_pico_usd")) == [(36_000_000,), (36_600_000,)]


@pytest.mark.parametrize("more", [{"id": "1", "latency_ms": 80}, {"response_id": "r"}, {"answer": "Paris."}])
def test_a_call_may_say_how_many_its_session_has_made(capsys, more):
    gencost(capsys, "import", "table", write("calls.jsonl", [{**ONE, "request_count": 57, **more}]))
    assert calls("a.cost_pico_usd") == [(36_000_000,)]


@pytest.mark.parametrize(
    "more",
    [
        {"request_number": 57},
        {"row_number": 12},
        {"num_tool_calls": 2},
        {"retry_count": 2},
        {"max_requests": 9},
        {"n": 4},
    ],
)
def test_a_number_of_something_else_makes_no_sum_of_a_call(capsys, more):
    gencost(capsys, "import", "table", write("calls.jsonl", [{**ONE, **more}]))
    assert calls("a.cost_pico_usd") == [(36_000_000,)]


def test_a_mean_latency_makes_no_call_of_a_sum(capsys):
    rows = write("calls.jsonl", [{**SUM, "requests": 57, "latency_ms": 812.5}])
    assert "requests=57: a row that sums calls" in gencost(capsys, "import", "table", rows, code=2)


def test_a_column_that_the_map_reads_counts_no_calls(capsys):
    rows = write("calls.jsonl", [{**ONE, "n_calls": 2}])
    gencost(capsys, "import", "table", rows, "map.attempts=n_calls")
    assert calls("q.attempts, a.cost_pico_usd") == [(2, 36_000_000)]


@pytest.mark.parametrize(
    "document",
    [
        {"data": [ONE], "meta": {"page": 1}},
        {"status": "success", "result": {"items": [ONE]}, "total": 1},
        {"hits": {"total": {"value": 1}, "hits": [ONE]}},
        {"time": "2026-11-20", "payload": {**ONE, "date": None, "messages": [{"role": "user", "content": "Hi"}]}},
        {"data": [ONE], "query": {"model": "openai:gpt-4o-mini"}},
        [{**ONE, "num_model_requests": None, "token_type": ""}],
    ],
)
def test_rows_inside_the_answer_of_an_api_are_read(capsys, document):
    Path("calls.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
    gencost(capsys, "import", "table", "calls.json")
    assert calls("a.cost_pico_usd") == [(36_000_000,)]


def test_a_bad_row_inside_such_an_answer_is_named_and_the_others_are_read(capsys):
    Path("calls.json").write_text(json.dumps({"data": [{**ONE, "input_tokens": "x"}, ONE]}), encoding="utf-8")
    printed = gencost(capsys, "import", "table", "calls.json")
    assert "calls.json:1 data[0]: tokens_in is 'x'" in printed
    assert calls("a.cost_pico_usd") == [(36_000_000,)]


def test_a_bucket_of_anthropics_usage_report_holds_sums(capsys):
    held = {"uncached_input_tokens": 10, "output_tokens": 50, "model": "claude-sonnet-4-5"}
    bucket = {"starting_at": "2026-11-20T00:00:00Z", "ending_at": "2026-11-21T00:00:00Z", "results": [held]}
    Path("report.json").write_text(json.dumps({"data": [bucket], "has_more": False}), encoding="utf-8")
    printed = gencost(capsys, "import", "table", "report.json", "provider=anthropic", code=2)
    assert "ending_at=2026-11-21T00:00:00Z: a row that sums calls" in printed


@pytest.mark.parametrize("total", ["Total", "GRAND TOTAL", "Summe"])
def test_the_line_below_a_spreadsheet_that_adds_up_the_others_is_no_call(capsys, total):
    Path("calls.csv").write_text(
        f"id,model,tokens_in,tokens_out\n1,gpt-4o-mini,120,30\n,{total},120,30\n", encoding="utf-8"
    )
    printed = gencost(capsys, "import", "table", "calls.csv", "provider=openai")
    assert f"calls.csv:3: model={total}: a row that sums calls" in printed
    assert calls("a.cost_pico_usd") == [(36_000_000,)]
