"""A call that a log tells again many records later is stored by the fuller record, and counted once."""

from __future__ import annotations

import pytest
from traffic.imports import calls, gencost, write
from traffic.test_other_counters import NOT_CACHED, ROW


@pytest.mark.parametrize(
    ("before", "after", "attempts"),
    [
        ({**ROW, "tokens_out": 1, "cost": 0.5}, {**ROW, "cost": 0.25}, 1),  # as far as a stream was, then its end
        ({**ROW, "cost": 0.25}, {**ROW, "tokens_out": 1, "cost": 0.5}, 1),
        ({"id": "1", "ts": ROW["ts"], "model": ROW["model"], "http_status": 429}, {**ROW, "cost": 0.25}, 2),
    ],
)
def test_the_fullest_of_records_far_from_each_other_holds_and_is_counted_once(
    capsys, monkeypatch, before, after, attempts
):
    """$0.000036 for each of 26 calls, of which the log gives a cost to one."""
    monkeypatch.setattr("gencost.traffic.importing._BATCH", (10, 2**24))
    others = [{**ROW, "id": str(number)} for number in range(2, 27)]
    rows = write("calls.jsonl", [before, *others, after])
    printed = gencost(capsys, "import", "table", rows)
    assert "26 calls imported; 1 told twice" in printed
    assert "bill: $0.000936, each call" in printed
    assert "The table says $0.25, exact $0.000036 (1 call with both)" in printed
    assert "prompt of 26" in printed
    assert calls("t.source_id = '1', q.status, q.attempts, a.cost_pico_usd").count((1, "ok", attempts, NOT_CACHED)) == 1
    assert set(calls("a.cost_pico_usd")) == {(NOT_CACHED,)}
    gencost(capsys, "audit", "--all")
    assert "0 calls imported; 27 were there already" in gencost(capsys, "import", "table", rows)


def test_equal_rows_without_an_id_are_one_call_and_it_is_said(capsys):
    row = {"ts": "2026-11-20T10:00:00Z", "model": "openai:gpt-4o-mini", "tokens_in": 120, "tokens_out": 30}
    printed = gencost(capsys, "import", "table", write("calls.jsonl", [row, row]))
    assert "1 row that tells a call again has no id: equal rows are one call, unless map.id=COLUMN" in printed
    named = write("named.jsonl", [{**row, "nr": 1}, {**row, "nr": 2}, {**row, "nr": 2}])
    printed = gencost(capsys, "import", "table", named, "map.id=nr", "--db", "sqlite:///other.sqlite")
    assert "2 calls imported; 1 told twice" in printed
    assert "no id" not in printed


@pytest.mark.parametrize("when", [{}, {"ts": "2026-11-20"}])
def test_equal_rows_of_counts_alone_are_calls_of_their_own_in_every_import(capsys, when):
    """120 * $0.15 + 30 * $0.60 = $36 per 1e6 calls: three of them $0.000108."""
    row = {**when, "model": "openai:gpt-4o-mini", "tokens_in": 120, "tokens_out": 30}
    log = write("calls.jsonl", [row, {**row, "tokens_in": 7}, row, row])
    printed = gencost(capsys, "import", "table", log)
    assert "4 calls imported" in printed
    assert "an id or a time that tells equal rows apart of 2" in printed
    assert calls("a.cost_pico_usd").count((NOT_CACHED,)) == 3
    assert "0 calls imported; 4 were there already" in gencost(capsys, "import", "table", log)
    longer = write("longer.jsonl", [row, row, row, row])
    assert "1 call imported; 3 were there already" in gencost(capsys, "import", "table", longer)


@pytest.mark.parametrize(
    "tells", [{"latency_ms": 812.5}, {"response": "Yes."}, {"prompt": "Is it?"}, {"response_id": "chatcmpl-1"}]
)
def test_an_equal_row_that_says_more_than_counts_is_told_again(capsys, tells):
    row = {"model": "openai:gpt-4o-mini", "tokens_in": 120, "tokens_out": 30, **tells}
    assert "1 call imported; 1 told twice" in gencost(capsys, "import", "table", write("calls.jsonl", [row, row]))
