"""The first sheet of a workbook as lines of values, each as its layout shows it; a cell without a value says so."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any

from gencost.text.refused import CellError

_SAVE = "open the workbook in a spreadsheet program, which computes it, and save it there, or write the value itself"


def sheet_lines(file: Path) -> list[list[Any] | CellError]:
    """Read the lines of the first sheet.

    Args:
        file: ``.xlsx``.

    Returns:
        The values of each line, None for an empty cell; an error in place of a line with a cell that has a formula
        without its value, as programs write that do not compute, or the value of an error such as #DIV/0!.

    Raises:
        ImportError: openpyxl is not installed.
    """
    lines: list[list[Any] | CellError] = []
    lacking: dict[str, int] = {}
    for row in _rows(file, data_only=True):
        lacking |= {cell.coordinate: len(lines) for cell in row if _may_lack(cell)}
        lines.append(_values(row))
    for cell in itertools.chain.from_iterable(_rows(file, data_only=False) if lacking else ()):
        if cell.data_type == "f" and (place := lacking.get(cell.coordinate)) is not None:
            formula = str(getattr(cell.value, "text", cell.value))[:60]  # an array formula, an object
            named = formula if len(formula) > 1 else "its formula"
            lines[place] = CellError(f"cell {cell.coordinate}: the value of {named} is not stored: {_SAVE}")
    return lines


def _rows(file: Path, *, data_only: bool) -> Iterator[Sequence[Any]]:
    from openpyxl import load_workbook  # noqa: PLC0415 - an extra

    book = load_workbook(file, read_only=True, data_only=data_only)
    try:
        yield from book.worksheets[0].iter_rows()
    finally:
        book.close()


def _may_lack(cell: Any) -> bool:
    """Whether a cell of the file may lack its value; a formula whose value is an empty text has type ``str``."""
    return cell.value is None and cell.data_type == "n" and hasattr(cell, "coordinate")


def _values(line: Sequence[Any]) -> list[Any] | CellError:
    for cell in line:
        if cell.data_type == "e":
            return CellError(
                f"cell {cell.coordinate}: it holds the error {cell.value}: repair its formula, or clear it"
            )
    return [_as_shown(cell.value, cell.number_format) for cell in line]


def _as_shown(value: Any, layout: str) -> Any:
    """Return a value as its layout shows it: 0.5 as 50 %, 7 as 007, a midnight as a day."""
    if isinstance(value, datetime) and value.time() == time() and "h" not in layout.lower():
        return value.date()
    if isinstance(value, int | float) and not isinstance(value, bool):
        if "%" in layout:
            return f"{value * 100:.12g}%"
        if isinstance(value, int) and len(layout) > 1 and set(layout) == {"0"}:
            return f"{value:0{len(layout)}d}"
    return value
