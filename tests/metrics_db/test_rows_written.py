"""Rows as they are written: what any database keeps, what an answer said, and what a policy chose."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from rows import record, run_row, store
from sqlalchemy import select

from gencost.messages import ToolCall
from gencost.metrics_db import insert_runs
from gencost.metrics_db.alive import is_run_by_another
from gencost.metrics_db.rows import chosen_rows
from gencost.metrics_db.runs import _is_gone, worst
from gencost.metrics_db.tables import requests, responses
from gencost.types import Record, Response


def test_the_answer_a_policy_keeps_is_the_sample_and_what_was_made_for_it_hangs_on_it():
    made = {"first": "step", "verdict": "judge"}
    assert chosen_rows("last", made) == [
        ("sample", None, "last"),
        ("step", "last", "first"),
        ("judge", "last", "verdict"),
    ]


def test_functions_thoughts_and_attempts_of_a_call_are_written(engine):
    insert_runs(engine, [run_row("r", "c")])
    called = Response(
        text="", usage=None, latency_ms=1.0, tool_calls=(ToolCall(id="1", name="f", arguments="{}"),), reasoning="hm"
    )
    skipped = Record(request=record("r", "skipped").request, status="skipped", error_type="budget")
    store(engine, record("r", "called", response=called, scores=()), skipped, pending=record("r", "flying"))
    with engine.connect() as connection:
        (answer,) = connection.execute(select(responses)).all()
        tries = dict(connection.execute(select(requests.c.prompt_id, requests.c.attempts)).all())
    assert (answer.tool_calls_json, answer.reasoning) == ('[{"id": "1", "name": "f", "arguments": "{}"}]', "hm")
    assert tries == {"called": 0, "skipped": 0, "flying": 0}


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (["finished", "failed", "interrupted"], "failed"),
        (["finished", "over_budget", "interrupted"], "interrupted"),
        (["running", "failed"], "running"),
        (["finished"], "finished"),
    ],
)
def test_a_sweep_is_as_its_worst_cell(statuses, status):
    assert worst(statuses) == status


def test_a_process_of_another_host_or_without_an_id_is_not_known_to_be_gone():
    assert not _is_gone("elsewhere", 1, None)
    assert not _is_gone(None, None, None)
    assert not is_run_by_another("elsewhere", None, datetime.now(UTC))
