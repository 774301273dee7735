"""Where the calls of one command go: the metrics DB, and MLflow."""

from __future__ import annotations

from dataclasses import dataclass

from gencost.config import Cell
from gencost.metrics_db import Engine, init_db
from gencost.tracking import Tracking, check, tracking_uri


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Where the calls of one command go.

    Attributes:
        engine: the metrics DB.
        tracking: MLflow; None with ``tracking=none``.
    """

    engine: Engine
    tracking: Tracking | None

    @classmethod
    def open(cls, cell: Cell) -> Stores:
        """Open both; what can be checked without leaving a trace is checked first.

        Raises:
            MetricsDBError: the metrics DB cannot be used.
            TrackingError: the tracking store cannot be used.
        """
        config = cell.config
        uri = tracking_uri(config.tracking.uri)
        if not config.tracking.enabled:
            return cls(engine=init_db(config.metrics_db.url), tracking=None)
        check(uri)
        return cls(engine=init_db(config.metrics_db.url), tracking=Tracking(uri, config.name))
