from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from rich.console import Console
from rows import failed, record, run_row, store

from gencost.analysis.recorded import frames
from gencost.analysis.recorded.references import last_command
from gencost.analysis.results import median_times_ms, read_results
from gencost.analysis.rows import recorded_rows
from gencost.analysis.summary import ProviderCost
from gencost.config.schema import ReportConfig
from gencost.decision.compare import compare
from gencost.errors import MetricsDBError
from gencost.metrics_db import insert_runs
from gencost.report.comparison import View, markdown_comparison, print_comparison
from gencost.report.files import write_files
from gencost.report.numbers import usd


@pytest.fixture
def two(engine):
    insert_runs(engine, [run_row("a", "model=small,n=4"), run_row("b", "model=large,n=4")])
    ten = [record("a", f"q{i}", latency_ms=float(10 * i), pico=i) for i in range(1, 5)]
    store(engine, *ten, failed("a", "q5"), record("b", "q10", pico=None), pending=record("b", "q2"))
    return engine


def test_a_summary_is_what_one_computes_by_hand(two):
    small, large = read_results(two, ["a", "b"]).summaries
    assert (small.n, small.ok, small.errors) == (5, 4, 1)
    assert small.timing.latency_p50_ms == 25.0  # of 10, 20, 30, 40
    assert small.timing.latency_p95_ms == pytest.approx(38.5)  # 30 + 0.85 * 10
    assert small.cost_pico_usd_total == 1 + 2 + 3 + 4
    assert small.cost_usd_total == Decimal(10) / 10**12
    assert small.cost_usd_mean == 10 / 4 / 1e12
    assert (small.tokens_in_total, small.tokens_out_total, small.quality_mean) == (8, 12, 0.5)
    assert (large.n, large.ok, large.pending, large.unpriced) == (2, 1, 1, 1)


def test_unknown_is_none_and_no_metric(two):
    large = read_results(two, ["b"]).summaries[0]
    assert (large.cost_pico_usd_total, large.cost_usd_total, large.cost_usd_mean) == (None, None, None)
    assert "cost_usd_total" not in large.metrics()
    assert large.metrics()["unpriced"] == 1.0


def test_a_sweeps_metrics_are_totals(two):
    metrics = read_results(two, ["a", "b"]).metrics()
    assert (metrics["cells"], metrics["calls"], metrics["errors"], metrics["unpriced"]) == (2, 7, 1, 1)
    assert metrics["cost_usd_total"] == 10 / 1e12


def test_rows_come_by_run_prompt_and_repeat_whatever_came_first(engine):
    insert_runs(engine, [run_row("a", "x")])
    store(engine, *(record("a", p, repeat=r) for p, r in [("q10", 0), ("q2", 1), ("q2", 0)]))
    calls = frames.calls(engine, ["a"])
    assert list(zip(calls["prompt_id"], calls["repeat"], strict=True)) == [("q2", 0), ("q2", 1), ("q10", 0)]


def test_what_the_provider_charged_is_summed_against_our_figures_for_the_same_calls(engine):
    insert_runs(engine, [run_row("a", "x")])
    said = [record("a", "q1", pico=10**12), record("a", "q2", pico=10**12), record("a", "q3", pico=None)]
    said = [replace(it, response=replace(it.response, provider_cost_usd=Decimal("1.5"))) for it in said]
    store(engine, *said, record("a", "q4", pico=10**12))  # of q3 we know no cost, of q4 the provider said none
    (summary,) = read_results(engine, ["a"]).summaries
    assert summary.provider_cost == ProviderCost(calls=2, charged_usd=3.0, ours_usd=2.0)
    assert summary.metrics()["provider_cost_usd_total"] == 3.0


def test_warm_up_and_judge_calls_are_no_results(engine):
    insert_runs(engine, [run_row("a", "x")])
    store(engine, record("a", "q1"), record("a", "q2", role="warmup"), record("a", "q3", role="judge"))
    assert read_results(engine, ["a"]).summaries[0].n == 1


