"""Where the calls of one command go: the metrics DB, and MLflow."""

from __future__ import annotations

from dataclasses import dataclass

from gencost.config import Cell
from gencost.metrics_db import Engine, init_db
from gencost.tracking import Follower, check, tracking_uri


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Where the calls of one command go.

    Attributes:
        engine: the metrics DB.
        follower: keeps MLflow in line with it; None with ``tracking=none``, and where another process does it.
    """

    engine: Engine
    follower: Follower | None

    @classmethod
    def open(cls, cell: Cell, *, follow: bool = True) -> Stores:
        """Open both; what can be checked without leaving a trace is checked first.

        Args:
            cell: says where they are.
            follow: False in a job of a launcher: the process that launched it follows all cells of its sweep.

        Raises:
            MetricsDBError: the metrics DB cannot be used.
            TrackingError: the tracking store cannot be used.
        """
        tracking = cell.config.tracking
        if not (tracking.enabled and follow):
            return cls(engine=init_db(cell.config.metrics_db.url), follower=None)
        uri = tracking_uri(tracking.uri)
        check(uri, cell.config.name)
        engine = init_db(cell.config.metrics_db.url)
        settings = {"live_s": tracking.live_s, "patience_s": tracking.patience_s}
        url = engine.url.render_as_string(hide_password=False)
        return cls(engine=engine, follower=Follower(uri, cell.config.name, url, settings))
