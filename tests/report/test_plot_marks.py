"""Marks and labels of the figures tell up to 40 cells apart."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from gencost.report.figure_numbers import cost_vs_latency
from gencost.report.plots import _label, _marker, _palette


@pytest.mark.parametrize("cells", [1, 2, 12, 40])
def test_cells_with_the_same_mark_have_colours_far_apart(cells):
    colours = np.array(_palette(cells))
    for i, j in itertools.combinations(range(cells), 2):
        assert _marker(i) != _marker(j) or np.linalg.norm(colours[i] - colours[j]) > 0.3


def test_labels_break_between_parts_and_stay_distinct():
    assert _label("small, temperature 0.2, max_tokens 100") == "small, temperature 0.2,\nmax_tokens 100"
    long = [f"template {'word ' * 40}{end}" for end in "ab"]
    assert len(set(map(_label, long))) == 2
    assert max(len(line) for name in long for line in _label(name).splitlines()) <= 34


def test_a_latency_of_zero_is_drawn_and_a_cell_without_points_has_no_mark():
    rows = [("a", 0.0, 10**8), ("b", np.nan, 10**8), ("c", 5.0, 2 * 10**8)]
    calls = pd.DataFrame(rows, columns=["cell", "latency_ms", "cost_pico_usd"]).assign(status="ok")
    results = SimpleNamespace(calls=calls, summaries=[SimpleNamespace(cell=name) for name in "abc"])
    numbers = cost_vs_latency(results)
    assert (numbers["names"], numbers["places"], numbers["of"]) == (["a", "c"], [0, 2], 3)
    assert numbers["cells"][0]["latency_ms"] == [0.0]
    assert numbers["left_out"] == "1 calls without a known cost or latency are left out"
