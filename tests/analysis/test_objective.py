"""Every objective that may be asked for is a metric of a cell."""

from __future__ import annotations

from rows import record, run_row, store

from gencost.analysis.objective import objective, objective_names
from gencost.analysis.results import read_results
from gencost.metrics_db import insert_runs


def test_the_values_come_in_the_order_asked_and_an_unknown_one_gives_none(engine):
    insert_runs(engine, [run_row("a", "x")])
    store(engine, record("a", "q1", pico=2_000_000, score=0.5), record("a", "q2", pico=4_000_000, score=0.7))
    (summary,) = read_results(engine, ["a"]).summaries
    assert objective(summary, ["quality_mean", "cost_usd_mean"]) == (0.6, 3e-6)
    assert objective(summary, ["quality_mean", "ttft_p50_ms"]) is None  # nothing was streamed
    assert objective(summary, []) is None
    assert set(summary.metrics()) & set(objective_names(["proxy"])) >= {"cost_usd_total", "score_mean_proxy"}
