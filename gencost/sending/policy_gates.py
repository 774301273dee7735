"""The scorers that a live policy may see: none that needs the reference."""

from __future__ import annotations

from collections.abc import Sequence

from gencost.config.policy_file import PolicyFile
from gencost.errors import ConfigError, nearest
from gencost.protocols import Scorer


def gates_of(file: PolicyFile, given: Sequence[Scorer]) -> tuple[Scorer, ...]:
    """Find the gate of a policy; without one, all scorers that need no reference.

    Args:
        file: holds the policy, and maybe scorers.
        given: scorers of the cell or application; they come before those of the file.

    Raises:
        ConfigError: the gate is not there, or needs the reference.
    """
    from gencost.quality.needs import made_needs_reference  # noqa: PLC0415 - all families of scorers, only for a policy

    scorers = {scorer.name: scorer for scorer in (*file.scorers, *given)}
    needs = {name: made_needs_reference(scorer) for name, scorer in scorers.items()}
    if not file.gate:
        return tuple(scorer for name, scorer in scorers.items() if needs[name] is False)
    if file.gate not in scorers:
        raise ConfigError(
            f"policy.path={file.path}: its gate {file.gate!r} is not among the scorers"
            f"{nearest(file.gate, list(scorers))}: add it, quality=[...,{file.gate}]"
        )
    if needs[file.gate]:
        raise ConfigError(f"policy.path={file.path}: its gate {file.gate!r} needs the reference, which no answer has")
    return (scorers[file.gate],)
