"""Recorded traffic to be drawn from: only answered calls of applications, in their time, with all that was paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from rows import START, failed, record, run_row, store

from gencost.metrics_db import insert_runs
from gencost.metrics_db.recorded_requests import WantedRequests, answers_of, candidates, how_many, recorded_rows, sites
from gencost.values.call_site import REPLAYED, SAMPLED, CallSite

N = 1100  # more than two statements ask for


def placed(made, **changes):
    site = CallSite(site=changes.pop("site", "chat"), source=changes.pop("source", "application"))
    return replace(made, request=replace(made.request, **{"call_site": site, **changes}))


@pytest.fixture
def traffic(engine):
    insert_runs(engine, [{**run_row("r", "c"), "kind": "application"}])
    store(
        engine,
        placed(record("r", "plain")),
        placed(record("r", "elsewhere"), site="search"),
        placed(record("r", "later"), ts=START + timedelta(hours=1)),
        placed(record("r", "slow", latency_ms=30_000.0), ts=START + timedelta(seconds=45)),
        placed(record("r", "other"), model="large"),
        placed(record("r", "log"), source="litellm"),
        placed(record("r", "judged"), role="judge"),
        placed(record("r", "drawn"), source=SAMPLED),
        placed(record("r", "again"), source=REPLAYED),
        placed(failed("r", "wrong")),
        record("r", "own"),
    )
    return engine


ALL = {"plain", "elsewhere", "later", "slow", "other", "log"}


@pytest.mark.parametrize(
    ("wanted", "prompts"),
    [
        (WantedRequests(), ALL),
        (WantedRequests(site="search"), {"elsewhere"}),
        (WantedRequests(model="large"), {"other"}),
        (WantedRequests(source="litellm"), {"log"}),
        (WantedRequests(since=START + timedelta(hours=1)), {"later"}),
        (WantedRequests(until=START + timedelta(minutes=1)), ALL - {"later", "slow"}),  # slow ended at 75 s
        (WantedRequests(until=START + timedelta(seconds=75)), ALL - {"later"}),
        (WantedRequests(until=START - timedelta(seconds=1)), set()),
    ],
)
def test_wanted_are_answered_calls_of_applications_that_came_to_an_end_in_time(traffic, wanted, prompts):
    assert {request_id.split("-")[1] for request_id, _, _ in candidates(traffic, wanted)} == prompts


def test_calls_of_a_run_that_began_later_are_left_out_and_one_at_that_moment_is_not(traffic):
    insert_runs(traffic, [{**run_row("new", "d"), "started_at": START + timedelta(seconds=1)}])
    store(traffic, placed(record("new", "early"), ts=START))
    assert how_many(traffic, WantedRequests(until=START)) == 4  # plain, elsewhere, other, log; r began at START
    assert how_many(traffic, WantedRequests(until=START + timedelta(seconds=1))) == 5


def test_a_stratum_is_a_site_a_model_and_the_digits_of_the_tokens(traffic):
    assert sorted(sites(traffic)) == ["chat", "search"]
    strata = {request_id: stratum for request_id, stratum, _ in candidates(traffic, WantedRequests())}
    assert (strata["r-plain-0"], strata["r-elsewhere-0"]) == (("chat", "m", 1), ("search", "m", 1))  # 2 + 3 tokens


def test_rows_and_answers_of_many_ids_are_all_there_in_their_order(engine):
    insert_runs(engine, [{**run_row("r", "c"), "kind": "application"}])
    store(engine, *(placed(record("r", f"q{i}", pico=i, latency_ms=float(i))) for i in range(N)))
    ids = [f"r-q{i}-0" for i in reversed(range(N))]
    assert [row["prompt_id"] for row in recorded_rows(engine, ids)] == [f"q{i}" for i in reversed(range(N))]
    answers = answers_of(engine, ids)
    assert len(answers) == N
    answer = answers["r-q7-0"]
    assert (answer.cost.pico_usd, answer.cost.price_id, answer.response.latency_ms, answer.model) == (7, "p", 7.0, "m")
    assert (answer.response.text, answer.response.usage.tokens_out) == ("t", 3)
