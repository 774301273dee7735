"""A logged call that failed and has tokens is billed, whether or not the log says how long it took."""

from __future__ import annotations

import json

import pytest
from traffic.imports import gencost, query, write

# gpt-4o-mini: 120 * .15 + 30 * .60 = 36 USD per 1e6 calls
FAILED = {"id": "1", "ts": "2026-11-20", "model": "openai:gpt-4o-mini", "tokens_in": 120, "tokens_out": 30}
FAILED |= {"status": "error", "error": "HTTP 503"}
UNCOUNTED = {**FAILED, "tokens_in": None, "tokens_out": None}
TIMED_OUT = {**UNCOUNTED, "error": "timeout"}


@pytest.mark.parametrize("times", [{}, {"latency_ms": 850}])
def test_it_has_its_bill(capsys, times):
    answered = {**FAILED, "id": "2", "status": "ok", "error": None}
    unsent = {**UNCOUNTED, "id": "3"}
    gencost(capsys, "import", "table", write("calls.jsonl", [{**FAILED, **times}, answered, unsent]))
    tries = query("SELECT service_ms, error_type, cost_pico_usd FROM attempts")
    assert tries == [(times.get("latency_ms"), "server_error", 36_000_000)]
    (row,) = json.loads(gencost(capsys, "bill", "--format", "json"))
    assert (row["cost_usd"], row["errors"], row["unpriced"]) == ("0.000072", 2, 0)
    gencost(capsys, "audit", "--all")


@pytest.mark.parametrize(
    ("calls", "bill"),
    [
        ([UNCOUNTED], "bill: none, as no call was answered, and such failures are not billed"),
        ([TIMED_OUT], "bill: unknown; 1 failed call that may be billed"),
        ([TIMED_OUT, {**TIMED_OUT, "id": "2"}], "bill: unknown; 2 failed calls that may be billed"),
        ([FAILED, {**TIMED_OUT, "id": "2"}], "bill: $0.000036, each call at the price of its day; 1 failed call that"),
    ],
)
def test_failed_calls_without_tokens_cost_nothing_only_where_providers_bill_none(capsys, calls, bill):
    assert bill in gencost(capsys, "import", "table", write("calls.jsonl", calls))
    printed = gencost(capsys, "bill")
    assert "$0 " not in printed
    assert ("may be billed" in printed) == ("may be billed" in bill or "that" in bill)


def test_one_call_is_told_in_the_singular(capsys):
    printed = gencost(capsys, "import", "table", write("calls.jsonl", [FAILED, "{"]))
    assert "1 call imported (1 failed of them)" in printed
    assert "1 record cannot be read" in printed
    assert "1 call from 2026-11-20" in gencost(capsys, "bill")
