"""What is written, logged and said when a cell or a sweep ends; what fails here costs no call: the DB has them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gencost.analysis.compare import Comparison, compare
from gencost.analysis.decision import BEST, Criteria
from gencost.analysis.results import Results
from gencost.config import Cell
from gencost.errors import ConfigError, ReportError, TrackingError
from gencost.metrics_db import db_url
from gencost.report.comparison import markdown_comparison, print_comparison
from gencost.report.console import make_console
from gencost.report.files import write_files
from gencost.stores import Stores
from gencost.tracking.log import RunEnd
from gencost.tracking.log import end as end_tracking
from gencost.types import RunStatus

console = make_console()


def compared(results: Results, cell: Cell) -> Comparison:
    """Compare the cells of a run or sweep by the criteria of its config; says so if they name no cell of it."""
    criteria = Criteria.of(cell.resolved["decision"])
    if len(results.runs) == 1:
        criteria = replace(criteria, reference=BEST)
    try:
        return compare(results, criteria, cell.config.seed)
    except ConfigError as error:
        say(f"{error}; best is taken", bad=True)
        return compare(results, replace(criteria, reference=BEST), cell.config.seed)


def conclude(comparison: Comparison) -> None:
    """Print what a run or sweep came to: the cells, their differences, the decision, what must not be overlooked."""
    print_comparison(comparison, console)


def run_end(status: RunStatus, comparison: Comparison, files: Sequence[Path], series_max: int) -> RunEnd:
    """Put together what the MLflow run of a cell or a sweep ends with."""
    note = markdown_comparison(comparison)
    return RunEnd(status=status, results=comparison.results, note=note, files=files, series_max=series_max)


def write(results: Results, cell: Cell, folder: Path) -> list[Path]:
    """Write the files of a cell or a sweep; says so if it cannot."""
    settings = cell.config.report
    try:
        return write_files(results, folder, cell.config.name, csv=settings.csv, plots=settings.plots)
    except ReportError as error:
        _say_error(error)
        return []


def write_config(cell: Cell) -> list[Path]:
    """Write the resolved config of a cell; says so if it cannot."""
    path = cell.output_dir / "config.yaml"
    try:
        path.write_text(cell.yaml, encoding="utf-8")
    except OSError as error:
        _say_error(ReportError(f"{path} cannot be written: {error.strerror}"))
        return []
    return [path]


def track(stores: Stores, run_id: str | None, end: RunEnd) -> None:
    """Log the end of an MLflow run; says so if the tracking store fails."""
    if stores.tracking is None or run_id is None:
        return
    try:
        end_tracking(stores.tracking, run_id, end)
    except TrackingError as error:
        _say_error(error)


def _say_error(error: Exception) -> None:
    console.print(f"{error}; the metrics DB has every call", style="red", highlight=False, markup=False)


def say(line: str, *, bad: bool = False) -> None:
    """Say one line as it is."""
    console.print(line, style="red" if bad else None, highlight=False, markup=False, soft_wrap=True)


def say_where(files: Sequence[Path], folder: Path, stores: Stores) -> None:
    """Say where the results are."""
    shown = db_url(str(stores.engine.url.render_as_string(hide_password=False))).render_as_string(hide_password=True)
    say(f"metrics DB  {shown}")
    if files:
        say(f"files       {folder}: {', '.join(path.name for path in files)}")
    if stores.tracking is not None:
        say("MLflow      compare the runs with: mlflow ui")
