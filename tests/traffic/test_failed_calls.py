"""A logged call that failed and has tokens is billed, whether or not the log says how long it took."""

from __future__ import annotations

import json

import pytest
from traffic.imports import gencost, query, write

# gpt-4o-mini: 120 * .15 + 30 * .60 = 36 USD per 1e6 calls
FAILED = {"id": "1", "ts": "2026-11-20", "model": "openai:gpt-4o-mini", "tokens_in": 120, "tokens_out": 30}
FAILED |= {"status": "error", "error": "HTTP 503"}


@pytest.mark.parametrize("times", [{}, {"latency_ms": 850}])
def test_it_has_its_bill(capsys, times):
    answered = {**FAILED, "id": "2", "status": "ok", "error": None}
    unsent = {**FAILED, "id": "3", "tokens_in": None, "tokens_out": None}
    gencost(capsys, "import", "table", write("calls.jsonl", [{**FAILED, **times}, answered, unsent]))
    tries = query("SELECT service_ms, error_type, cost_pico_usd FROM attempts")
    assert tries == [(times.get("latency_ms"), "server_error", 36_000_000)]
    (row,) = json.loads(gencost(capsys, "bill", "--format", "json"))
    assert (row["cost_usd"], row["errors"], row["unpriced"]) == ("0.000072", 2, 0)
    gencost(capsys, "audit", "--all")
