"""The calls of cells dealt to several processes of this machine: their draws, moments and places, like cards.

Invariant: every draw is in one hand, at the moment that the one schedule has for it; the places of the hands add up to
``load.concurrency``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from gencost.errors import ConfigError
from gencost.protocols import LoadShape
from gencost.runner.plan import Draws, Plan


@dataclass(frozen=True, kw_only=True)
class DealtLoad:
    """The part of a cell's load that is one process's.

    Attributes:
        concurrency: its places.
        warmup: its warm-up calls.
        moments: when each of its calls is due, seconds after the start of all; None in a closed loop.
    """

    concurrency: int
    warmup: int
    moments: tuple[float, ...] | None

    def due_s(self, n: int, seed: int) -> list[float] | None:  # noqa: ARG002 - the role's signature
        """Give the moments, which were drawn for all processes at once."""
        return None if self.moments is None else list(self.moments)


@dataclass(frozen=True, kw_only=True)
class Hand:
    """The part of a cell's calls that is one process's.

    Attributes:
        number: of the cell among those of the command.
        draws: to be asked.
        load: how.
    """

    number: int
    draws: Draws
    load: DealtLoad


def processes_of(load: LoadShape) -> int:
    """Return how many processes make the calls of a cell; 1 for a load that does not say."""
    return int(getattr(load, "processes", 1))


def most_processes(plans: Sequence[Plan]) -> int:
    """Return how many processes the cells of a command need."""
    return max(processes_of(plan.cell.load) for plan in plans)


def check_processes(plans: Sequence[Plan], *, sequential: bool) -> None:
    """Refuse to split what only one process can do.

    Args:
        plans: of the cells.
        sequential: whether cells end when they are decided.

    Raises:
        ConfigError: before the first call.
    """
    processes, now = most_processes(plans), datetime.now(UTC)
    if processes == 1:
        return
    if sequential:
        raise ConfigError("decision.sequential=true looks at each answer of every cell: load.processes=1")
    for plan in plans:
        judging = () if plan.policy is None else plan.policy.judging
        for sender in (*plan.senders, *(judge.sender for judge in judging)):
            if sender.cost_tracker.is_by_the_hour(sender.provider.name, sender.model, now):
                raise ConfigError(
                    f"load.processes={processes}: {sender.provider.name}:{sender.model} is paid by the hour of its "
                    "machine, which only one process can share out among its calls: load.processes=1"
                )


def deal(plans: Sequence[Plan]) -> list[list[Hand]]:
    """Deal the calls that are left of every cell.

    A cell of fewer places or calls than processes is dealt to as many of them as it can be; the next cell begins where
    it ended.

    Args:
        plans: of the cells.

    Returns:
        The hands of each process; none of them is without a call.
    """
    processes = most_processes(plans)
    dealt: list[list[Hand]] = [[] for _ in range(processes)]
    first = 0
    for number, plan in enumerate(plans):
        hands = _hands(number, plan)
        for place, hand in enumerate(hands, start=first):
            dealt[place % processes].append(hand)
        first += len(hands)
    return [hands for hands in dealt if hands]


def _hands(number: int, plan: Plan) -> list[Hand]:
    load, draws = plan.cell.load, plan.left
    parts = min(processes_of(load), load.concurrency, len(draws))
    moments = load.due_s(len(draws), plan.load_seed) if draws else None
    return [
        Hand(
            number=number,
            draws=draws[part::parts],
            load=DealtLoad(
                concurrency=len(range(part, load.concurrency, parts)),
                warmup=len(range(part, load.warmup, parts)),
                moments=None if moments is None else tuple(moments[part::parts]),
            ),
        )
        for part in range(parts)
    ]
