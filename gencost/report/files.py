"""The files of a run or sweep: its config, one CSV row a call, and the figures."""

from __future__ import annotations

import csv as csv_format
from collections.abc import Callable
from functools import partial
from pathlib import Path

from gencost.analysis.results import Results
from gencost.analysis.rows import recorded_rows
from gencost.config.schema import ReportConfig
from gencost.metrics_db import Engine
from gencost.report.safe_csv import safe_for_spreadsheets
from gencost.report.say import attempted


def write_files(engine: Engine, results: Results, settings: ReportConfig, name: str, folder: Path) -> list[Path]:
    """Write ``<name>_results.csv``, ``<name>_cost_vs_latency.png`` and ``<name>_quality.png``, each by itself.

    Args:
        engine: the metrics DB, which has the texts.
        results: of one or more cells.
        settings: which of them are wanted.
        name: of the experiment.
        folder: made where it does not exist.

    Returns:
        What was written.
    """
    wanted = {
        "results.csv": partial(results_csv, engine) if settings.csv else None,
        "cost_vs_latency.png": _cost_vs_latency if settings.plots else None,
        "quality.png": _quality if settings.plots else None,
    }

    def write(make: Callable[[Results, Path], Path], path: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        return make(results, path)

    paths = {folder / f"{file_stem(name)}_{end}": make for end, make in wanted.items() if make is not None}
    written = [attempted(path.name, partial(write, make, path)) for path, make in paths.items()]
    return [path for path in written if path is not None]


def write_config(text: str, folder: Path) -> list[Path]:
    """Write the resolved config of a cell; empty if it cannot be written."""
    path = folder / "config.yaml"
    written = attempted(path.name, lambda: path.write_text(text, encoding="utf-8"))
    return [] if written is None else [path]


def file_stem(name: str) -> str:
    """The name of an experiment as the beginning of a file's name."""
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name).lstrip(".") or "_"


def results_csv(engine: Engine, results: Results, path: Path) -> Path:
    """Write one row a call, with its texts and config; numbers in their shortest exact form, unknown ones empty."""
    begun = False
    with path.open("w", encoding="utf-8", newline="") as file:
        for rows in recorded_rows(engine, results):
            safe_for_spreadsheets(rows).to_csv(
                file, index=False, header=not begun, quoting=csv_format.QUOTE_MINIMAL, lineterminator="\n"
            )
            begun = True
    return path


def _cost_vs_latency(results: Results, path: Path) -> Path:
    from gencost.report import plots  # noqa: PLC0415 - seaborn takes a second to import, only where figures are made

    return plots.cost_vs_latency(results, path)


def _quality(results: Results, path: Path) -> Path:
    from gencost.report import plots  # noqa: PLC0415 - as above

    return plots.quality(results, path)
