"""Tables beside the main one: money, other scorers, answers that are none, times of streamed ones."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made import record, store

from gencost.analysis.results import read_results
from gencost.decision.compare import Comparison, compare
from gencost.decision.criteria import Criteria
from gencost.report.comparison import View, comparison_text
from gencost.report.numbers import ratio, signed
from gencost.report.structured import comparison_frame
from gencost.types import Score

WIDTH = 80


def compared(engine, b: dict, score: str | None = None, **criteria) -> Comparison:
    """a costs 2 USD per 1,000 calls, b half of that; 60 calls each, b's answers with other fields."""
    cells = {"m=a": ("a", 2 * 10**9, {}), "m=b": ("b", 10**9, b)}  # named "m a" and "m b"
    made = {}
    for name, (run, pico, fields) in cells.items():
        usual = [record(run, i, pico=pico, score=float(i >= 15)) for i in range(60)]
        other = [(*one.scores, Score(scorer="other", version="1", value=0.25)) for one in usual]
        made[name] = [
            replace(one, response=replace(one.response, **fields), scores=scores)
            for one, scores in zip(usual, other, strict=True)
        ]
    return compare(read_results(engine, store(engine, made), score), Criteria(reference="m=a", **criteria))


def table(comparison: Comparison, title: str) -> dict[str, dict[str, str]]:
    """Cell -> column -> text of one of the tables."""
    view = View(comparison=comparison)
    (wanted,) = [each for each in view.more_tables() if each.title == title]
    titles = [name for name, _ in wanted.columns]
    writers = [shown for _, shown in wanted.columns]
    return {
        cell: dict(zip(titles, (w(f and f.value) for w, f in zip(writers, figures, strict=True)), strict=True))
        for cell, figures in wanted.rows
    }


def test_money_is_per_thousand_calls_per_right_answer_and_a_month(engine):
    # 60 x 0.002 / 45 right; (0.002 - 0.001) x 1,000,000 calls
    money = table(compared(engine, {}, calls_per_month=1e6), "Money")
    assert money["m a"] == {"per 1,000 calls": "$2.000", "per right answer": "$0.002667", "saved a month": "n/a"}
    assert money["m b"] == {"per 1,000 calls": "$1.000", "per right answer": "$0.001333", "saved a month": "$1,000.00"}


def test_the_saving_has_the_interval_of_the_paired_difference(engine):
    comparison = compared(engine, {}, calls_per_month=1e6)
    delta = comparison.pair("m a", "m b").cost.delta
    saving = comparison.decision.saving_usd_per_month
    assert (saving.value, saving.low, saving.high) == pytest.approx(
        (-1e6 * delta.value, -1e6 * delta.high, -1e6 * delta.low)
    )
    assert any(
        line.startswith("At 1,000,000 calls a month m b saves $1,000.00 a month")
        for line in comparison.decision.details
    )


def test_without_a_number_of_calls_nothing_is_said_of_a_month(engine):
    comparison = compared(engine, {})
    assert "saved a month" not in table(comparison, "Money")["m b"]
    assert comparison.decision.saving_usd_per_month is None


def test_every_scorer_is_in_the_table_and_any_may_decide_afterwards(engine):
    comparison = compared(engine, {})
    assert table(comparison, "Answers")["m b"] == {"other": "0.250"}
    again = compare(read_results(engine, ["a", "b"], "other"), Criteria(reference="m a"))
    assert again.cells[0].quality.value == 0.25
    assert table(again, "Answers")["m b"] == {"right": "0.750"}


def test_answers_that_are_none_have_a_column_where_there_are_any(engine):
    comparison = compared(engine, {"text": "", "finish_reason": "length"})
    shown = table(comparison, "Answers")
    assert shown["m a"] == {"other": "0.250", "cut off": "0", "empty": "0"}
    assert shown["m b"] == {"other": "0.250", "cut off": "60", "empty": "60"}


def test_streamed_answers_have_their_times_and_paired_differences(engine):
    streamed = {"ttft_ms": 2.0, "latency_ms": 10.0}
    comparison = compared(engine, streamed)
    # 5 tokens: (10 - 2) / 4 ms each after the first; 5 in 10 ms
    times = table(comparison, "Streamed answers")
    assert times["m b"]["TTFT p50 ms"] == "2.0"
    assert times["m b"]["ms/token p95"] == "2.0"
    assert table(comparison, "Speed of streamed answers")["m b"]["tokens/s p50"] == "500.0"
    assert set(times["m a"].values()) == {"n/a"}
    text = comparison_text(View(comparison=comparison), WIDTH)
    assert "TTFT p95 ms" in text
    assert max(map(len, text.splitlines())) <= WIDTH


def test_csv_has_them_all_flat(engine):
    a, b = comparison_frame(compared(engine, {"text": ""}, calls_per_month=1e6), "m a").to_dict("records")
    assert (a["usd_per_1000_calls"], b["usd_per_1000_calls"]) == pytest.approx((2.0, 1.0))
    assert b["saving_usd_per_month"] == pytest.approx(1000)
    assert (a["empty"], b["empty"], b["score_other"]) == (0, 60, 0.25)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-0.0204, "-0.0204"),
        (-0.01996, "-0.01996"),
        (-0.02, "-0.020"),
        (0.02 + 1e-17, "+0.020"),
        (-0.0004, "+0.000"),
        (0.02 + 1e-9, "+0.020"),
    ],
)
def test_a_difference_is_not_written_as_the_margin_that_it_is_not(value, text):
    assert signed(value, margin=0.02) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.9996, "0.9996"),
        (1.0003, "1.0003"),
        (1.0, "1.00"),
        (1 - 1e-15, "1.00"),
        (0.995, "0.995"),
        (0.98, "0.980"),
        (1.05, "1.05"),
    ],
)
def test_a_ratio_is_not_written_as_the_1_that_it_is_not(value, text):
    assert ratio(value) == text
