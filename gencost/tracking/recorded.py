"""Everything that MLflow gets of recorded cells, made of the metrics DB as it was recorded, without corrections."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from functools import cache, partial
from pathlib import Path
from typing import Any

from gencost.analysis import frames
from gencost.analysis.corrections import as_recorded
from gencost.analysis.results import read_results
from gencost.config.cell import as_yaml
from gencost.config.schema import ReportConfig, TracesConfig, TrackingConfig
from gencost.metrics_db import Engine
from gencost.metrics_db.runs import TrackedRun, tracked_run
from gencost.report.comparison import View, markdown_comparison
from gencost.report.files import write_config, write_files
from gencost.report.publish import compare_as, write_report
from gencost.report.structured import comparison_frame
from gencost.tracking.content import SERIES_COLUMNS, RunEnd, calls_table, cells_table
from gencost.tracking.policy_overview import quick_section


def cell_files(engine: Engine, run: TrackedRun, folder: Path) -> list[Path]:
    """Make the files of a recorded cell again."""
    config = write_config(as_yaml(json.loads(run.config_json)), folder)
    results = read_results(as_recorded(engine), [run.run_id])
    return [*config, *write_files(engine, results, _report_settings(run), run.name, folder)]


def sweep_files(engine: Engine, run_ids: Sequence[str], folder: Path) -> list[Path]:
    """Make the files of a recorded sweep again."""
    first, results = tracked_run(engine, run_ids[0]), read_results(as_recorded(engine), run_ids)
    settings = _report_settings(first)
    files = write_files(engine, results, settings, first.name, folder)
    comparison = compare_as(results, json.loads(first.config_json))
    return files + write_report(engine, comparison, settings, folder, partial(quick_section, engine))


def _report_settings(run: TrackedRun) -> ReportConfig:
    return ReportConfig(**_known(ReportConfig, json.loads(run.config_json)["report"]))


def cell_end(engine: Engine, run: TrackedRun) -> RunEnd:
    """Put together what the MLflow run of a cell ends with."""
    results = read_results(as_recorded(engine), [run.run_id])
    return RunEnd(
        results=results,
        note=lambda: markdown_comparison(View(comparison=compare_as(results, json.loads(run.config_json)))),
        tables={"calls": lambda: calls_table(as_recorded(engine), results)},
        series=lambda: frames.calls(as_recorded(engine), [run.run_id], columns=SERIES_COLUMNS),
        series_max=tracking_settings(run).series_max,
    )


def sweep_end(engine: Engine, run_ids: Sequence[str]) -> RunEnd:
    """Put together what the parent run of a sweep ends with; a table beside its cells is shown by MLflow if it is here.

    Args:
        engine: the metrics DB.
        run_ids: of its cells.
    """
    results = read_results(as_recorded(engine), run_ids)
    config = json.loads(tracked_run(engine, run_ids[0]).config_json)
    view = cache(lambda: View(comparison=compare_as(results, config)))
    return RunEnd(
        results=results,
        note=lambda: markdown_comparison(view()),
        tables={
            "cells": lambda: cells_table(results.summaries),
            "comparison": lambda: comparison_frame(view().comparison, view().against),
        },
    )


def tracking_settings(run: TrackedRun) -> TrackingConfig:
    """The settings a recorded cell was tracked with; what an older GenCost did not know is as by default."""
    settings = json.loads(run.config_json).get("tracking", {})
    traces = TracesConfig(**_known(TracesConfig, settings.get("traces", {})))
    return TrackingConfig(**{**_known(TrackingConfig, settings), "traces": traces})


def _known(schema: Any, values: dict[str, Any]) -> dict[str, Any]:
    names = {f.name for f in fields(schema)}
    return {key: value for key, value in values.items() if key in names}
