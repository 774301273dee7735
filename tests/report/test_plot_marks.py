"""Marks and labels of the figures tell up to 40 cells apart."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from gencost.report.figures.figure_numbers import cost_vs_latency

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@pytest.mark.parametrize("cells", [1, 2, 12, 40])
def test_cells_with_the_same_mark_have_colours_far_apart(cells):
    from gencost.report.figures.plots import _marker, _palette

    colours = np.array(_palette(cells))
    for i, j in itertools.combinations(range(cells), 2):
        assert _marker(i) != _marker(j) or np.linalg.norm(colours[i] - colours[j]) > 0.3


def test_labels_break_between_parts_and_stay_distinct():
    from gencost.report.figures.plots import _label

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
    assert numbers["left_out"] == "1 call without a known cost or latency left out"


@pytest.fixture
def drawn(monkeypatch):
    """Gives the figure that a function of ``plots`` makes of numbers, laid out."""
    from matplotlib.figure import Figure

    from gencost.report.figures import plots

    figures = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: figures.append(figure))

    def draw(kind: str, numbers: dict) -> Figure:
        plots.draw(kind, numbers, "unwritten.png")
        return figures.pop()

    return draw


_LONG = [f"model=m{i}, temperature 0.{i}, prompts.template=a_template_of_long_name_{i}, stream" for i in range(12)]


def _is_inside(figure: Figure, text) -> bool:
    box, whole = text.get_window_extent(), figure.bbox
    return whole.x0 <= box.x0 and box.x1 <= whole.x1 and whole.y0 <= box.y0 and box.y1 <= whole.y1


@pytest.mark.parametrize("names", [_LONG[:2], _LONG, list("ab")])
def test_names_beside_bars_do_not_touch_and_the_note_lies_inside(drawn, names):
    note = "whiskers: 95 % interval of the mean over prompts, from 5 prompts on; a failed call has quality 0"
    figure = drawn("quality", {"names": names, "score": "s", "bars": [(0.5, 0.1, 0.1)] * len(names), "whiskers": note})
    labels = figure.axes[0].get_yticklabels()
    boxes = sorted((label.get_window_extent() for label in labels), key=lambda box: box.y0)
    assert all(below.y1 <= above.y0 for below, above in itertools.pairwise(boxes))
    assert all(_is_inside(figure, text) for text in [*labels, *figure.texts])
    assert [" ".join(text.get_text().split()) for text in figure.texts] == [note]


def test_calls_that_are_not_drawn_are_told_inside_of_it_and_briefly(drawn):
    cell = {"latency_ms": [1.0, 2.0], "cost_usd": [1.0, 2.0], "calls": 9, "median_ms": 1.0, "mean_usd": 1.0}
    spans = dict.fromkeys(["latency_ms", "cost_usd"], (1.0, 2.0))
    told = {"cells": [cell] * 12, "names": _LONG, "places": range(12), "of": 12, "left_out": "3 calls", "spans": spans}
    figure = drawn("cost_vs_latency", told)
    (note,) = figure.texts
    assert _is_inside(figure, note)
    text = " ".join(note.get_text().split())
    assert text.startswith(f"3 calls; {_LONG[0]}: 2 of 9 calls drawn; ")
    assert text.endswith("and so of 9 more cells")  # of 12 notes on cells, three are told
