"""Whether the parts of a usage add up to its total, and which of them stand beside the totals instead of in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True, kw_only=True)
class Beside:
    """The parts that are beside the totals of a usage, not inside.

    Attributes:
        names: of these parts; they are added to their total.
        gap: tokens that only the total of all shows, >= 0.
        problem: why the counts contradict each other; None if they do not.
    """

    names: frozenset[str]
    gap: int = 0
    problem: str | None = None


_NONE = Beside(names=frozenset())


def beside(shown: int, total: int | None, parts: Mapping[str, int], usual: Sequence[str]) -> Beside:
    """Find out which parts are beside the totals.

    The usual ones of the protocol are tried first; else the smallest set of parts that makes the sum right, if it is
    the only one of its size. So a relay that sends another vendor's counts under its own names is read by its total.

    Args:
        shown: input + output as named.
        total: of all, as sent; None if it was not, or was 0.
        parts: those that may be beside, by name, without zeros.
        usual: those that do in this protocol.
    """
    expected = frozenset(filter(parts.__contains__, usual)) if parts else _NONE.names
    gap = 0 if total is None else total - shown - sum(map(parts.__getitem__, expected))
    if gap == 0:
        return Beside(names=expected) if expected else _NONE
    fitting = [names for names in _sets(parts) if shown + sum(parts[name] for name in names) == total]
    if fitting and [*map(len, fitting)].count(len(fitting[0])) == 1:
        return Beside(names=fitting[0])
    if fitting:
        either = " or ".join(" and ".join(sorted(names)) for names in fitting)
        return Beside(names=expected, problem=f"the total {total} does not tell whether {either} tokens stand beside")
    if gap < 0:
        return Beside(names=expected, problem=f"the total {total} is {-gap} less than the sum of its parts")
    return Beside(names=expected, gap=gap)


def _sets(parts: Mapping[str, int]) -> Iterator[frozenset[str]]:
    for size in range(len(parts) + 1):
        yield from map(frozenset, combinations(sorted(parts), size))
