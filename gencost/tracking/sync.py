"""Bring MLflow into line with the metrics DB: while the calls are made, when they are over, or from nothing later.

Invariant: whatever MLflow gets of a run is made of the metrics DB, here, so a lost tracking store costs nothing.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import ModuleType

from gencost.analysis.recorded.runs import runs
from gencost.analysis.recorded.traced import traced_calls, traced_requests
from gencost.analysis.timeline import Point, Timeline
from gencost.metrics_db import Engine
from gencost.metrics_db import runs as db
from gencost.metrics_db.runs import TrackedRun, tracked_run, tracked_sweep
from gencost.report.say import attempted, collected
from gencost.tracking import Tracking, content
from gencost.tracking.end_values import RunEnd
from gencost.tracking.settings import tracking_settings
from gencost.tracking.traces import log_traces

# A call is committed within a second of its end.
_SETTLED = timedelta(seconds=1)
_LONGEST = 1000

Progress = Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class FinishedRun:
    """An MLflow run that has ended.

    Attributes:
        mlflow_id: MLflow's id of it.
        lacks: which pieces of its content could not be made or logged, and why; None if it lacks nothing.
    """

    mlflow_id: str
    lacks: str | None


class MLflowSync:
    """Writes runs and sweeps of one metrics DB into one experiment of one tracking store; what is there is left.

    Args:
        engine: the metrics DB.
        tracking: the tracking store.
        progress: called after each piece of work.
    """

    def __init__(self, engine: Engine, tracking: Tracking, progress: Progress = lambda: None) -> None:
        self._engine = engine
        self._tracking = tracking
        self._progress = progress
        self._ids: dict[str, str] = {}
        self._timelines: dict[str, Timeline] = {}

    @cached_property
    def running(self) -> frozenset[str]:
        """Ids of the runs and sweeps that MLflow shows as running.

        Raises:
            TrackingError: MLflow fails.
        """
        with self._tracking.errors():
            return frozenset(self._tracking.running((content.RUN_TAG, content.SWEEP_TAG)))

    def start_sweep(self, sweep_id: str) -> str:
        """Find, else start, the parent run of a sweep; one that goes on is marked as running.

        Returns:
            MLflow's id of it.

        Raises:
            TrackingError: MLflow fails.
            MetricsDBError: the sweep is not there.
        """
        if sweep_id not in self._ids:
            sweep = tracked_sweep(self._engine, sweep_id)
            with self._tracking.errors():
                parent_id = self._tracking.find(content.SWEEP_TAG, sweep_id, parent=True)
                if parent_id is not None and sweep.status == "running":
                    self._tracking.reopen(parent_id)
                self._ids[sweep_id] = parent_id or self._tracking.start(content.sweep_start(sweep))
            db.set_mlflow_run(self._engine, sweep_id, self._ids[sweep_id])
            self._progress()
        return self._ids[sweep_id]

    def start_run(self, run_id: str) -> str:
        """Find, else start, the run of a cell and of its sweep; one that goes on is marked as running.

        Returns:
            MLflow's id of it.

        Raises:
            TrackingError: MLflow fails.
            MetricsDBError: the run is not there.
        """
        if run_id not in self._ids:
            run = tracked_run(self._engine, run_id)
            parent = self.start_sweep(run.sweep_id) if run.sweep_id is not None else None
            with self._tracking.errors():
                self._ids[run_id] = self._find_or_start(run, parent)
            db.set_mlflow_run(self._engine, run_id, self._ids[run_id])
            self._progress()
        return self._ids[run_id]

    def _find_or_start(self, run: TrackedRun, parent: str | None) -> str:
        mlflow_id = self._tracking.find(content.RUN_TAG, run.run_id)
        if mlflow_id is not None:
            if run.status == "running":
                self._tracking.reopen(mlflow_id)
            return mlflow_id
        started = self._tracking.start(content.cell_start(run, self._cell(run), parent))
        prompts = content.prompt_input(run)
        if prompts is not None:
            self._tracking.log_prompts(started, prompts)
        return started

    def _cell(self, run: TrackedRun) -> str:
        """The name of a cell among those of its sweep."""
        return runs(self._engine, run_ids=[run.run_id])[0].cell

    def update_run(self, run_id: str) -> None:
        """Log the figures of a running cell since the last time.

        Raises:
            TrackingError: MLflow fails; what it lacks is logged the next time.
        """
        run = tracked_run(self._engine, run_id)
        mlflow_id = self.start_run(run_id)
        self._log_points(run, mlflow_id, datetime.now(UTC) - _SETTLED)

    def _log_points(self, run: TrackedRun, mlflow_id: str, until: datetime) -> None:
        settings = tracking_settings(run)
        timeline = self._timelines.pop(run.run_id, None)
        if timeline is None:
            score = None if run.score_late else run.score  # a score that comes later is of no moment
            timeline = Timeline(self._engine, run.run_id, run.started_at, score, settings.live_s)
        points = timeline.new_points(until)
        with self._tracking.errors():
            self._tracking.log_points(mlflow_id, points)
        self._timelines[run.run_id] = timeline  # had it failed, the next time begins anew: what is there stays as it is
        self._progress()

    def finish_run(self, run_id: str, files: Sequence[Path] | None = None, end: RunEnd | None = None) -> FinishedRun:
        """Log whatever MLflow lacks of a cell that is over, and end its run, even where logging fails.

        Args:
            run_id: the cell.
            files: its artifacts; None makes them again.
            end: its results; None reads them.

        Raises:
            TrackingError: MLflow does not answer.
        """
        run = tracked_run(self._engine, run_id)
        ended_at = run.ended_at or datetime.now(UTC)
        mlflow_id = self.start_run(run_id)
        with self._ending(mlflow_id, run.status, ended_at) as lacks, tempfile.TemporaryDirectory() as folder:
            self._piece("the metrics over time", lambda: self._log_points(run, mlflow_id, ended_at))
            if files is None:
                files = attempted("the files", lambda: _recorded().cell_files(self._engine, run, Path(folder)))
            end = end or attempted("the results", lambda: _recorded().cell_end(self._engine, run))
            lacks.extend(self._log_end(mlflow_id, end, content.last_moment(run.started_at, ended_at)))
            self._log_files(mlflow_id, files or ())
            self._piece("the traces", lambda: self._log_traces(run, mlflow_id))
        return self._finished(run_id, mlflow_id, lacks)

    def _log_traces(self, run: TrackedRun, mlflow_id: str) -> None:
        traces = tracking_settings(run).traces
        chosen = traced_requests(self._engine, run.run_id, traces.mode, traces.max)
        with self._tracking.errors():
            for _ in log_traces(self._tracking, mlflow_id, traced_calls(self._engine, chosen)):
                self._progress()

    def finish_sweep(
        self, sweep_id: str, files: Sequence[Path] | None = None, end: RunEnd | None = None
    ) -> FinishedRun:
        """Log the results of a sweep, and end its parent run, even where logging fails.

        Args:
            sweep_id: the sweep.
            files: its artifacts; None makes them again.
            end: its results; None reads them.

        Raises:
            TrackingError: MLflow does not answer.
        """
        sweep = tracked_sweep(self._engine, sweep_id)
        ended_at = sweep.ended_at or datetime.now(UTC)
        mlflow_id = self.start_sweep(sweep_id)
        run_ids = db.runs_of_sweep(self._engine, sweep_id)
        with self._ending(mlflow_id, sweep.status, ended_at) as lacks, tempfile.TemporaryDirectory() as folder:
            if run_ids:  # a sweep whose cells all failed before they began has none
                if files is None:
                    files = attempted("the files", lambda: _recorded().sweep_files(self._engine, run_ids, Path(folder)))
                end = end or attempted("the results", lambda: _recorded().sweep_end(self._engine, run_ids))
                lacks.extend(self._log_end(mlflow_id, end, content.last_moment(sweep.started_at, ended_at)))
                self._log_files(mlflow_id, files or ())
                self._piece("the names of its cells", lambda: self._rename(run_ids))
        return self._finished(sweep_id, mlflow_id, lacks)

    def _rename(self, run_ids: Sequence[str]) -> None:
        """Name the cells of a sweep that is over: those that came later can change what sets one apart."""
        names = {part: cell.cell for cell in runs(self._engine, run_ids=run_ids) for part in cell.parts}
        for run in (tracked_run(self._engine, run_id) for run_id in run_ids):
            if run.mlflow_run_id is not None:
                self._tracking.rename(run.mlflow_run_id, content.run_name(run, names[run.run_id]))

    @contextlib.contextmanager
    def _ending(self, mlflow_id: str, status: str, ended_at: datetime) -> Iterator[list[str]]:
        """End an MLflow run, whatever happens inside; yields the list of what it lacks."""
        with collected() as lacks:
            try:
                yield lacks
            finally:
                with self._tracking.errors():
                    self._tracking.end(mlflow_id, _over(status), ended_at)

    def _piece(self, what: str, log: Callable[[], None]) -> None:
        """Log one piece of a run's content; only a store that does not answer at all ends the others, too."""

        def tracked() -> bool:
            with self._tracking.errors():
                log()
            return True

        if attempted(what, tracked) is None:
            with self._tracking.errors():
                self._tracking.ping()
        self._progress()

    def _log_end(self, mlflow_id: str, end: RunEnd | None, at: Point) -> Sequence[str]:
        if end is None:
            return ()
        for what, log in content.end_pieces(self._tracking, mlflow_id, end, at):
            self._piece(what, log)
        return end.lacks

    def _log_files(self, mlflow_id: str, files: Sequence[Path]) -> None:
        for what, log in content.file_pieces(self._tracking, mlflow_id, files):
            self._piece(what, log)

    def _finished(self, key: str, mlflow_id: str, lacks: Sequence[str]) -> FinishedRun:
        finished = FinishedRun(mlflow_id=mlflow_id, lacks="; ".join(lacks)[:_LONGEST] or None)
        db.set_mlflow_error(self._engine, key, finished.lacks)
        self._progress()
        return finished


def _over(status: str) -> str:
    """Return the status to end an MLflow run with: one that is still running was interrupted."""
    return "interrupted" if status == "running" else status


def _recorded() -> ModuleType:
    from gencost.tracking import recorded  # noqa: PLC0415 - pandas and all that; the caller often has made it already

    return recorded
