"""Marks and labels of the figures tell up to 40 cells apart."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

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
