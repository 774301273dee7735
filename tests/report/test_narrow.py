"""Tables of a terminal of any width: no digit is cut off."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from gencost.analysis.recorded.listing import ListEntry, Money
from gencost.report.listing import print_list
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


@pytest.mark.parametrize("width", [30, 40, 60, 70, 80, 120])
def test_every_entry_of_the_list_is_whole_at_any_width(width):
    out, begun = io.StringIO(), datetime(2026, 11, 27, 6, 15, tzinfo=UTC)
    money = Money(calls=1234, known=1, sum_pico_usd=3037 * 10**4)
    facts = {"key": "b6e2ce02", "kind": "run", "name": "baseline", "cell": "small, temperature 0", "cells": 1}
    print_list(
        [ListEntry(**facts, started_at=begun, money=money, status="interrupted")], False, Console(file=out, width=width)
    )
    words = out.getvalue().split()
    for text in ("b6e2ce02", "06:15", "1,234", "$0.00003037", "interrupted"):
        assert text in words
    assert max(map(len, out.getvalue().splitlines())) <= width


def test_a_name_of_one_long_word_is_broken_before_a_table_is_given_up():
    out = io.StringIO()
    print_rows(["", "calls", "cost"], [["x" * 90, "12", "$0.5"]], Console(file=out, width=40))
    first = next(line for line in out.getvalue().splitlines() if "x" in line)
    assert first.split() == ["x" * 23, "12", "$0.5"]
