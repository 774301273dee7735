"""Publish recorded cells when they are over: the comparison on the terminal, the files, the HTML report.

Imported when the calls are over: the statistics packages take a second that no first call need wait for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gencost.analysis.results import Results
from gencost.config.cell import Cell
from gencost.config.schema import ReportConfig
from gencost.decision.compare import Comparison, compare
from gencost.decision.decide import BEST, Criteria
from gencost.errors import ConfigError, ReportError
from gencost.metrics_db import Engine
from gencost.report.comparison import AT_MOST, View, print_comparison
from gencost.report.files import file_stem, write_files
from gencost.report.report_data import background
from gencost.report.say import console, say, say_lost


def compared(results: Results, cell: Cell) -> Comparison:
    """Compare the cells of a run or sweep by the criteria of its config; says so if they name no cell of it."""
    return compare_as(results, cell.resolved)


def compare_as(results: Results, config: Mapping[str, Any]) -> Comparison:
    """Compare cells by the criteria of a resolved config; says so if they name no cell."""
    criteria = Criteria.of(config.get("decision", {}))
    if len(results.runs) == 1:
        criteria = replace(criteria, reference=BEST)
    try:
        return compare(results, criteria, config["seed"])
    except ConfigError as error:
        say(f"{error}; best is taken", bad=True)
        return compare(results, replace(criteria, reference=BEST), config["seed"])


def conclude(comparison: Comparison) -> None:
    """Print what a run or sweep came to: the cells, their differences, the decision, what must not be overlooked."""
    print_comparison(View(comparison=comparison, at_most=AT_MOST), console)


def write(results: Results, cell: Cell, folder: Path) -> list[Path]:
    """Write the files of a cell or a sweep; says so if it cannot."""
    try:
        return make_files(results, cell.config.report, cell.config.name, folder)
    except ReportError as error:
        say_lost(error)
        return []


def make_files(results: Results, settings: ReportConfig, name: str, folder: Path) -> list[Path]:
    """Write the files of a cell or a sweep: now, or when they are made again for MLflow."""
    return write_files(results, folder, name, csv=settings.csv, plots=settings.plots)


def write_report(engine: Engine, comparison: Comparison, cell: Cell, folder: Path) -> list[Path]:
    """Write the HTML report of a sweep; says so if it cannot."""
    try:
        return make_report(engine, comparison, cell.config.report, folder)
    except ReportError as error:
        say_lost(error)
        return []


def make_report(engine: Engine, comparison: Comparison, settings: ReportConfig, folder: Path) -> list[Path]:
    """Write the HTML report of a sweep: now, or when it is made again for MLflow."""
    from gencost.report.page import write_page  # noqa: PLC0415 - only where it is wanted

    if not settings.html:
        return []
    path = folder / f"{file_stem(comparison.results.runs[0].name)}_report.html"
    return [write_page(comparison, background(engine, comparison), path)]
