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
    row = {"ts": "2026-11-20", "model": "openai:gpt-4o-mini", "tokens_in": 120, "tokens_out": 30}
    printed = gencost(capsys, "import", "table", write("calls.jsonl", [row, row]))
    assert "1 row that tells a call again has no id: equal rows are one call, unless map.id=COLUMN" in printed
    named = write("named.jsonl", [{**row, "nr": 1}, {**row, "nr": 2}, {**row, "nr": 2}])
    printed = gencost(capsys, "import", "table", named, "map.id=nr", "--db", "sqlite:///other.sqlite")
    assert "2 calls imported; 1 told twice" in printed
    assert "no id" not in printed
