"""What a run had come to at set moments, the same whether it is read in pieces or at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from sqlalchemy import insert

from gencost.analysis.timeline import Timeline, moments
from gencost.metrics_db import insert_runs
from gencost.metrics_db.tables import attempts, prompts, requests, responses

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def record(engine, number: int, sent_s: float, latency_ms: float, *, pico: int | None = 10**9, status: str = "ok"):
    """One call, sent once at that second."""
    key = f"{number:036d}"
    pending = status == "pending"
    with engine.begin() as connection:
        if number == 0:
            connection.execute(insert(prompts), {"sha256": "p", "text": "?"})
        row = {"request_id": key, "run_id": "r", "ts": at(sent_s), "provider": "mock", "model": "m", "prompt_id": "1"}
        row |= {"repeat": number, "prompt_sha256": "p", "role": "sample", "params_json": "{}", "from_cache": False}
        row |= {"attempts": 0 if pending else 1, "status": status, "latency_ms": None if pending else latency_ms}
        connection.execute(insert(requests), row)
        if not pending:
            tried = {"request_id": key, "attempt": 1, "ts": at(sent_s), "service_ms": latency_ms}
            connection.execute(insert(attempts), tried)
        if status == "ok":
            answer = {"request_id": key, "response": "a", "usage_tokens_in": 2, "usage_tokens_out": 3}
            answer |= {"usage_source": "provider", "cost_pico_usd": pico, "cost_status": "priced"}
            connection.execute(insert(responses), answer)


@pytest.fixture
def run(engine):
    row = {"run_id": "r", "name": "n", "cell": "c", "config_json": "{}", "cell_key": "k", "seed": 0}
    insert_runs(engine, [{**row, "versions_json": "{}", "status": "running", "started_at": START}])
    return engine


def timeline(engine) -> Timeline:
    return Timeline(engine, "r", START, None, every_s=3)


def test_a_moment_counts_the_calls_that_had_ended_by_then(run):
    record(run, 0, 1.0, 1000)  # ends at second 2
    record(run, 1, 2.5, 1000)  # ends at second 3.5
    record(run, 2, 4.0, 500, status="error")  # ends at second 4.5
    first, second = timeline(run).new_points(at(9.5))
    assert (first.step, first.at, first.metrics["calls"], first.metrics["cost_usd_total"]) == (3, at(3), 1.0, 0.001)
    assert second.step == 6
    assert second.metrics == {
        "calls": 3.0,
        "ok": 2.0,
        "errors": 1.0,
        "unpriced": 0.0,
        "tokens_in_total": 4.0,
        "tokens_out_total": 6.0,
        "cost_usd_total": 0.002,
        "cost_usd_mean": 0.001,
        "latency_p50_ms": 1000.0,
        "latency_p95_ms": 1000.0,
    }  # at second 9 nothing had changed: no point


def test_what_is_read_in_pieces_is_what_is_read_at_once(run):
    live, points = timeline(run), []
    for number in range(40):
        record(run, number, 0.5 * number, 700 + 13 * number, pico=None if number % 5 == 0 else number)
        if number % 7 == 0:
            points += live.new_points(at(0.5 * number))
    points += live.new_points(at(30))
    assert points == timeline(run).new_points(at(30))
    assert points[-1].metrics["unpriced"] == 8.0  # 0, 5, ..., 35


def test_a_call_that_was_pending_is_read_when_it_has_ended(run):
    record(run, 0, 0.0, 100)
    record(run, 1, 0.1, 5000, status="pending")
    live = timeline(run)
    assert [point.metrics["calls"] for point in live.new_points(at(3.5))] == [1.0]
    with run.begin() as connection:
        connection.execute(requests.update().where(requests.c.repeat == 1).values(status="error", attempts=1))
        row = {"request_id": f"{1:036d}", "attempt": 1, "ts": at(0.1), "service_ms": 5000}
        connection.execute(insert(attempts), row)  # ends at second 5.1
    assert [(point.step, point.metrics["calls"]) for point in live.new_points(at(10))] == [(6, 2.0)]


def test_moments_get_rarer_so_that_ten_hours_are_a_few_thousand():
    assert list(islice(moments(3), 4)) == [3, 6, 9, 12]
    ten_hours = [second for second in islice(moments(3), 10_000) if second <= 36_000]
    assert 1_000 < len(ten_hours) < 6_000
