"""The rows of a run that is gone on with: what is asked again, what was lost, and what is read of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rows import START, failed, record, run_row, store
from sqlalchemy import select

from gencost.metrics_db import insert_runs
from gencost.metrics_db.resume import last_cell, last_config, settled, spent_pico_usd, supersede, unknown_bills
from gencost.metrics_db.tables import requests
from gencost.metrics_db.unscored import answers, unscored, without_text
from gencost.types import Attempt, Cost, Response

SEVEN = Cost(pico_usd=7, status="priced", price_id="p")


@pytest.fixture
def crashed(engine):
    """Of four calls one was answered, one at an unknown cost, one failed, and one was in flight."""
    insert_runs(engine, [run_row("r", "c"), run_row("other", "d")])
    store(
        engine,
        *(record("r", "paid", pico=5), record("r", "unknown", pico=None), failed("r", "wrong"), record("other", "x")),
        pending=record("r", "flying"),
    )
    return engine


def test_what_is_settled_is_counted_by_run(crashed):
    by_run = settled(crashed, "s")
    mine = by_run["r"]
    assert (mine.done, mine.errors, mine.unpriced, mine.pico_usd) == (3, 1, 1, 5)
    assert by_run["other"].pico_usd == 1000
    assert spent_pico_usd(crashed, ["r", "other"]) == 1005


@pytest.mark.parametrize(("errors", "kept"), [(False, {"paid", "unknown", "wrong"}), (True, {"paid", "unknown"})])
def test_what_was_in_flight_is_asked_again_and_may_be_billed_and_what_failed_when_wished(crashed, errors, kept):
    assert supersede(crashed, "r", errors=errors) == {(prompt, 0) for prompt in kept}
    assert unknown_bills(crashed, "r") == {"superseded": 1, "sample": 1}  # in flight, and an answer at an unknown cost
    assert unknown_bills(crashed, "other") == {}
    with crashed.connect() as connection:
        roles = dict(connection.execute(select(requests.c.prompt_id, requests.c.role)).all())
    assert {prompt for prompt, role in roles.items() if role == "superseded"} == {
        "paid",
        "unknown",
        "wrong",
        "flying",
    } - kept


def test_tries_on_which_a_model_may_have_worked_count_if_nobody_knows_their_cost(engine):
    """Turned away: nothing. Timed out: one. Throttled in mid-stream: one. Timed out at a known cost: nothing more."""
    kinds = [("rate_limit", None, None), ("timeout", None, None), ("rate_limit", 4.0, None), ("timeout", None, SEVEN)]
    tries = tuple(
        Attempt(attempt=n, ts=START, service_ms=1.0, error_type=kind, ttft_ms=ttft_ms, cost=cost)
        for n, (kind, ttft_ms, cost) in enumerate(kinds, 1)
    )
    insert_runs(engine, [run_row("r", "c")])
    store(engine, replace(failed("r", "wrong"), attempts=tries))
    assert (unknown_bills(engine, "r"), spent_pico_usd(engine, ["r"])) == ({"sample": 2}, 7)


def test_the_last_run_of_a_cell_says_what_it_asked_and_with_which_config(crashed):
    last = last_cell(crashed, "n", "d", "m")
    assert (last.run_id, set(last.asked), last.asked["x"][1]) == ("other", {"x"}, None)
    assert last_cell(crashed, "n", "c", "m").run_id == "r"
    assert (last_config(crashed, "n", "d"), last_config(crashed, "n", "none")) == ("{}", None)


def test_only_an_answer_whose_text_is_there_can_be_scored(engine):
    """One is empty in truth; of the other the text was not stored, its digest is that of a text."""
    insert_runs(engine, [run_row("r", "c")])
    empty = record("r", "empty", response=Response(text="", usage=None, latency_ms=1.0), scores=())
    hidden = record("r", "hidden", response=Response(text="", usage=None, latency_ms=1.0), scores=())
    store(engine, record("r", "scored"), empty, hidden)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE responses SET response_sha256 = 'f' WHERE request_id = 'r-hidden-0'")
    assert unscored(engine, ["r"], ("proxy", "1"), "missing") == ["r-empty-0"]
    assert unscored(engine, ["r"], ("proxy", "1"), "all") == ["r-empty-0", "r-scored-0"]
    assert unscored(engine, ["r"], ("proxy", "2"), "missing") == ["r-empty-0", "r-scored-0"]
    assert without_text(engine, ["r"]) == 1
    assert [answer.response.text for answer in answers(engine, ["r-scored-0", "r-empty-0"])] == ["t", ""]
