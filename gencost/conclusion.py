"""What is made of recorded cells when they are over: comparison, files, what MLflow gets.

Imported when the calls are over: the statistics packages take a second that no first call need wait for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from gencost.analysis import frames
from gencost.analysis.background import background
from gencost.analysis.compare import Comparison, compare
from gencost.analysis.decision import BEST, Criteria
from gencost.analysis.results import Results, read_results
from gencost.config import Cell, as_yaml
from gencost.config_schema import ReportConfig, TracesConfig, TrackingConfig
from gencost.errors import ConfigError, ReportError
from gencost.metrics_db import Engine
from gencost.metrics_db.tracked import TrackedRun, tracked_run
from gencost.outputs import console, say, say_lost
from gencost.report.comparison import AT_MOST, View, markdown_comparison, print_comparison
from gencost.report.files import file_stem, write_files
from gencost.report.structured import comparison_frame
from gencost.tracking.content import RunEnd, calls_table, cells_table


def compared(results: Results, cell: Cell) -> Comparison:
    """Compare the cells of a run or sweep by the criteria of its config; says so if they name no cell of it."""
    return _compare(results, cell.resolved)


def _compare(results: Results, config: Mapping[str, Any]) -> Comparison:
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
        return _write(results, cell.config.report, cell.config.name, folder)
    except ReportError as error:
        say_lost(error)
        return []


def _write(results: Results, settings: ReportConfig, name: str, folder: Path) -> list[Path]:
    """Write the files of a cell or a sweep: now, or when they are made again for MLflow."""
    return write_files(results, folder, name, csv=settings.csv, plots=settings.plots)


def write_report(engine: Engine, comparison: Comparison, cell: Cell, folder: Path) -> list[Path]:
    """Write the HTML report of a sweep; says so if it cannot."""
    try:
        return _write_report(engine, comparison, cell.config.report, folder)
    except ReportError as error:
        say_lost(error)
        return []


def _write_report(engine: Engine, comparison: Comparison, settings: ReportConfig, folder: Path) -> list[Path]:
    from gencost.report.page import write_page  # noqa: PLC0415 - only where it is wanted

    if not settings.html:
        return []
    path = folder / f"{file_stem(comparison.results.runs[0].name)}_report.html"
    return [write_page(comparison, background(engine, comparison), path)]


def cell_files(engine: Engine, run: TrackedRun, folder: Path) -> list[Path]:
    """Make the files of a recorded cell again.

    Raises:
        ReportError: a file cannot be written.
    """
    config = folder / "config.yaml"
    config.write_text(as_yaml(json.loads(run.config_json)), encoding="utf-8")
    return [config, *_write(read_results(engine, [run.run_id]), _report_settings(run), run.name, folder)]


def sweep_files(engine: Engine, run_ids: Sequence[str], folder: Path) -> list[Path]:
    """Make the files of a recorded sweep again.

    Raises:
        ReportError: a file cannot be written.
    """
    first, results = tracked_run(engine, run_ids[0]), read_results(engine, run_ids)
    settings = _report_settings(first)
    files = _write(results, settings, first.name, folder)
    comparison = _compare(results, json.loads(first.config_json))
    return files + _write_report(engine, comparison, settings, folder)


def _report_settings(run: TrackedRun) -> ReportConfig:
    return ReportConfig(**_known(ReportConfig, json.loads(run.config_json)["report"]))


def cell_end(engine: Engine, run: TrackedRun, files: Sequence[Path]) -> RunEnd:
    """Put together what the MLflow run of a cell ends with."""
    results = read_results(engine, [run.run_id])
    return RunEnd(
        results=results,
        note=markdown_comparison(View(comparison=_compare(results, json.loads(run.config_json)))),
        files=files,
        tables={"calls": calls_table(frames.calls(engine, [run.run_id], texts=True))},
        series_max=tracking_settings(run).series_max,
    )


def sweep_end(engine: Engine, run_ids: Sequence[str], files: Sequence[Path]) -> RunEnd:
    """Put together what the parent run of a sweep ends with; a table beside its cells is shown by MLflow if it is here.

    Args:
        engine: the metrics DB.
        run_ids: of its cells.
        files: its artifacts.
    """
    results = read_results(engine, run_ids)
    comparison = _compare(results, json.loads(tracked_run(engine, run_ids[0]).config_json))
    view = View(comparison=comparison)
    tables = {"cells": cells_table(results.summaries), "comparison": comparison_frame(comparison, view.against)}
    return RunEnd(results=results, note=markdown_comparison(view), files=files, tables=tables)


def tracking_settings(run: TrackedRun) -> TrackingConfig:
    """The settings a recorded cell was tracked with; what an older GenCost did not know is as by default."""
    said = json.loads(run.config_json).get("tracking", {})
    traces = TracesConfig(**_known(TracesConfig, said.get("traces", {})))
    return TrackingConfig(**{**_known(TrackingConfig, said), "traces": traces})


def _known(schema: Any, values: dict[str, Any]) -> dict[str, Any]:
    names = {f.name for f in fields(schema)}
    return {key: value for key, value in values.items() if key in names}
