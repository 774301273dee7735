"""Conditions on a comparison: what is understood, what it comes to, and that unknown never passes."""

from __future__ import annotations

import pytest
from rows import record, run_row, store

from gencost.analysis.results import read_results
from gencost.decision.compare import compare
from gencost.decision.gate import check_condition, facts
from gencost.errors import ConfigError
from gencost.metrics_db import init_db, insert_runs


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    engine = init_db(f"sqlite:///{tmp_path_factory.mktemp('gate')}/metrics.sqlite")
    insert_runs(engine, [run_row("a", "m=a"), run_row("b", "m=b"), run_row("c", "m=c")])
    for run_id, pico, latency_ms in (("a", 1000, 10.0), ("b", 500, 30.0), ("c", None, 10.0)):
        store(engine, *(record(run_id, f"q{i}", pico=pico, latency_ms=latency_ms) for i in range(8)))
    compared = compare(read_results(engine, ["a", "b", "c"]))
    engine.dispose()
    return compared


def fails(comparison, condition: str) -> dict[str, bool]:
    return {one.cell: one.fails for one in check_condition(comparison, "m=a", condition)}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("cost.mean_ratio > 0.4", True),  # 500 / 1000 = 0.5
        ("cost.mean_ratio > 0.5", False),
        ("latency.p95_ratio > 2.9 and latency.p95_ratio < 3.1", True),  # 30 / 10
        ("not latency.p95 > 20", False),
        ("errors.count > 0 or calls.count < 8", False),
        ("0.4 < cost.mean_ratio <= 0.5", True),
        ("quality.delta >= -0.02", True),  # all score 0.5
        ("quality.delta < -0.02", False),
        ("errors.count > 0 or cost.mean_ratio > 0.4", True),
    ],
)
def test_a_condition_is_evaluated_against_the_baseline(comparison, condition, holds):
    assert fails(comparison, condition)["m b"] is holds


def test_what_is_unknown_fails_and_says_so(comparison):
    verdict = check_condition(comparison, "m=a", "cost.mean_ratio > 100")[1]
    assert (verdict.cell, verdict.fails) == ("m c", True)
    assert verdict.why == "cost.mean_ratio = unknown"


@pytest.mark.parametrize(
    "condition",
    [
        *("", "1", "cost.mean", "__import__('os')", "cost.mean > cost.mean + 1", "a if b else c", "cost.mean > 'x'"),
        *("1 <", "cost.mean < True", "cost.mean < 1e999", "cost.mean in (1, 2)", "cost.mean < 1\0", "[1] < 2"),
        *("(" * 500 + "1 < 2" + ")" * 500, "1 < 2 and " * 500 + "1 < 2"),
    ],
)
def test_anything_else_is_refused(comparison, condition):
    with pytest.raises(ConfigError, match="condition"):
        check_condition(comparison, "m=a", condition)


def test_a_wrong_name_names_the_nearest(comparison):
    with pytest.raises(ConfigError, match=r"'cost.men' is not a name \(did you mean 'cost.mean'"):
        check_condition(comparison, "m=a", "cost.men > 1")


def test_every_name_that_the_docstring_promises_is_there(comparison):
    names = set(facts(comparison, "m=a", comparison.cells[1]))
    for measure in ("quality", "cost", "latency"):
        assert {f"{measure}.mean", f"{measure}.delta", f"{measure}.delta_ci_low", f"{measure}.p_holm"} <= names
    assert {"cost.mean_ratio", "latency.mean_ratio_ci_high", "latency.p99_ratio", "cost.total", "errors.rate"} <= names
