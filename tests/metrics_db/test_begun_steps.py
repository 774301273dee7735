"""The steps of a run that have no answer yet, which a resume goes on after."""

from __future__ import annotations

from dataclasses import replace

from rows import failed, record, run_row, store

from gencost.metrics_db import insert_runs
from gencost.metrics_db.begun_steps import begun

N = 600  # more than one statement asks for


def step(made, cell: str = "small"):
    return replace(made, request=replace(made.request, role="step", policy_cell=cell))


def test_of_each_prompt_the_steps_of_the_run_are_there_with_their_answers_and_scores(engine):
    insert_runs(engine, [run_row("r", "c"), run_row("other", "d")])
    steps = [step(record("r", f"q{i}", score=i / N)) for i in range(N)]
    judged = record("r", "q1", role="judge", scores=(), repeat=0)
    judged = replace(judged, request=replace(judged.request, request_id="judgement"))
    store(engine, *steps, step(failed("r", "wrong"), "large"), step(record("other", "q9")), judged)
    there = begun(engine, "r")
    assert set(there) == {*((f"q{i}", 0) for i in range(N)), ("wrong", 0)}
    assert [there[f"q{i}", 0].steps[0].scores[0].value for i in (0, 3, 599)] == [0.0, 3 / N, 599 / N]
    (answered,), (silent,) = there["q1", 0].steps, there["wrong", 0].steps
    assert (answered.cell, answered.response.text, answered.response.latency_ms) == ("small", "t", 10.0)
    assert (silent.cell, silent.response, silent.scores) == ("large", None, ())
    assert (there["q1", 0].judgements, there["q2", 0].judgements) == (("judgement",), ())
