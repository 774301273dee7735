"""The share of a machine's time that each call takes while others are in flight there.

Virtual time (Demers, Keshav, Shenker 1989): it grows by dt / k while k calls are in flight, so that a call that was
there from V1 to V2 took V2 - V1 of the machine, and the shares of all calls add up to the time it was busy.
"""

from __future__ import annotations

_SCALE = 2**40  # parts of a nanosecond, so that a division loses nothing that shows


class Machine:
    """One machine, in whole parts of nanoseconds.

    Attributes:
        in_flight: calls there now.
    """

    def __init__(self) -> None:
        """Start idle."""
        self.in_flight = 0
        self._virtual = 0
        self._since_ns = 0

    def enter(self, now_ns: int) -> int:
        """Begin a call; gives the virtual time at its begin."""
        self._advance(now_ns)
        self.in_flight += 1
        return self._virtual

    def leave(self, begin: int, now_ns: int) -> float:
        """End a call; gives its share of the machine's time, ms."""
        self._advance(now_ns)
        self.in_flight -= 1
        return (self._virtual - begin) / _SCALE / 1e6

    def _advance(self, now_ns: int) -> None:
        if self.in_flight:
            self._virtual += max(0, now_ns - self._since_ns) * _SCALE // self.in_flight
        self._since_ns = max(now_ns, self._since_ns)


_MACHINES: dict[str, Machine] = {}


def machine_of(account: str) -> Machine:
    """The machine behind an account: all cells of this process that reach it share its time."""
    return _MACHINES.setdefault(account, Machine())
