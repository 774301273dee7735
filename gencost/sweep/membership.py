"""Cells belong to nothing but themselves, to a sweep, or to the sweep of another process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gencost.config.sweep_settings import SweepSettings
from gencost.metrics_db import Engine
from gencost.metrics_db.resume import EarlierRun
from gencost.runner.plan import Plan
from gencost.runner.resuming import last_of
from gencost.sending.budget import Budget
from gencost.sweep.early_stopping import check_decision, check_names
from gencost.sweep.stores import Stores
from gencost.types import RunStatus


class Membership(Protocol):
    """The sweep, or none, that the cells of a command belong to."""

    @property
    def sweep_id(self) -> str | None:
        """Id of the sweep; None for a single run, as are ``command`` and ``launcher``."""

    @property
    def command(self) -> str | None:
        """The command line that made the sweep."""

    @property
    def launcher(self) -> str | None:
        """Hydra's launcher."""

    @property
    def speaks(self) -> bool:
        """Whether this process tells the user how the calls go; False if another one does."""

    @property
    def alone(self) -> bool:
        """Whether the one cell is all there is: its comparison is shown when it ends."""

    def budget(self, settings: SweepSettings) -> Budget:
        """Return the budget that the cells share."""

    def check(self, plans: Sequence[Plan], settings: SweepSettings) -> None:
        """Check what can only be known of all cells together.

        Raises:
            ConfigError: they cannot be decided as their config says.
        """

    def open(self, settings: SweepSettings) -> Stores:
        """Open the stores, or give those that are open."""

    def release(self, stores: Stores) -> None:
        """Close the stores, unless further cells will need them."""

    def earlier(self, engine: Engine, plans: Sequence[Plan]) -> list[EarlierRun]:
        """Find the runs that ``resume=true`` goes on with."""

    def must_resume(self) -> bool:
        """Whether it is a mistake if ``resume=true`` finds no earlier run."""

    def begin(self, stores: Stores, plan: Plan) -> None:
        """Record that it begins; ``plan`` is that of its first cell."""

    def ended(self, run_id: str | None, status: RunStatus) -> None:
        """Note how one cell ended; one without a run id never began."""


class SingleRun:
    """One cell that belongs to no sweep."""

    sweep_id: str | None = None
    command: str | None = None
    launcher: str | None = None
    speaks = True
    alone = True

    def budget(self, settings: SweepSettings) -> Budget:
        """Return a budget for this cell alone."""
        return Budget(settings.budget.usd)

    def check(self, plans: Sequence[Plan], settings: SweepSettings) -> None:
        """Check the criteria of the decision and the name of the cell."""
        check_decision(plans, settings)
        check_names(plans)

    def open(self, settings: SweepSettings) -> Stores:
        """Open the stores."""
        return Stores.open(settings)

    def release(self, stores: Stores) -> None:
        """Close the stores."""
        stores.close()

    def earlier(self, engine: Engine, plans: Sequence[Plan]) -> list[EarlierRun]:
        """Find the last single run of the same cell."""
        return last_of(plans, engine, of_sweep=False)

    def must_resume(self) -> bool:
        """Refuse to resume nothing."""
        return True

    def begin(self, stores: Stores, plan: Plan) -> None:
        """Record nothing: the run's own row has everything."""

    def ended(self, run_id: str | None, status: RunStatus) -> None:
        """Note nothing, as ``begin``."""
