"""The settings that hold for a whole command line, taken once from all of its cells."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from gencost.config.cell import Cell
from gencost.config.schema import BudgetConfig, DecisionConfig, ReportConfig, TrackingConfig, TrafficConfig
from gencost.errors import ConfigError

_ONE_FOR_ALL = (
    *("name", "cell_names", "metrics_db", "tracking", "budget", "decision", "traffic", "report"),
    *("resume", "retry_errors", "dry_run"),
)


@dataclass(frozen=True, kw_only=True)
class SweepSettings:
    """The settings that all cells of a command line share; each attribute is the config's key of that name.

    Attributes:
        metrics_db_url: ``metrics_db.url``; None means ``LLMOPT_DB_URL`` or the default.
    """

    name: str
    metrics_db_url: str | None
    tracking: TrackingConfig
    budget: BudgetConfig
    decision: DecisionConfig
    traffic: TrafficConfig
    report: ReportConfig
    resume: bool
    retry_errors: bool
    dry_run: bool

    @classmethod
    def of(cls, cells: Sequence[Cell]) -> SweepSettings:
        """Take the settings of all cells.

        Args:
            cells: of one command line, at least one.

        Raises:
            ConfigError: two cells differ in one of them.
        """
        for key in _ONE_FOR_ALL:
            values = {json.dumps(cell.resolved[key], sort_keys=True, default=str) for cell in cells}
            if len(values) > 1:
                raise ConfigError(f"{key} differs between the cells of one sweep: give one for all of them")
        config = cells[0].config
        return cls(
            name=config.name,
            metrics_db_url=config.metrics_db.url,
            tracking=config.tracking,
            budget=config.budget,
            decision=config.decision,
            traffic=config.traffic,
            report=config.report,
            resume=config.resume,
            retry_errors=config.retry_errors,
            dry_run=config.dry_run,
        )
