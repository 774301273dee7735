"""``gencost mlflow``: bring MLflow into line with the metrics DB."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence

from gencost.commands.selection import chosen_runs, opened_db
from gencost.errors import ReportError, TrackingError
from gencost.metrics_db import Engine
from gencost.metrics_db.runs import (
    TrackedRun,
    all_runs,
    behind,
    behind_sweeps,
    interrupt,
    runs_of_sweep,
    tracked_run,
    tracked_sweep,
)
from gencost.process.exit_codes import FAILED, OK
from gencost.report.say import explained
from gencost.tracking import Tracking, tracking_uri
from gencost.tracking.sync import MLflowSync
from gencost.tracking.uri import check_scheme, is_server

_MASK = "***"


def sync(given: argparse.Namespace) -> int:
    """Log what MLflow lacks of the chosen runs."""
    _check(given.uri)
    with opened_db(given) as engine:
        return _sync(engine, given)


def _check(uri: str | None) -> None:
    """Refuse a store that cannot be, though nothing may be to do there."""
    if uri is not None and not is_server(uri):
        check_scheme(uri)


def _sync(engine: Engine, given: argparse.Namespace) -> int:
    if given.all:
        run_ids = all_runs(engine)
    elif given.run or given.sweep:
        run_ids = chosen_runs(engine, given)
    else:
        run_ids = behind(engine)
    sweep_ids = [] if given.all or given.run or given.sweep else behind_sweeps(engine)
    if not (run_ids or sweep_ids):
        _say("MLflow is not known to lack anything; name runs with --sweep, --run or --all")
    return _bring_into_line(engine, run_ids, sweep_ids, given.uri)


def _bring_into_line(engine: Engine, run_ids: Sequence[str], sweep_ids: Sequence[str], uri: str | None) -> int:
    """Log everything of some runs, then of their sweeps and of others; what still runs is brought up to now.

    Returns:
        The exit code: 1 if part of it could not be logged.

    Raises:
        TrackingError: no store of any of them answers.
    """
    syncs, runs = _Syncs(engine, uri), [tracked_run(engine, run_id) for run_id in run_ids]
    sweeps = {run.sweep_id: run for run in runs if run.sweep_id is not None}
    sweeps |= {key: tracked_run(engine, runs_of_sweep(engine, key)[0]) for key in sweep_ids if key not in sweeps}
    todo = [(run, run.run_id, f"{run.run_id[:8]}  {run.name}  {run.cell}  {run.status}") for run in runs]
    over = {key: run for key, run in sweeps.items() if tracked_sweep(engine, key).status != "running"}
    todo += [(run, sweep_id, f"sweep {sweep_id[:8]}  {run.name}") for sweep_id, run in over.items()]
    errors: dict[str, Exception] = {}
    for number, (run, key, line) in enumerate(todo, 1):
        try:
            lacks = syncs.log(run, key)
        except Exception as error:  # noqa: BLE001 - a door: said below, the others go on
            errors[line] = error
            continue
        _say(f"{number}/{len(todo)}  {line}")
        errors |= {} if lacks is None else {line: ReportError(lacks)}
    if errors and len(errors) == len(todo) and all(isinstance(why, TrackingError) for why in errors.values()):
        raise next(iter(errors.values()))
    for line, why in errors.items():
        _say(f"{line}  failed: {explained(why)}")
    return FAILED if errors else OK


def repair(given: argparse.Namespace) -> int:
    """End, in both stores, what a crash left running."""
    _check(given.uri)
    with opened_db(given) as engine:
        return _repair(engine, given)


def _repair(engine: Engine, given: argparse.Namespace) -> int:
    named = chosen_runs(engine, given) if given.run or given.sweep else None
    ended = interrupt(engine, named)
    for key in ended.runs:
        _say(f"run {key[:8]} was running and is interrupted now")
    for key in ended.sweeps:
        _say(f"sweep {key[:8]} was running and is interrupted now")
    left = list(_left_running(engine, given.uri))
    if not (ended.runs or ended.sweeps or left):
        _say("nothing to repair")
    return _bring_into_line(engine, left, (), given.uri)


def _left_running(engine: Engine, uri: str | None) -> Iterator[str]:
    """Find runs that are over in the metrics DB and running in MLflow, as they or their sweeps are."""
    syncs = _Syncs(engine, uri)
    for run_id in all_runs(engine):
        run = tracked_run(engine, run_id)
        if run.mlflow_run_id is None:
            continue
        over = run.status != "running" and run_id in syncs.of(run).running
        sweep_id = run.sweep_id
        if over or (sweep_id in syncs.of(run).running and tracked_sweep(engine, str(sweep_id)).status != "running"):
            yield run_id


class _Syncs:
    """One sync for each experiment of each store; a store that does not answer is not asked again."""

    def __init__(self, engine: Engine, uri: str | None) -> None:
        self._engine = engine
        self._uri = uri
        self._made: dict[tuple[str, str], MLflowSync | TrackingError] = {}

    def log(self, run: TrackedRun, key: str) -> str | None:
        """Log a run, or the sweep that it is of.

        Args:
            run: the run.
            key: its id, or that of its sweep.

        Returns:
            What could not be logged, and why; None if nothing is missing.

        Raises:
            TrackingError: its store does not answer.
        """
        store_sync = self.of(run)
        try:
            if key != run.run_id:
                return store_sync.finish_sweep(key).lacks
            if run.status != "running":
                return store_sync.finish_run(key).lacks
            store_sync.update_run(key)
        except TrackingError as error:
            self._made[self._key(run)] = error
            raise
        return None

    def of(self, run: TrackedRun) -> MLflowSync:
        """The sync that a run is written with.

        Raises:
            TrackingError: its store cannot be opened, or has a password, which is not recorded.
        """
        key = self._key(run)
        if key not in self._made:
            try:
                self._made[key] = MLflowSync(self._engine, Tracking(*key))
            except TrackingError as error:
                self._made[key] = error
        store_sync = self._made[key]
        if isinstance(store_sync, TrackingError):
            raise store_sync
        return store_sync

    def _key(self, run: TrackedRun) -> tuple[str, str]:
        return store_of(run, self._uri)


def store_of(run: TrackedRun, uri: str | None) -> tuple[str, str]:
    """The tracking store and the experiment of a run.

    Args:
        run: its row.
        uri: another store that was named; None takes the recorded one.

    Raises:
        TrackingError: it has a password, which is not recorded.
    """
    uri = tracking_uri(uri or json.loads(run.config_json).get("tracking", {}).get("uri"))
    if _MASK in uri:
        raise TrackingError(f"run {run.run_id[:8]} was tracked in {uri}, whose password is not kept: give --uri")
    return uri, run.name


def _say(line: str) -> None:
    print(line)  # noqa: T201 - a command
