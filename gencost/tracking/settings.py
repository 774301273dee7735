"""The settings that recorded cells were made with; what an older GenCost did not know is as by default."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from gencost.config.schema import ReportConfig, TracesConfig, TrackingConfig
from gencost.metrics_db.runs import TrackedRun


def report_settings(run: TrackedRun) -> ReportConfig:
    """Return the recorded settings of report files."""
    return ReportConfig(**_known(ReportConfig, json.loads(run.config_json)["report"]))


def tracking_settings(run: TrackedRun) -> TrackingConfig:
    """Return the recorded settings of MLflow."""
    settings = json.loads(run.config_json).get("tracking", {})
    traces = TracesConfig(**_known(TracesConfig, settings.get("traces", {})))
    return TrackingConfig(**{**_known(TrackingConfig, settings), "traces": traces})


def _known(schema: Any, values: dict[str, Any]) -> dict[str, Any]:
    names = {f.name for f in fields(schema)}
    return {key: value for key, value in values.items() if key in names}
