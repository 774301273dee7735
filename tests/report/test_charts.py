from __future__ import annotations

import pytest
from made import compared, record, store

from gencost.decision.effects import Effect
from gencost.report.html import bars, charts
from gencost.report.html.scale import Scale, dollars


def test_an_axis_is_logarithmic_where_values_span_more_than_a_factor_of_20():
    assert not Scale.of([1, 20]).log
    wide = Scale.of([1, 10_000])
    assert wide.log
    assert wide.at(100) == pytest.approx(50, abs=0.01)  # halfway between 1 and 10,000


def test_a_linear_axis_begins_and_ends_a_little_beyond_its_values():
    scale = Scale.of([0.0, 100.0])
    assert (scale.low, scale.high) == (-5.0, 105.0)
    assert scale.at(50.0) == 50.0
    assert scale.at(1000.0) == 100.0  # what is beyond stands at the end
    assert [text for _, text in scale.ticks(str)] == ["0.0", "25.0", "50.0", "75.0", "100.0"]


def test_bars_begin_at_zero():
    scale = Scale.of([0.4, 0.8], zero=True)
    assert (scale.low, scale.log) == (0.0, False)
    assert Scale.of([-1.0, 1.0], zero=True).low < -1


@pytest.mark.parametrize("values", [[], [0.0], [3.0, 3.0], [1e-9, 1e9], [float("nan")], [-2.0, -1.0]])
@pytest.mark.parametrize("zero", [True, False])
def test_any_values_give_an_axis_with_few_ticks(values, zero):
    scale = Scale.of(values, zero=zero)
    ticks = scale.ticks(dollars)
    assert 1 <= len(ticks) <= 7
    assert all(0 <= at <= 100 for at, _ in ticks)


def test_ticks_of_money_have_no_needless_zeros():
    assert [dollars(value) for value in (0.0, 0.5, 2.0, 0.00003, -0.5)] == ["$0", "$0.5", "$2", "$0.00003", "-$0.5"]


def test_the_scatter_has_each_call_and_each_cells_middle(comparison_of_two):
    plot = charts.cost_vs_latency(comparison_of_two)
    assert [shape.path.count("M") for shape in plot.shapes] == [40, 40]
    a, b = plot.marks
    # p50 of a: 20 + 19.5 ms; of b: 10 + 9.75 ms; all calls span 10 to 59 ms, the axis 7.55 to 61.45 ms
    assert a.x == pytest.approx(100 * (39.5 - 7.55) / 53.9, abs=0.01)
    assert b.x == pytest.approx(100 * (19.75 - 7.55) / 53.9, abs=0.01)
    assert a.x_ends is not None
    assert a.x_ends[0] < a.x < a.x_ends[1]
    assert "p50 39.5 ms" in a.text


def test_many_calls_are_thinned_and_said_to_be(comparison_of_two, monkeypatch):
    monkeypatch.setattr(charts, "_POINTS", 20)
    plot = charts.cost_vs_latency(comparison_of_two)
    assert [shape.path.count("M") for shape in plot.shapes] == [10, 10]
    assert any("10 calls of a cell are drawn" in note for note in plot.notes)


def test_dominated_cells_are_hollow_and_the_line_goes_by_them(engine):
    cells = {
        "a": [record("a", i, pico=10, score=1.0, latency_ms=5) for i in range(6)],
        "b": [record("b", i, pico=5, score=0.5, latency_ms=4) for i in range(6)],
        "c": [record("c", i, pico=20, score=0.5, latency_ms=9) for i in range(6)],  # dearer, slower, no better
    }
    plot = charts.front(compared(engine, store(engine, cells)))
    assert [mark.hollow for mark in plot.marks] == [False, False, True]
    (line,) = plot.shapes
    assert line.path.count(" ") == 3  # b, along to the cost of a, up to a


def test_the_ecdf_is_a_staircase_of_equal_steps(engine):
    cells = {"a": [record("a", i, latency_ms=10.0 * (i + 1)) for i in range(4)]}
    (shape,) = charts.latency_ecdf(compared(engine, store(engine, cells))).shapes
    ups = [int(place.split()[1]) for place in shape.path[1:].split("L")]
    assert ups == [1000, 750, 750, 500, 500, 250, 250, 0]  # y runs down: a quarter of the calls a step


def test_a_quality_bar_is_as_long_as_the_mean_and_a_whisker_as_its_interval(comparison_of_two):
    drawn = bars.quality(comparison_of_two)
    a, b = drawn.bars
    assert (a.text, b.text) == ("1.000", "0.975")  # 1 of 40 is wrong
    assert b.parts[0][1] / a.parts[0][1] == pytest.approx(0.975, abs=1e-3)
    assert b.ends[0] < b.parts[0][1] < b.ends[1]


def test_an_effect_leans_from_the_mean_of_all():
    fixed = {"cells": 1, "balanced": True, "cost_usd": 1.0, "latency_p50_ms": 1.0, "quality": 0.5}
    plus = Effect(key="k", value="x", **fixed, cost_effect_usd=2.0, latency_effect_ms=None, quality_effect=0.0)
    minus = Effect(key="k", value="y", **fixed, cost_effect_usd=-1.0, latency_effect_ms=None, quality_effect=0.0)
    _, cost, latency = bars.effects([plus, minus])
    ((_, _, (x, y)),) = cost.keys
    assert (x.left, x.width, x.effect) == (50.0, 50.0, "+$2.000")  # the widest fills its half
    assert (y.left, y.width, y.effect) == (25.0, 25.0, "-$1.000")
    assert latency.keys[0][2][0].effect == "n/a"


def test_nothing_known_is_no_figure(engine):
    comparison = compared(engine, store(engine, {"a": [], "b": []}))
    assert charts.cost_vs_latency(comparison) is None
    assert charts.front(comparison) is None
    assert charts.latency_ecdf(comparison) is None
    assert bars.quality(comparison) is None
    assert bars.cost_by_kind([]) is None


def test_an_axis_of_zeros_has_nothing_below_them():
    assert [shown for _, shown in Scale.of([0.0, 0.0]).ticks(dollars)] == ["$0", "$0.25", "$0.5", "$0.75", "$1"]
    assert Scale.of([-2.0, 0.0]).high < 1
