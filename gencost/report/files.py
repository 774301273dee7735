"""The files of a run or sweep: one CSV row a call, and the figures."""

from __future__ import annotations

import csv as csv_format
from pathlib import Path

from gencost.analysis.results import Results
from gencost.errors import ReportError


def write_files(results: Results, folder: Path, name: str, *, csv: bool, plots: bool) -> list[Path]:
    """Write ``<name>_results.csv``, ``<name>_cost_vs_latency.png`` and ``<name>_quality.png``.

    Args:
        results: of one or more cells.
        folder: made where it does not exist.
        name: of the experiment.
        csv: write the CSV.
        plots: write the figures.

    Returns:
        What was written.

    Raises:
        ReportError: a file cannot be written.
    """
    stem = file_stem(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = [results_csv(results, folder / f"{stem}_results.csv")] if csv else []
        return files + (_figures(results, folder, stem) if plots else [])
    except OSError as error:
        raise ReportError(f"{error.filename or folder} cannot be written: {error.strerror}") from None


def file_stem(name: str) -> str:
    """The name of an experiment as the beginning of a file's name."""
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name)


def results_csv(results: Results, path: Path) -> Path:
    """Write one row a call; numbers in their shortest exact form, unknown ones empty."""
    results.calls.to_csv(path, index=False, quoting=csv_format.QUOTE_MINIMAL, lineterminator="\n")
    return path


def _figures(results: Results, folder: Path, stem: str) -> list[Path]:
    from gencost.report import plots  # noqa: PLC0415 - seaborn takes a second to import, only where figures are made

    return [
        plots.cost_vs_latency(results, folder / f"{stem}_cost_vs_latency.png"),
        plots.quality(results, folder / f"{stem}_quality.png"),
    ]
