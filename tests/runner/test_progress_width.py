"""Progress in 80 columns: every cell keeps its name apart, its bar, its count and the time that is left."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from gencost.runner.progress import CellCount, ProgressDisplay

LONG = ["model " + "x" * 90 + end for end in "ab"]


@pytest.mark.parametrize(
    "names", [["small"], ["small", "large"], [f"small, temperature 0.{k}, max_tokens 100" for k in range(12)], LONG]
)
def test_a_line_of_progress_fits_80_columns(names):
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=80, height=50, color_system=None)
    counts = [CellCount(cell=name, total=5000, done=1234, pico_usd=10**11) for name in names]
    with ProgressDisplay(counts, console) as display:
        display.refresh()
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "\n", out.getvalue()).splitlines()
    lines = [line for line in plain if "1234/5000" in line][-len(names) :]
    assert len(lines) == len({line.split("1234/5000")[0] for line in lines}) == len(names)
    assert max(map(len, lines)) <= 80
    assert all(re.search(r"1234/5000 +(\d+:\d\d|--:--)", line) for line in lines)
