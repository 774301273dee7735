"""What is said while cells run and when they are over; what fails here costs no call: the metrics DB has them all."""

from __future__ import annotations

from pathlib import Path

from gencost.config.cell import Cell
from gencost.errors import ReportError
from gencost.report.console import make_console

console = make_console()


def write_config(cell: Cell) -> list[Path]:
    """Write the resolved config of a cell; says so if it cannot."""
    path = cell.output_dir / "config.yaml"
    try:
        path.write_text(cell.yaml, encoding="utf-8")
    except OSError as error:
        say_lost(ReportError(f"{path} cannot be written: {error.strerror}"))
        return []
    return [path]


def say_lost(error: Exception) -> None:
    """Say what could not be written; no call is lost by it."""
    console.print(f"{error}; the metrics DB has every call", style="red", highlight=False, markup=False)


def say(line: str, *, bad: bool = False) -> None:
    """Say one line as it is."""
    console.print(line, style="red" if bad else None, highlight=False, markup=False, soft_wrap=True)
