"""Everything that MLflow gets of recorded cells, made of the metrics DB as it was recorded, without corrections."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd

from gencost.analysis.recorded import frames
from gencost.analysis.recorded.corrections import as_recorded, corrected_runs
from gencost.analysis.results import Results, read_results
from gencost.config.cell import as_yaml
from gencost.decision.compare import Comparison
from gencost.metrics_db import Engine
from gencost.metrics_db.runs import TrackedRun, runs_of_sweep, tracked_run
from gencost.report.comparison import View, markdown_comparison
from gencost.report.files import write_config, write_files
from gencost.report.publish import compare_as, write_report
from gencost.report.structured import comparison_frame
from gencost.tracking.content import SERIES_COLUMNS, calls_table, cells_table, run_end
from gencost.tracking.end_values import RunEnd, as_values
from gencost.tracking.policy_overview import quick_section
from gencost.tracking.settings import report_settings, tracking_settings


def cell_files(engine: Engine, run: TrackedRun, folder: Path) -> list[Path]:
    """Make the files of a recorded cell again."""
    config = write_config(as_yaml(json.loads(run.config_json)), folder)
    results = read_results(as_recorded(engine), [run.run_id])
    return [*config, *write_files(engine, results, report_settings(run), run.name, folder)]


def sweep_files(engine: Engine, run_ids: Sequence[str], folder: Path) -> list[Path]:
    """Make the files of a recorded sweep again."""
    first, results = tracked_run(engine, run_ids[0]), read_results(as_recorded(engine), run_ids)
    settings = report_settings(first)
    files = write_files(engine, results, settings, first.name, folder)
    comparison = compare_as(results, json.loads(first.config_json))
    return files + write_report(engine, comparison, settings, folder, partial(quick_section, engine))


def cell_end(engine: Engine, run: TrackedRun, results: Results | None = None) -> RunEnd:
    """Put together what the MLflow run of a cell ends with.

    Args:
        engine: the metrics DB.
        run: the cell.
        results: of it, as recorded; None reads them.
    """
    recorded = results or read_results(as_recorded(engine), [run.run_id])
    most = tracking_settings(run).series_max

    def series() -> pd.DataFrame:
        return frames.calls(as_recorded(engine), [run.run_id], columns=SERIES_COLUMNS)

    return run_end(
        recorded,
        note=lambda: markdown_comparison(View(comparison=compare_as(recorded, json.loads(run.config_json)))),
        tables={"calls": lambda: calls_table(as_recorded(engine), recorded)},
        series=(lambda: frames.calls(as_recorded(engine), [run.run_id], columns=SERIES_COLUMNS), most)
        if most
        else None,
    )


def sweep_end(engine: Engine, run_ids: Sequence[str], comparison: Comparison | None = None) -> RunEnd:
    """Put together what the parent run of a sweep ends with; MLflow shows a table beside its cells if logged here.

    Args:
        engine: the metrics DB.
        run_ids: of its cells.
        comparison: of them, as recorded; None makes it.
    """
    results = comparison.results if comparison is not None else read_results(as_recorded(engine), run_ids)

    @cache
    def view() -> View:
        config = json.loads(tracked_run(engine, run_ids[0]).config_json)
        return View(comparison=comparison or compare_as(results, config))

    return run_end(
        results,
        note=lambda: markdown_comparison(view()),
        tables={
            "cells": lambda: cells_table(results.summaries),
            "comparison": lambda: comparison_frame(view().comparison, view().against),
        },
        series=None,
    )


def cell_end_values(engine: Engine, run_id: str, results: Results) -> dict[str, Any] | None:
    """Make what the MLflow run of a cell ends with; None where the results hold corrections, which MLflow does not."""
    if corrected_runs(engine, [run_id]):
        return None
    return as_values(cell_end(engine, tracked_run(engine, run_id), results))


def sweep_end_values(engine: Engine, comparison: Comparison) -> dict[str, Any] | None:
    """Make what the parent run of a sweep ends with; None as of a cell, and where the comparison lacks some of them."""
    runs = comparison.results.runs
    run_ids = [] if runs[0].sweep_id is None else runs_of_sweep(engine, runs[0].sweep_id)
    if {part for run in runs for part in run.parts} != set(run_ids) or corrected_runs(engine, run_ids):
        return None
    return as_values(sweep_end(engine, run_ids, comparison))
