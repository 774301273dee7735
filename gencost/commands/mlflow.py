"""``gencost mlflow``: bring MLflow into line with the metrics DB."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence

from gencost.commands.selection import chosen_runs, open_db
from gencost.errors import TrackingError
from gencost.exit_codes import OK
from gencost.metrics_db import Engine
from gencost.metrics_db.runs import TrackedRun, all_runs, behind, interrupt, tracked_run, tracked_sweep
from gencost.tracking import Tracking, tracking_uri
from gencost.tracking.sync import Mirror

_MASK = "***"


def sync(given: argparse.Namespace) -> int:
    """Log what MLflow lacks of the chosen runs."""
    engine = open_db(given)
    if given.all:
        run_ids = all_runs(engine)
    elif given.run or given.sweep:
        run_ids = chosen_runs(engine, given)
    else:
        run_ids = behind(engine)
    _bring_into_line(engine, run_ids, given.uri)
    if not run_ids:
        _say("MLflow is not known to lack anything; name runs with --sweep, --run or --all")
    return OK


def _bring_into_line(engine: Engine, run_ids: Sequence[str], uri: str | None) -> None:
    """Log everything of some runs, then of their sweeps; what still runs is brought up to now."""
    mirrors = _Mirrors(engine, uri)
    sweeps: dict[str, TrackedRun] = {}
    for number, run_id in enumerate(run_ids, 1):
        run = tracked_run(engine, run_id)
        mirror = mirrors.of(run)
        if run.status == "running":
            mirror.follow(run_id)
        else:
            mirror.finish_run(run_id)
        if run.sweep_id is not None:
            sweeps[run.sweep_id] = run
        _say(f"{number}/{len(run_ids)}  {run_id[:8]}  {run.name}  {run.cell}  {run.status}")
    for sweep_id, run in sweeps.items():
        if tracked_sweep(engine, sweep_id).status != "running":
            mirrors.of(run).finish_sweep(sweep_id)
            _say(f"sweep {sweep_id[:8]}  {run.name}")


def repair(given: argparse.Namespace) -> int:
    """End, in both stores, what a crash left running."""
    engine = open_db(given)
    named = chosen_runs(engine, given) if given.run or given.sweep else None
    ended = interrupt(engine, named)
    for key in ended.runs:
        _say(f"run {key[:8]} was running and is interrupted now")
    for key in ended.sweeps:
        _say(f"sweep {key[:8]} was running and is interrupted now")
    left = list(_left_running(engine, given.uri))
    _bring_into_line(engine, left, given.uri)
    if not (ended.runs or ended.sweeps or left):
        _say("nothing to repair")
    return OK


def _left_running(engine: Engine, uri: str | None) -> Iterator[str]:
    """Find runs that are over in the metrics DB and running in MLflow, as they or their sweeps are."""
    mirrors = _Mirrors(engine, uri)
    for run_id in all_runs(engine):
        run = tracked_run(engine, run_id)
        if run.mlflow_run_id is None:
            continue
        over = run.status != "running" and run_id in mirrors.of(run).running
        sweep_id = run.sweep_id
        if over or (sweep_id in mirrors.of(run).running and tracked_sweep(engine, str(sweep_id)).status != "running"):
            yield run_id


class _Mirrors:
    """One mirror for each experiment of each store."""

    def __init__(self, engine: Engine, uri: str | None) -> None:
        self._engine = engine
        self._uri = uri
        self._made: dict[tuple[str, str], Mirror] = {}

    def of(self, run: TrackedRun) -> Mirror:
        """The mirror that a run is written with.

        Raises:
            TrackingError: its store cannot be opened, or has a password, which is not recorded.
        """
        recorded = json.loads(run.config_json).get("tracking", {}).get("uri")
        uri = tracking_uri(self._uri or recorded)
        if _MASK in uri:
            raise TrackingError(f"run {run.run_id[:8]} was tracked in {uri}, whose password is not kept: give --uri")
        key = (uri, run.name)
        if key not in self._made:
            self._made[key] = Mirror(self._engine, Tracking(uri, run.name))
        return self._made[key]


def _say(line: str) -> None:
    print(line)  # noqa: T201 - a command
