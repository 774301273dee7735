"""A policy and its verdict in words."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from gencost.analysis.statistics.intervals import Estimate
from gencost.decision.numbers import written
from gencost.policies.cascade import Cascade
from gencost.policies.category import Category
from gencost.policies.constant import SingleCell
from gencost.policies.length import PromptLength
from gencost.policies.mixture import Mixture
from gencost.policies.route_then_cascade import RouteThenCascade


def describe(policy: Any) -> str:
    """Say in a few words what a policy does; a user's own is named."""
    words = _WORDS.get(type(policy))
    if words is not None:
        return str(words(policy))
    return str(getattr(policy, "name", type(policy).__name__)) + _between(policy)


def short(cell: str) -> str:
    """A cell's name for a sentence: of ``model=small`` the value."""
    return cell.partition("=")[2] if cell.count("=") == 1 and "," not in cell else cell


def _between(policy: Any) -> str:
    cells = list(getattr(policy, "costs", {}))
    return f" between {', '.join(map(short, cells))}" if cells else ""


def _cascade(policy: Cascade) -> str:
    return f"cascade {_along(policy)}"


def _along(policy: Cascade | RouteThenCascade) -> str:
    at_least = "" if policy.at_least is None else f" >= {policy.at_least:.4g}"
    return f"{' -> '.join(map(short, policy.cells))}, gate {policy.gate}{at_least}"


def _category(policy: Category) -> str:
    of: dict[str, list[str]] = defaultdict(list)
    for name, cell in sorted(policy.routes.items()):
        of[short(cell)].append(name)
    routes = "; ".join(f"{', '.join(names)} to {cell}" for cell, names in of.items())
    return f"category: {routes}; others to {short(policy.otherwise)}"


def _length(policy: PromptLength) -> str:
    brief, long = map(short, policy.cells)
    return f"length: from {policy.at_least_chars or 0:,.0f} characters on {long}, else {brief}"


def _mixture(policy: Mixture) -> str:
    return "by lot: " + ", ".join(f"{share:.0%} to {short(cell)}" for cell, share in policy.shares.items())


def _route_then_cascade(policy: RouteThenCascade) -> str:
    begin = f"{policy.router.name} says where to begin"
    return f"{begin}, then cascade {_along(policy)}" if policy.cells else f"{begin}, then a cascade"


_WORDS: dict[type, Any] = {
    SingleCell: lambda policy: f"{short(policy.cell)} only",
    Cascade: _cascade,
    Category: _category,
    PromptLength: _length,
    Mixture: _mixture,
    RouteThenCascade: _route_then_cascade,
}


def points(estimate: Estimate, margin: float) -> str:
    """A difference in quality in points, hundredths of the scale: ``-0.4 points [-1.1, +0.3]``.

    Args:
        estimate: of the difference.
        margin: that it is compared with.
    """
    text = f"{_signed(100 * estimate.value, 100 * margin)} points"
    if estimate.low is None or estimate.high is None:
        return text
    return f"{text} [{', '.join(_signed(100 * end, 100 * margin) for end in (estimate.low, estimate.high))}]"


def _signed(value: float, margin: float = 0.0) -> str:
    text = written(value, (-margin, margin) if margin else (), 1, "+")
    return "0.0" if text == "+0.0" else text


def percent_less(estimate: Estimate) -> str:
    """A saving, ``61 % less [55, 66]``; a negative one is called "more"."""
    word, sign = ("less", 1) if estimate.value >= 0 else ("more", -1)
    text = f"{_percent(sign * 100 * estimate.value)} % {word}"
    if estimate.low is None or estimate.high is None:
        return text
    ends = sorted(100 * sign * end for end in (estimate.low, estimate.high))
    return f"{text} [{_percent(ends[0])}, {_percent(ends[1])}]"


def _percent(value: float) -> str:
    """Write a share: none that is something as 0, none that is not all as 100."""
    return written(value, (0.0, 100.0), 0)


def seconds(ms: float | None) -> str:
    """A difference in time, ``p95 +0.2 s``, or that it is unknown."""
    return "p95 unknown" if ms is None else f"p95 {_signed(ms / 1000)} s"
