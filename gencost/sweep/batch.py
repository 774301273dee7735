"""Cells that run together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gencost.config.sweep_settings import SweepSettings
from gencost.decision.sequential import Race
from gencost.runner.plan import Plan
from gencost.sending.budget import Budget
from gencost.sweep.membership import Membership
from gencost.sweep.stores import Stores


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Cells that run together, checked.

    Attributes:
        plans: of the cells.
        settings: of all of them.
        membership: what they belong to.
        stores: where their calls go.
        budget: that they share.
        race: of a sequential decision; None unless there is one.
    """

    plans: Sequence[Plan]
    settings: SweepSettings
    membership: Membership
    stores: Stores
    budget: Budget
    race: Race | None
