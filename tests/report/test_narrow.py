"""Tables of a terminal of any width: no digit is cut off."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from gencost.report.table import print_rows

TITLES = ["cell", "n", "errors", "p50 ms", "mean cost", "quality", ""]
ROWS = [["small, temperature 0", "1,234", "5", "12.5", "$0.00003037", "0.447 [0.214, 0.736]", "*RF"]]


@pytest.mark.parametrize("width", [30, 40, 60, 80, 120])
def test_every_figure_is_whole_at_any_width(width):
    out = io.StringIO()
    print_rows(TITLES, ROWS, Console(file=out, width=width))
    words = out.getvalue().split()
    for figure in ("1,234", "5", "12.5", "$0.00003037", "0.447", "[0.214,", "0.736]", "*RF"):
        assert figure in words
    assert max(map(len, out.getvalue().splitlines())) <= width
