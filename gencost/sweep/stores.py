"""The stores of one command: the metrics DB, and MLflow."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gencost.config.sweep_settings import SweepSettings
from gencost.metrics_db import Engine, db_url, init_db
from gencost.metrics_db.runs import set_mlflow_error
from gencost.process.waiting import shown_enough, wait_for
from gencost.report.figures.drawing import Drawing
from gencost.report.say import attempted, say, show
from gencost.tracking import SyncClient, check, tracking_uri
from gencost.tracking.uri import links, ui_command

if TYPE_CHECKING:  # pandas is imported when the calls are over
    from gencost.report.figures.figure_numbers import FigureOrder


@dataclass(frozen=True, kw_only=True)
class Stores:
    """The stores that the calls of one command go to.

    Attributes:
        engine: the metrics DB.
        sync: keeps MLflow in line with it; None with ``tracking=none``, and where another process does it.
        drawing: makes the figures.
    """

    engine: Engine
    sync: SyncClient | None
    drawing: Drawing = field(default_factory=Drawing)

    @classmethod
    def open(cls, settings: SweepSettings, *, sync: bool = True) -> Stores:
        """Open both; what can be checked without leaving a trace is checked first.

        Args:
            settings: say where they are.
            sync: False in a job of a launcher: the process that launched it syncs all cells of its sweep.

        Raises:
            MetricsDBError: the metrics DB cannot be used.
            TrackingError: the tracking store cannot be used.
        """
        tracking = settings.tracking
        if not (tracking.enabled and sync):
            return cls(engine=init_db(settings.metrics_db_url), sync=None)
        uri = tracking_uri(tracking.uri)
        check(uri, settings.name)
        engine = init_db(settings.metrics_db_url)
        patience = {"live_s": tracking.live_s, "patience_s": tracking.patience_s}
        url = engine.url.render_as_string(hide_password=False)
        return cls(engine=engine, sync=SyncClient(uri, settings.name, url, patience))

    def draw(self, run_id: str, orders: Sequence[FigureOrder], files: list[Path], end: dict[str, Any] | None) -> None:
        """Have the figures of a run drawn, then end its run in MLflow.

        Args:
            run_id: the run.
            orders: the figures.
            files: its other files, to which the figures are added.
            end: what MLflow gets of it; None leaves it to the process that logs it.
        """

        def over(drawn: Sequence[Path]) -> None:
            files.extend(drawn)
            if self.sync is not None:
                self.sync.ended(run_id, files, end)

        self.drawing.draw(orders, over)

    def wait_for_figures(self, key: str) -> None:
        """Wait until the figures are drawn; report those that are missing.

        Args:
            key: id of the run or sweep whose page shows them, too.
        """
        self.drawing.wait(f"{self._command('report', key)} shows what it would have shown")

    def _command(self, name: str, key: str) -> str:
        url = self.engine.url
        other = "" if url == db_url() else f" --db {shlex.quote(url.render_as_string(hide_password=True))}"
        return f"gencost {name} {key[:8]}{other}"

    def say_where(self, kind: str, key: str, files: Sequence[Path], folder: Path) -> None:
        """Say where the results are, and by which id commands take them.

        Args:
            kind: sweep or run.
            key: its id.
            files: that were written.
            folder: of the files.
        """
        show(f"{kind:<12}{key[:8]}: {self._command('compare', key)}")
        show(f"metrics DB  {self.engine.url.render_as_string(hide_password=True)}")
        if files:
            show(f"files       {folder}: {', '.join(path.name for path in files)}")

    def close(self) -> None:
        """Wait for MLflow, as long as it makes progress, and close the metrics DB: SQLite is then one file."""
        self.drawing.stop()
        if self.sync is not None:
            sync = self.sync
            attempted("the end of MLflow", lambda: self._close_mlflow(sync))
        self.engine.dispose()

    def _close_mlflow(self, sync: SyncClient) -> None:
        """Print the links to MLflow's pages, and what it lacks."""

        def slow() -> None:
            shown_enough()
            say("MLflow ... is catching up; Ctrl-C leaves the rest to: gencost mlflow sync")

        wait_for("writing MLflow")
        end = sync.close(slow)
        shown_enough()
        command = ui_command(sync.uri)
        if end.experiment_id is not None:
            pages = links(sync.uri, end.experiment_id, list(end.runs.values()))
            show(f"MLflow      {command or 'shows'}")
            for page in pages:
                show(f"            {page}")
        if end.why is not None:
            for key in end.left:
                set_mlflow_error(self.engine, key, end.why)
            say(f"MLflow lacks part of this: {end.why}; catch up with: gencost mlflow sync", bad=True)