def test_rows_with_texts_are_read_one_of_so_many_in_the_order_of_the_calls(two):
    results = read_results(two, ["a", "b"])
    pieces = list(recorded_rows(two, results))
    assert pd.concat([piece["prompt_id"] for piece in pieces]).tolist() == results.calls["prompt_id"].tolist()
    answers = [text for piece in pieces for text in piece["answer"].dropna()]
    assert answers == ["t"] * 5  # four of a, one of b; the others failed or are pending
    every_second = [prompt_id for piece in recorded_rows(two, results, 2) for prompt_id in piece["prompt_id"]]
    assert every_second == ["q1", "q3", "q5", "q2"]  # of q1 to q5, then of q2 and q10


def test_the_last_command_is_the_run_that_started_last_with_its_sweep(engine):
    assert last_command(engine) == []
    now = datetime.now(UTC)
    mate = run_row("a", "x", "new")
    insert_runs(engine, [mate, run_row("o", "x", "old"), {**run_row("b", "y", "new"), "started_at": now}])
    assert last_command(engine) == ["a", "b"]
    insert_runs(engine, [{**run_row("c", "z"), "started_at": now + timedelta(seconds=1)}])
    assert last_command(engine) == ["c"]


def test_an_unknown_run_names_the_nearest(two):
    with pytest.raises(MetricsDBError, match="run 'aa' is not in the metrics DB"):
        read_results(two, ["aa"])


def test_the_tables_never_show_an_unknown_cost_as_zero(two):
    out = io.StringIO()
    comparison = View(comparison=compare(read_results(two, ["a", "b"])))
    print_comparison(comparison, Console(file=out, width=100))
    assert "$0 " not in out.getvalue()
    assert "1 of 1 answer has no known cost" in out.getvalue()
    assert "1 call was sent without a known end" in markdown_comparison(comparison)
    assert "| large | 2 | 0 | 10.0 | 10.0 | n/a | n/a | 0.500 | 1 |" in markdown_comparison(comparison)


def test_a_free_cell_says_so(engine):
    insert_runs(engine, [run_row("a", "x")])
    store(engine, record("a", "q1", pico=0, cost_status="free"))
    assert "$0 (free)" in markdown_comparison(View(comparison=compare(read_results(engine, ["a"]))))


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "n/a"), (0, "$0"), (1234.5, "$1,234.50"), (0.035, "$0.03500"), (1.5e-7, "$0.0000001500")],
)
def test_money_is_shown_with_four_digits(value, shown):
    assert usd(value) == shown


def test_files_are_written_for_cells_with_and_without_answers(two, tmp_path):
    insert_runs(two, [run_row("c", "model=none")])
    store(two, failed("c", "q1"))
    for run_ids in (["a", "b", "c"], ["c"], ["b"]):
        files = write_files(two, read_results(two, run_ids), ReportConfig(), "my run", tmp_path / run_ids[0])
        names = ["my_run_results.csv", "my_run_cost_vs_latency.png", "my_run_quality.png"]
        assert [path.name for path in files] == names
        assert all(path.stat().st_size > 300 for path in files)


def test_the_csv_has_a_row_a_call_and_exact_integers(two, tmp_path):
    write_files(two, read_results(two, ["a", "b"]), ReportConfig(plots=False), "x", tmp_path)
    header, *rows = (tmp_path / "x_results.csv").read_text().splitlines()
    assert len(rows) == 7
    position = header.split(",").index("cost_pico_usd")
    assert [row.split(",")[position] for row in rows] == ["1", "2", "3", "4", "", "", ""]


def test_the_metrics_are_plain_json(two):
    json.dumps([s.metrics() for s in read_results(two, ["a", "b"]).summaries], allow_nan=False)


def test_the_median_read_alone_is_that_of_the_summary(two):
    assert median_times_ms(two, "a")["latency"] == read_results(two, ["a"]).summaries[0].timing.latency_p50_ms == 25.0
    assert median_times_ms(two, "nobody") == {"latency": None, "ttft": None, "tokens": None}
