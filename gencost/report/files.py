"""The files of a run or sweep: its config, one CSV row a call, and the figures."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from gencost.analysis.results import Results
from gencost.analysis.rows import recorded_rows
from gencost.config.schema import ReportConfig
from gencost.metrics_db import Engine
from gencost.report.figures.figure_numbers import FIGURES, FigureOrder, Numbers, quality
from gencost.report.safe_csv import write_safe_csv
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
    csv = write_csv(engine, results, settings, name, folder)
    orders = figures(results, settings, name, folder)
    drawn = [attempted(order.path.name, partial(_drawn, order)) for order in orders]
    return [*csv, *(path for path in drawn if path is not None)]


def _drawn(order: FigureOrder) -> Path:
    from gencost.report.figures import plots  # noqa: PLC0415 - Matplotlib, only where figures are made

    return plots.draw(order.kind, order.numbers, order.path)


def write_csv(engine: Engine, results: Results, settings: ReportConfig, name: str, folder: Path) -> list[Path]:
    """Write ``<name>_results.csv``; as ``write_files``."""
    if not settings.csv:
        return []
    path = folder / f"{file_stem(name)}_results.csv"

    def write() -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        return results_csv(engine, results, path)

    written = attempted(path.name, write)
    return [] if written is None else [written]


def figures(
    results: Results, settings: ReportConfig, name: str, folder: Path, errors: str = "fail"
) -> list[FigureOrder]:
    """Return the figures that are wanted, with their numbers; as ``write_files``.

    ``errors`` is the decision's: whether a failed call has quality 0 (``fail``) or is left out (``ignore``).
    """
    if not settings.plots:
        return []
    made: dict[str, Callable[[Results], Numbers]] = {**FIGURES}
    made["quality"] = partial(quality, errors="ignore" if errors == "ignore" else "fail")

    def order(kind: str, path: Path) -> FigureOrder:
        folder.mkdir(parents=True, exist_ok=True)
        return FigureOrder(kind=kind, path=path, numbers=made[kind](results))

    paths = {kind: folder / f"{file_stem(name)}_{kind}.png" for kind in FIGURES}
    orders = [attempted(path.name, partial(order, kind, path)) for kind, path in paths.items()]
    return [order for order in orders if order is not None]


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
            write_safe_csv(rows, file, header=not begun)
            begun = True
    return path
