"""The figure of policies: names of cells are readable wherever the cells are."""

from __future__ import annotations

import itertools

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gencost.report.figures.policy_plot import _name


def test_names_of_cells_at_one_place_lie_beside_each_other_and_within_the_axes():
    figure = Figure(figsize=(8, 5))
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    figure.draw_without_rendering()
    boxes = []
    for name, place in zip("abcdef", [(0.5, 0.5)] * 4 + [(0.99, 0.5)] * 2, strict=True):
        _name(axes, f"a long name of cell {name}", place, boxes)
    assert not [pair for pair in itertools.combinations(boxes, 2) if pair[0].overlaps(pair[1])]
    assert all(axes.bbox.x0 <= box.x0 and box.x1 <= axes.bbox.x1 for box in boxes)
