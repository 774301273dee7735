"""The table of gencost/providers/README.md on recorded calls: which fact of a record is stored, scored and audited."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest

from gencost.audit.check import audit
from gencost.metrics_db import init_db

README = (Path(__file__).parents[2] / "gencost" / "providers" / "README.md").read_text(encoding="utf-8")
CALL = {"id": "c1", "name": "f", "arguments": '{"a": 1}'}
TOKENS = {"tokens_in": 20, "tokens_out": 9}
FEATURES = {  # feature -> columns of the record, column of the metrics DB, its value, what is done with it
    "text": ({"response": "Hi"}, "response", "Hi", "stored, scored, audited"),
    "thought": ({"reasoning": "Hm"}, "reasoning", "Hm", "stored"),
    "call of a function": ({"tool_calls": [CALL]}, "tool_calls_json", json.dumps([CALL]), "stored, scored, audited"),
    "tokens": (TOKENS, "usage_tokens_in", 20, "stored, audited"),
    "cached tokens": ({**TOKENS, "tokens_cached": 4}, "usage_tokens_cached", 4, "stored, audited"),
    "cache-written tokens": ({**TOKENS, "tokens_cache_write": 4}, "usage_tokens_cache_write", 4, "stored, audited"),
    "tokens of reasoning": ({**TOKENS, "tokens_reasoning": 4}, "usage_tokens_reasoning", 4, "stored, audited"),
    "latency": ({"latency_s": 1.5}, "latency_ms", 1500.0, "stored"),
    "time to first token": ({"ttft_ms": 12}, "ttft_ms", 12.0, "stored"),
    "server's own time": ({"server_ms": 90}, "server_ms", 90.0, "stored"),
    "cost": ({"cost_usd": 0.25}, "cost_pico_usd", 25 * 10**10, "stored, audited"),
    "served model": ({"response_model": "m-2026"}, "response_model", "m-2026", "stored"),
    "service tier": ({"service_tier": "flex"}, "service_tier", "flex", "stored"),
    "reason of its end": ({"finish_reason": "stop"}, "finish_reason", "stop", "stored"),
    "score": ({"score": 0.5}, "extra_json", '{"recorded": {"score": 0.5}}', "stored, scored, audited"),
    "time of the call": (
        {"ts": "2026-01-02"},
        "extra_json",
        '{"recorded": {"ts": "2026-01-02T00:00:00+00:00"}}',
        "stored",
    ),
    "error": ({"error_type": "timeout"}, "error_type", "timeout", "stored"),
    "repeat": ({"repeat": 0}, "repeat", 0, "stored"),
}
COMMAND = "provider=replay model=recorded model.name=m n=null tracking=none report=none"
FILES = "provider.path=calls.jsonl prompts.path=calls.jsonl"
SCORED = "quality=[exact_match,tool_calls,recorded] score=recorded"


@pytest.fixture
def scores(tmp_path, gencost_run) -> dict[str, float | None]:
    """Replay a record of each feature; what the scorers gave that read it."""
    wanted = {"call of a function": {"name": "f", "arguments": {"a": 1}}, "text": "Hi"}
    rows = [
        {"id": name, "text": name, "model": "m", "response": "-", "reference": wanted.get(name, "-"), **columns}
        for name, (columns, *_) in FEATURES.items()
    ]
    (tmp_path / "calls.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    gencost_run(*f"{COMMAND} {FILES} {SCORED}".split())
    reads = {"text": "exact_match", "call of a function": "tool_calls", "score": "recorded"}
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    query = "SELECT prompt_id, scorer, value FROM scores JOIN requests USING (request_id)"
    given = {(at, scorer): value for at, scorer, value in connection.execute(query)}
    connection.close()
    return {name: given[name, scorer] for name, scorer in reads.items()}


def test_every_fact_of_a_record_is_stored_scored_and_audited_as_the_table_says(scores):
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    for name, (_, column, value, _) in FEATURES.items():
        query = f"SELECT {column} FROM requests LEFT JOIN responses USING (request_id) WHERE prompt_id = ?"
        assert (name, *connection.execute(query, [name]).fetchone()) == (name, value)
    assert scores == {"text": 1.0, "call of a function": 1.0, "score": 0.5}
    assert {name for name in FEATURES if "scored" in FEATURES[name][-1]} == scores.keys()
    engine = init_db(None)
    assert audit(engine, None).failures == []
    changes = {
        "text": "response",
        "call of a function": "tool_calls_json",
        "score": "extra_json",
        "cost": "cost_pico_usd",
    }
    changes |= {name: FEATURES[name][1] for name in FEATURES if "token" in name and "first" not in name}
    for name, column in changes.items():
        value = {"cost": 1, "score": '{"recorded": {"score": 0.25}}', "call of a function": "[]"}.get(name, "3")
        where = "(SELECT request_id FROM requests WHERE prompt_id = ?)"
        connection.execute(f"UPDATE responses SET {column} = ? WHERE request_id = {where}", [value, name])
    connection.commit()
    ids = {name: at for at, name in connection.execute("SELECT request_id, prompt_id FROM requests")}
    connection.close()
    caught = {at for at in ids if re.search(ids[at], str(audit(engine, None).failures))}
    engine.dispose()
    assert caught == changes.keys() == {name for name in FEATURES if "audited" in FEATURES[name][-1]}


def test_the_table_says_what_this_test_shows():
    section = README.partition("## Recorded calls")[2]
    table = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| ")][1:]
    assert {cells[0].strip(): cells[-1].strip() for cells in table} == {
        name: words for name, (*_, words) in FEATURES.items()
    }
