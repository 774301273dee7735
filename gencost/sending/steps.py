"""The calls that a policy has made for one sample: its ``choose`` is asked, a call is made, until it stops.

Invariant: a policy sees a live sample as it saw recorded ones: id, messages and category, no reference.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Set
from dataclasses import dataclass

from gencost.errors import ConfigError
from gencost.protocols import Policy, Seen
from gencost.types import Record, Sample

MOST_STEPS = 20

Ask = Callable[[str], Awaitable[Record]]
"""Makes the call of a cell."""

Look = Callable[[Record], Awaitable[Record]]
"""Gives an answer the scores of those that are asked, or take long."""


@dataclass(frozen=True, kw_only=True)
class Hands:
    """The ways to carry out what a policy chooses.

    Attributes:
        ask: makes the call of a cell.
        look: scores an answer that the policy looks at.
        signals: names of the scores that it may see.
    """

    ask: Ask
    look: Look
    signals: Set[str]


def shown(sample: Sample) -> Sample:
    """The sample as a policy sees it."""
    return Sample(id=sample.id, messages=sample.messages, category=sample.category)


def longest(policy: Policy, sample: Sample) -> list[str]:
    """List the cells that a policy asks if every call fails: the first of a router, all of a cascade.

    Raises:
        ConfigError: it fails, asks no cell, or does not stop.
    """
    asked, cells = shown(sample), list[str]()
    try:
        while (cell := policy.choose(asked, tuple(Seen(cell=it, response=None) for it in cells))) is not None:
            cells.append(cell)
            _check_steps(len(cells), sample)
    except ConfigError:
        raise
    except Exception as error:  # noqa: BLE001 - a door: a policy may be anybody's code
        text = f"{type(error).__name__}: {error}; is something that it learns still empty?"
        raise ConfigError(f"the policy fails for prompt {sample.id!r}: {text}") from None
    _check_steps(len(cells), sample)
    return cells


def _check_steps(count: int, sample: Sample) -> None:
    if count == 0:
        raise ConfigError(f"the policy asks no cell for prompt {sample.id!r}: let choose() name one before it stops")
    if count > MOST_STEPS:
        many = f"the policy made {MOST_STEPS} calls for prompt {sample.id!r} and did not stop"
        raise ConfigError(f"{many}: let choose() give None")


async def carried_out(policy: Policy, sample: Sample, hands: Hands) -> list[Record]:
    """Make the calls that a policy chooses for a sample.

    Args:
        policy: any.
        sample: what is asked.
        hands: how.

    Returns:
        At least one, oldest first: the last is the answer. One that was skipped ends them.

    Raises:
        ConfigError: the policy asks no cell, or does not stop.
    """
    asked = shown(sample)
    seen: list[Seen] = []
    made: list[Record] = []
    looks = getattr(policy, "looks_at", None)
    while (cell := policy.choose(asked, tuple(seen))) is not None:
        _check_steps(len(made) + 1, sample)
        record = await hands.ask(cell)
        if record.status == "skipped":
            return [*made, record]
        if record.response is not None and (looks is None or looks(cell)):
            record = await hands.look(record)
        made.append(record)
        scores = {score.scorer: score.value for score in record.scores if score.scorer in hands.signals}
        seen.append(Seen(cell=cell, response=record.response, scores=scores))
    _check_steps(len(made), sample)
    return made
