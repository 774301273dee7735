from __future__ import annotations

import json

import pytest
from made import compared, failed, record, store, two

from gencost.analysis.examples import examples
from gencost.analysis.failures import failures
from gencost.analysis.results import read_results
from gencost.report.html.report_data import background, commands


def test_the_slowest_dearest_and_worst_stand_beside_the_other_cells(engine):
    shown = examples(engine, read_results(engine, two(engine)))
    slowest, dearest, worst = ([one for one in shown if one.why == why] for why in ("slowest", "dearest", "worst"))
    # a takes 20 + i ms, i up to 39
    assert [(one.answers[0].cell, one.answers[0].latency_ms) for one in slowest] == [
        ("m a", 59.0),
        ("m a", 58.0),
        ("m a", 57.0),
    ]
    assert [answer.cell for answer in slowest[0].answers] == ["m a", "m b"]
    assert slowest[0].answers[1].latency_ms == 10 + 39 / 2
    assert slowest[0].answers[0].prompt == "question 39"
    assert {one.answers[0].cost_usd for one in dearest} == {10e-12}
    assert (worst[0].prompt_id, worst[0].answers[0].cell, worst[0].answers[0].score) == ("q0", "m b", 0.0)
    assert worst[0].answers[1].score == 1.0


def test_where_all_are_equal_nothing_stands_out(engine):
    ids = store(engine, {"a": [record("a", i) for i in range(5)]})
    assert examples(engine, read_results(engine, ids)) == []


def test_of_equally_bad_calls_those_come_first_that_others_answered(engine):
    cells = {
        "a": [record("a", i, score=0.0) for i in range(6)],
        "b": [record("b", i, score=float(i == 4)) for i in range(6)],
    }
    worst = [one for one in examples(engine, read_results(engine, store(engine, cells))) if one.why == "worst"]
    assert worst[0].prompt_id == "q4"


def test_at_most_six_cells_stand_side_by_side_and_the_rest_is_counted(engine):
    cells = {f"m {k}": [record(chr(97 + k), i, latency_ms=1.0 + k + i) for i in range(2)] for k in range(9)}
    slowest = examples(engine, read_results(engine, store(engine, cells)), first=["m 3"])[0]
    assert [answer.cell for answer in slowest.answers] == ["m 8", "m 3", "m 0", "m 1", "m 2", "m 4"]
    assert slowest.left_out == 3


def test_failures_are_counted_by_type_and_cell_most_frequent_first(engine):
    cells = {
        "a": [record("a", 0), failed("a", 1), failed("a", 2, "server_error", "boom")],
        "b": [failed("b", 0), failed("b", 1)],
    }
    results = read_results(engine, store(engine, cells))
    timeouts, server = failures({summary.cell: summary.outcome for summary in results.summaries})
    assert (timeouts.kind, timeouts.counts, timeouts.total) == ("timeout", {"a": 1, "b": 2}, 3)
    assert (server.kind, server.counts, server.message) == ("server_error", {"a": 1}, "boom")


def test_what_a_difference_of_the_margin_takes_is_told_against_the_reference(engine):
    parts = background(engine, compared(engine, two(engine))).power["m b"]
    # one of 40 differs: s^2 = (1/40 * 39/40) * 40/39 = 0.025; n > (1.96 + 0.84)^2 * s^2 / 0.02^2 = 490
    assert parts.paired == pytest.approx(492, abs=2)


def test_a_config_keeps_the_rates_of_its_own_model_alone(engine):
    models = {"p:m": [{"input_usd_per_mtok": 1}], "p:other": [{"input_usd_per_mtok": 2}]}
    config = {"provider": {"name": "p"}, "model": {"name": "m"}, "pricing": {"models": models, "aliases": {"x": "y"}}}
    ids = two(engine, config_json=json.dumps(config), overrides="model=m n=1")
    parts = background(engine, compared(engine, ids))
    assert parts.sources[0].config["pricing"] == {"models": {"p:m": [{"input_usd_per_mtok": 1}]}}
    assert commands(parts.sources) == ["python -m gencost.run model=m n=1"]
