from __future__ import annotations

import io
import re

import pytest
from made import compared, record, store, two
from rich.console import Console

from gencost.analysis.results import read_results
from gencost.decision.compare import compare
from gencost.decision.decide import Criteria
from gencost.report.comparison import View, markdown_comparison, marks, print_comparison
from gencost.report.numbers import number, p_value, ratio, signed


def printed(comparison, width=100, at_most=24) -> str:
    out = io.StringIO()
    print_comparison(View(comparison=comparison, at_most=at_most), Console(file=out, width=width))
    return out.getvalue()


def test_cells_differences_and_decision_are_printed(comparison_of_two):
    text = printed(comparison_of_two)
    # b misses 1 of 40: -1/40 = -0.025, of which 0.02 may be lost
    assert re.search(r"m b +-0\.025 \[", text)
    assert "against m a, paired by the 40 prompts both answered" in text
    assert "exact McNemar test, Holm over 1 pair" in " ".join(text.split())
    assert "0.500" in text  # half the cost, half the latency
    # Tango's lower end of 1 lost in 40 is -0.129; d = 3 / 42 needs (1.96 + 0.84)^2 d / 0.02^2 = 1,402 prompts
    assert text.startswith("Undecided: m b costs 50 % less, but may lose up to 12.9 points; 40 questions, about 1,402")
    assert "a margin above 12.9 points would let it pass now" in " ".join(text.split())


def test_the_letters_say_where_a_cell_stands(engine):
    comparison = compare(read_results(engine, two(engine, n=100)), Criteria(margin=0.5))
    a, b = comparison.cells
    assert marks(comparison, a) == "RFT"  # best quality
    assert marks(comparison, b) == "*FT"  # cheaper, faster; its interval lies within 0.5


def test_five_prompts_are_too_few_to_call_cells_tied(engine):
    a = [record("a", i, score=1.0) for i in range(5)]
    b = [record("b", i, score=0.0) for i in range(5)]
    best, worst = compared(engine, store(engine, {"a": a, "b": b})).cells
    # all five differ, and yet the exact test gives 2 * (1/2)^5 = 0.0625: it could not have told
    assert (best.tied_with_best, worst.tied_with_best) == (True, None)


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_figure_is_cut_off_in_a_narrow_terminal(comparison_of_two, width):
    text = printed(comparison_of_two, width)
    for figure in ("m a", "m b", "-0.025", "0.500"):
        assert figure in text


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_interval_is_cut_off_where_every_figure_has_one(engine, width):
    cells = {}
    for run, name, step in (("a", "gpt-5-mini", 7), ("b", "gpt-5-nano", 11)):
        facts = [{"score": float(i % step > 0), "pico": 10**9 + i * step * 10**6} for i in range(200)]
        cells[f"m={name}"] = [record(run, i, latency_ms=1000.0 + i % step * i, **fact) for i, fact in enumerate(facts)]
    text = printed(compared(engine, store(engine, cells)), width)
    assert max(map(len, text.splitlines())) <= width
    # by cell: quality, its difference, the ratios of cost, p50 and p95; money
    assert text.count("[") == text.count("]") >= 2 * 1 + 1 * 4 + 2 * 1


def test_short_names_of_cells_stay_whole_in_80_columns(engine):
    names = {"a": "model=small", "b": "model=large"}
    cells = {name: [record(run, i, pico=38_580_000) for i in range(40)] for run, name in names.items()}
    text = printed(compared(engine, store(engine, cells)), 80)
    assert re.search("^ ?small ", text, re.MULTILINE)
    assert max(map(len, text.splitlines())) <= 80


def test_many_cells_do_not_flood_and_what_is_left_out_is_said(engine):
    cells = {f"m {k}": [record(chr(97 + k), i, pico=10 + k) for i in range(5)] for k in range(6)}
    comparison = compared(engine, store(engine, cells))
    assert [one.cell for one in View(comparison=comparison, at_most=2).cells] == [
        "m 0",
        "m 1",
    ]  # the chosen one, then by order
    text = printed(comparison, at_most=2)
    assert "4 of 6 cells are not shown: gencost compare has all" in text
    assert "m 5" not in text


def test_one_cell_is_its_row_alone(engine):
    ids = two(engine)
    text = printed(compared(engine, ids[:1]))
    assert "m a" in text
    assert "Decision" not in text
    assert "Pareto" not in text


def test_markdown_says_the_decision_first(comparison_of_two):
    text = markdown_comparison(View(comparison=comparison_of_two))
    assert text.startswith("**Undecided: m b costs 50 % less")
    assert "| m b | -0.025 [" in text


def test_prompts_that_only_one_has_are_counted(engine):
    a = [record("a", i) for i in range(8)]
    text = printed(compared(engine, store(engine, {"a": a, "b": [record("b", i) for i in range(6)]})))
    assert "2 prompts left out, as only one of the two has a score" in text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "n/a"),
        (0.0, "0"),
        (0.02141, "0.0214"),
        (1.0, "1.00"),
        (46.83, "46.8"),
        (999.7, "1,000"),
        (2345.6, "2,346"),
    ],
)
def test_ratios_have_three_digits(value, shown):
    assert ratio(value) == shown


def test_a_tiny_p_value_is_not_shown_as_zero():
    assert [p_value(p) for p in (None, 0.0004, 0.0625)] == ["n/a", "<0.001", "0.062"]


@pytest.mark.parametrize("cells", [1, 2, 12])
def test_names_of_several_parts_are_not_broken_inside_them_in_80_columns(engine, cells):
    names = [f"model={'small' if k % 2 else 'large'},model.temperature=0.{k}" for k in range(cells)]
    records = {name: [record(f"r{k}", i, pico=38_580_000) for i in range(6)] for k, name in enumerate(names)}
    comparison = compared(engine, store(engine, records, ids=[f"r{k}" for k in range(cells)]))
    lines = printed(comparison, 80, at_most=40).splitlines()
    assert max(map(len, lines)) <= 80
    table = "\n".join(lines[: next(i for i, line in enumerate(lines) if line.startswith("quality: mean"))])
    shown = {one.cell for one in comparison.cells}
    assert all(f"{part}" in table for name in shown for part in name.split(", "))
    assert "-0.0 " not in "\n".join(lines)


def test_marks_stay_beside_long_names_in_80_columns(engine):
    names = [f"model={m},prompts.system='Think {how} step by step at length.'" for m in "ab" for how in ("all", "no")]
    records = {name: [record(f"r{k}", i, pico=38_580_000 + k) for i in range(60)] for k, name in enumerate(names)}
    text = printed(compared(engine, store(engine, records, ids=[f"r{k}" for k in range(4)])), 80)
    table = text[text.index("cell ") : text.index("quality: mean")]
    assert max(map(len, table.splitlines())) <= 80
    assert {"*", "F"} <= {mark for line in table.splitlines() for mark in line.split()[-1]}


def test_the_headline_names_prompts_questions_calls_and_scorer(comparison_of_two):
    text = printed(comparison_of_two)
    assert "40 questions, 40 calls each, quality by right." in text


@pytest.mark.parametrize(("value", "text"), [(-0.0004, "+0.000"), (-0.0, "+0.000"), (-0.0006, "-0.001")])
def test_what_rounds_to_nothing_has_no_minus(value, text):
    assert signed(value) == text
    assert number(-0.0004, 3) == "0.000"
