"""The quality of a cell is one figure wherever it is shown: a failed call counts in it as the decision counts it."""

from __future__ import annotations

import json

import pytest
from made import failed, record, store

from gencost.analysis.results import Results, read_results
from gencost.config.schema import ReportConfig
from gencost.decision.compare import compare
from gencost.decision.criteria import Criteria
from gencost.decision.gate import facts
from gencost.report.comparison import View, comparison_text
from gencost.report.figures.figure_numbers import quality
from gencost.report.files import figures
from gencost.report.html import bars


@pytest.fixture
def results(engine) -> Results:
    """12 calls of which 4 failed and 8 are right: 8 / 12."""
    calls = [*(record("a", i) for i in range(8)), *(failed("a", i) for i in range(8, 12))]
    return read_results(engine, store(engine, {"m=a": calls}))


def test_a_failed_call_counts_in_sentence_table_figures_and_condition(results):
    compared = compare(results)
    cell = compared.cells[0]
    lines = comparison_text(View(comparison=compared), 200).splitlines()
    assert ", quality 0.667, " in lines[0]
    assert any(" 0.667 [" in line for line in lines[1:])
    assert "a failed call has quality 0" in " ".join(lines)
    assert (cell.quality.value, facts(compared, None, cell)["quality.mean"]) == (8 / 12, 8 / 12)
    assert bars.quality(compared).bars[0].text == "0.667"
    numbers = quality(results)
    assert numbers["bars"][0][0] == 8 / 12
    assert numbers["whiskers"].endswith("a failed call has quality 0")


def test_left_out_it_counts_nowhere_and_nobody_says_so(results, tmp_path):
    compared = compare(results, Criteria(errors="ignore"))
    assert ", quality 1.000, " in comparison_text(View(comparison=compared), 200)
    assert not any("a failed call has" in line for line in View(comparison=compared).captions())
    figure = figures(results, ReportConfig(), "a", tmp_path, "ignore")[1].numbers
    assert (figure["bars"][0][0], "failed" in figure["whiskers"]) == (1.0, False)


def test_the_figure_of_a_score_beyond_1_has_its_whiskers(engine):
    """Five scores of 1 to 5: the interval is around 3, not cut at 1."""
    results = read_results(engine, store(engine, {"m=a": [record("a", i, score=float(1 + i)) for i in range(5)]}))
    numbers = quality(results)
    mean, below, over = numbers["bars"][0]
    assert (mean, below > 0, over > 0) == (3.0, True, True)
    json.dumps(numbers)
