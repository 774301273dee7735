"""What is said while cells run and when they are over; what fails here costs no call: the metrics DB has them all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gencost.config import Cell
from gencost.errors import ReportError
from gencost.metrics_db import db_url
from gencost.metrics_db.tracked import set_mlflow_error
from gencost.report.console import make_console
from gencost.stores import Stores
from gencost.tracking.follower import Follower
from gencost.tracking.place import links, ui_command

console = make_console()


def write_config(cell: Cell) -> list[Path]:
    """Write the resolved config of a cell; says so if it cannot."""
    path = cell.output_dir / "config.yaml"
    try:
        path.write_text(cell.yaml, encoding="utf-8")
    except OSError as error:
        say_lost(ReportError(f"{path} cannot be written: {error.strerror}"))
        return []
    return [path]


def say_lost(error: Exception) -> None:
    """Say what could not be written; no call is lost by it."""
    console.print(f"{error}; the metrics DB has every call", style="red", highlight=False, markup=False)


def say(line: str, *, bad: bool = False) -> None:
    """Say one line as it is."""
    console.print(line, style="red" if bad else None, highlight=False, markup=False, soft_wrap=True)


def say_where(files: Sequence[Path], folder: Path, stores: Stores) -> None:
    """Say where the results are."""
    shown = db_url(str(stores.engine.url.render_as_string(hide_password=False))).render_as_string(hide_password=True)
    say(f"metrics DB  {shown}")
    if files:
        say(f"files       {folder}: {', '.join(path.name for path in files)}")


def close(stores: Stores) -> None:
    """Wait for MLflow, as long as it makes progress, and close the metrics DB: SQLite is then one file."""
    if stores.follower is not None:
        _close_mlflow(stores, stores.follower)
    stores.engine.dispose()


def _close_mlflow(stores: Stores, follower: Follower) -> None:
    """Say where its pages are, and what it lacks."""
    end = follower.close(lambda: say("MLflow is catching up; Ctrl-C leaves the rest to: gencost mlflow sync"))
    command = ui_command(follower.uri)
    if end.experiment_id is not None:
        pages = links(follower.uri, end.experiment_id, list(end.runs.values()))
        say(f"MLflow      {command or 'shows'}")
        for page in pages:
            say(f"            {page}")
    if end.why is not None:
        for key in end.left:
            set_mlflow_error(stores.engine, key, end.why)
        say(f"MLflow lacks part of this: {end.why}; catch up with: gencost mlflow sync", bad=True)
