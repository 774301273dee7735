"""The figures of runs go into a file and into another DB, without a text or a key."""

from __future__ import annotations

import json

import pytest
from rows import START, failed, record, run_row, store

from gencost.analysis.recorded import frames
from gencost.errors import MetricsDBError
from gencost.metrics_db import init_db, insert_runs
from gencost.metrics_db.excerpt import excerpt, load_excerpt


@pytest.fixture
def saved(engine):
    config = {"decision": {"margin": 0.1}, "seed": 3, "provider": {"_target_": "p", "api_key": "sk"}, "secret": 1}
    insert_runs(engine, [{**run_row("b", "m=b"), "config_json": json.dumps(config)}, run_row("a", "m=a")])
    insert_runs(engine, [{**run_row("c", "m=c"), "started_at": START.replace(year=2025)}])
    store(engine, *(record(run_id, f"q{i}", pico=i) for run_id in "abc" for i in range(3)), failed("a", "wrong"))
    return json.loads(json.dumps(excerpt(engine, ["a", "b", "c"])))


def test_the_config_keeps_what_the_comparison_needs_alone(saved):
    columns, rows = saved["tables"]["runs"]["columns"], saved["tables"]["runs"]["rows"]
    (config,) = [row[columns.index("config_json")] for row in rows if row[columns.index("run_id")] == "b"]
    assert json.loads(config) == {"decision": {"margin": 0.1}, "seed": 3, "provider": {"_target_": "p"}}


def test_a_loaded_excerpt_gives_the_same_calls_also_beside_itself(saved, engine, tmp_path):
    other = init_db(f"sqlite:///{tmp_path}/other.sqlite")
    assert load_excerpt(other, saved, "b.json") == ["c", "a", "b"]  # c is the oldest
    assert load_excerpt(other, saved, "b.json", prefix="old-") == ["old-c", "old-a", "old-b"]
    kept = ["prompt_id", "status", "cost_pico_usd", "quality_proxy", "latency_ms"]
    before, after, beside = (
        frames.calls(db, [f"{prefix}a"])[[name for name in kept if name in frames.calls(db, [f"{prefix}a"])]]
        for db, prefix in ((engine, ""), (other, ""), (other, "old-"))
    )
    assert before.equals(after)
    assert before.equals(beside)
    other.dispose()


def test_only_an_excerpt_of_this_version_that_is_whole_is_loaded(saved, engine):
    for content, problem in (
        ([], "is not a baseline"),
        ({**saved, "version": 2}, "is a baseline of version 2"),
        ({**saved, "tables": {}}, "is damaged"),
    ):
        with pytest.raises(MetricsDBError, match=f"b.json {problem}"):
            load_excerpt(engine, content, "b.json")
