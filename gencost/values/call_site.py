"""The place in an application where a call is made: one of the values of ``gencost.types``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SAMPLED = "sampled"
"""The source of an experiment's calls whose prompts were drawn from recorded traffic."""
REPLAYED = "recorded"
"""The source of recorded answers that are given again in an experiment: they were paid for before."""
DRAWN = (SAMPLED, REPLAYED)
WEIGHT, STRATUM, DAYS = "gencost.weight", "gencost.stratum", "gencost.days"
"""Tags of drawn calls: how many recorded requests each stands for, what they are alike in, the days that they cover."""


@dataclass(frozen=True, kw_only=True)
class CallSite:
    """The place in an application where a call is made.

    Attributes:
        site: a route, an agent or a prompt's name; None if unknown.
        tags: whatever else the application says of it.
        session: the conversation it belongs to; None if unknown.
        user_hash: digest of who asked; None if unknown.
        source: who says so: ``application``, or the log that it was read in.
    """

    site: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    session: str | None = None
    user_hash: str | None = None
    source: str = "application"
