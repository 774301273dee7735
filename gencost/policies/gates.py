"""The recorded scores that may be a gate: a live answer has no reference, so its judge must not have seen one."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gencost.analysis.recorded.grid import Grid
from gencost.errors import ConfigError, nearest
from gencost.quality.needs import FREE, needs_reference


def with_gates(grid: Grid, scorers: Mapping[str, Any], named: Sequence[str]) -> Grid:
    """The same grid with only those signals that may be gates, those that a policy takes by itself first.

    Args:
        grid: with every recorded score.
        scorers: the key ``quality`` of the recorded config.
        named: gates that the command line names; one whose need of a reference is unknown must be named.

    Raises:
        ConfigError: a named one is not recorded, or has seen the reference.
    """
    needs = dict(FREE) | {
        name_of(node): needs_reference(_class(node), node) for node in scorers.values() if isinstance(node, Mapping)
    }
    for gate in named:
        if gate not in grid.signals:
            here = ", ".join(grid.signals) or "none"
            raise ConfigError(
                f"policy.gate={gate!r}{nearest(gate, grid.signals)} is not recorded: here are {here}; "
                f"score what is recorded with gencost rescore quality=[{gate}]"
            )
        if needs.get(gate):
            raise ConfigError(
                f"policy.gate={gate!r} compares with the reference, which no live answer has: take another"
            )
    free = [name for name in grid.signals if needs.get(name) is False]
    order = [*free, *(name for name in named if name not in free)]
    return replace(grid, signals={name: grid.signals[name] for name in order})


def name_of(node: Mapping[str, Any]) -> str:
    """The name in the ``scores`` table of the scorer that a node describes; empty if that cannot be known."""
    return str(node.get("name") or getattr(_class(node), "name", ""))


def _class(node: Mapping[str, Any]) -> Any:
    try:
        return pkgutil.resolve_name(str(node.get("_target_", "")))
    except (ImportError, AttributeError, ValueError):
        return None
