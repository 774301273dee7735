"""What the MLflow run of a sweep and of a cell contains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gencost import provenance
from gencost.analysis.results import Results
from gencost.runner.plan import Plan
from gencost.tracking.client import NOTE_TAG, RUN_TAG, SWEEP_TAG, PromptInput, RunStart, Tracking, flat

_SERIES = {"latency_ms": "call_latency_ms", "cost_usd": "call_cost_usd"}


@dataclass(frozen=True, kw_only=True)
class RunEnd:
    """What is known of an MLflow run when it ends.

    Attributes:
        status: ``finished``, ``failed`` or ``interrupted``.
        results: of its cell, or of all cells of its sweep.
        note: Markdown for its description.
        files: its artifacts.
        series_max: per-call series are thinned above so many calls; 0 logs none.
    """

    status: str
    results: Results
    note: str
    files: Sequence[Path]
    series_max: int


def start_sweep(tracking: Tracking, sweep_id: str, name: str, command: str) -> str:
    """Start the parent run of a sweep.

    Returns:
        MLflow's id of it.
    """
    with tracking.errors():
        return tracking.start(RunStart(name=name, params={"command": command}, tags=_tags({SWEEP_TAG: sweep_id})))


def start_cell(tracking: Tracking, plan: Plan, sweep_id: str | None, parent: str | None) -> str:
    """Start the run of one cell with its whole config as params and its prompt set as dataset input.

    Args:
        tracking: where.
        plan: the cell.
        sweep_id: None for a single run.
        parent: MLflow's id of the sweep's run; None for a single run.

    Returns:
        MLflow's id of it.
    """
    cell = plan.cell
    tags = {RUN_TAG: plan.run_id, "gencost.cell_key": plan.cell_key}
    if sweep_id is not None:
        tags[SWEEP_TAG] = sweep_id
    params = {**flat(_own_price_only(cell.resolved)), "overrides": " ".join(cell.overrides)}
    prompts = PromptInput(
        name=cell.prompts.name,
        digest=plan.digest,
        source=str(cell.resolved["prompts"].get("path", "")),
        rows=len(plan.samples),
    )
    with tracking.errors():
        run_id = tracking.start(RunStart(name=plan.name, params=params, tags=_tags(tags), parent=parent))
        tracking.log_prompts(run_id, prompts)
    return run_id


def reopen_sweep(tracking: Tracking, sweep_id: str) -> str | None:
    """Find the parent run of a sweep and mark it as running again; None if this store has none."""
    with tracking.errors():
        run_id = tracking.find({SWEEP_TAG: sweep_id}, parents=True)
        if run_id is not None:
            tracking.reopen(run_id)
        return run_id


def reopen_cell(tracking: Tracking, run_id: str) -> None:
    """Mark the run of a cell as running again."""
    with tracking.errors():
        tracking.reopen(run_id)


def end(tracking: Tracking, run_id: str, run: RunEnd) -> None:
    """Log what a run came to, and end it, even where logging fails."""
    try:
        with tracking.errors():
            tracking.tag(run_id, {NOTE_TAG: run.note})
            tracking.log_metrics(run_id, run.results.metrics())
            if run.series_max:
                columns = {**_SERIES, f"score_{run.results.score}": "call_quality"}
                tracking.log_series(run_id, run.results.calls.sort_values("ts"), columns, run.series_max)
            tracking.log_files(run_id, run.files)
    finally:
        with tracking.errors():
            tracking.end(run_id, run.status)


def _tags(own: Mapping[str, str]) -> dict[str, str]:
    tags = {"mlflow.user": provenance.user(), **own}
    commit = provenance.git_commit()
    return {**tags, "mlflow.source.git.commit": commit} if commit else tags


def _own_price_only(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """Put the price of the cell's own model under one key for all cells; ``config.yaml`` has the whole registry."""
    key = f"{resolved['provider'].get('name', '')}:{resolved['model']['name']}"
    settings = {name: value for name, value in resolved["pricing"].items() if name != "models"}
    price = (resolved["pricing"].get("models") or {}).get(key, "unknown")
    return {**resolved, "pricing": {**settings, "price": price}}
