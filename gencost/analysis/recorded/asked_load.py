"""The load that a cell was asked to make, as its recorded config has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_CLOSED = "gencost.runner.load.Concurrent"
_OPEN = ("rate_per_s", "from_per_s")


@dataclass(frozen=True, kw_only=True)
class AskedLoad:
    """The load of a cell.

    Attributes:
        in_flight: the most calls at once.
        closed: the next call is sent as soon as a place is free, so that all places are to be taken; False of calls
            that are due on a schedule, None of a load shape of the user's own.
        processes: that made the calls together.
        limited: limits of the account were configured.
    """

    in_flight: int
    closed: bool | None
    processes: int = 1
    limited: bool = False

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> AskedLoad | None:
        """Read the load from a resolved config; None if it has none."""
        load, limits = config.get("load"), config.get("limits")
        if not isinstance(load, Mapping) or not isinstance(load.get("concurrency"), int):
            return None
        scheduled = any(key in load for key in _OPEN)
        return cls(
            in_flight=load["concurrency"],
            closed=True if load.get("_target_") == _CLOSED else False if scheduled else None,
            processes=load.get("processes") or 1,
            limited=isinstance(limits, Mapping) and any(value is not None for value in limits.values()),
        )
