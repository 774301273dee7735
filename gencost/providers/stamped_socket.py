"""Sockets that say when bytes came to this machine, however late the process reads them.

Linux notes for each packet when it came (``SO_TIMESTAMPNS``, socket(7)); a busy event loop, another thread or a busy
core then cost an answer no time that it did not take. Bytes of several packets that are read at once have the time of
the last in their order, which had come before the one ahead of it if that was lost and sent again. Elsewhere, where
the kernel says nothing, and where what it says cannot be (a clock of the day that was set, or that this process sees
differently), they came when they are read.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import time
from typing import Any
from weakref import WeakValueDictionary

NOTED = sys.platform == "linux" and struct.calcsize("@l") == 8  # a 32-bit kernel has another form
_TIMESTAMPNS = getattr(socket, "SO_TIMESTAMPNS", 35)  # asm-generic/socket.h; not among Python's names
_MOMENT = struct.Struct("@ll")
_ROOM = socket.CMSG_SPACE(_MOMENT.size) if NOTED else 0
_SET_NS = 1_000_000  # a clock of the day that moved so far between two reads was set


class StampedSocket(socket.socket):
    """A socket that knows when the newest bytes read from it had come.

    Attributes:
        came_ns: on the clock of ``time.perf_counter_ns``; 0 before the first.
    """

    came_ns = 0

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._least_ns = time.perf_counter_ns()  # nothing that is read from now on came before
        self._day_ns = time.time_ns() - time.perf_counter_ns()  # the clock of the day less this one, when read last
        with contextlib.suppress(OSError):
            self.setsockopt(socket.SOL_SOCKET, _TIMESTAMPNS, 1)
        _OPEN[self.fileno()] = self

    def accept(self) -> tuple[StampedSocket, Any]:
        """Accept a connection, stamped too."""
        plain, address = super().accept()
        accepted = StampedSocket(fileno=plain.detach())
        accepted._least_ns = self._least_ns  # its first bytes may have waited for this
        return accepted, address

    def recv(self, most: int, flags: int = 0) -> bytes:
        """Read, and note when it had come."""
        data, notes, _, _ = self.recvmsg(most, _ROOM, flags)
        self._note(notes)
        return data

    def recv_into(self, buffer: Any, most: int = 0, flags: int = 0) -> int:
        """Read into a buffer, and note when it had come."""
        room = memoryview(buffer)[:most] if most else buffer
        count, notes, _, _ = self.recvmsg_into([room], _ROOM, flags)
        self._note(notes)
        return count

    def _note(self, notes: list[tuple[int, int, bytes]]) -> None:
        day_ns, now_ns = time.time_ns(), time.perf_counter_ns()
        before_ns, self._day_ns = self._day_ns, day_ns - now_ns
        self.came_ns = now_ns
        if notes and abs(self._day_ns - before_ns) < _SET_NS:
            seconds, ns = _MOMENT.unpack(notes[0][2])
            noted_ns = min(seconds * 1_000_000_000 + ns - self._day_ns, now_ns)
            if noted_ns >= self._least_ns:
                self.came_ns = noted_ns
        self._least_ns = self.came_ns


_OPEN: WeakValueDictionary[int, StampedSocket] = WeakValueDictionary()


def stamped_socket(address: tuple[Any, ...]) -> socket.socket:
    """Make the socket of a connection to an address, one of ``socket.getaddrinfo``; a plain one where none is noted."""
    family, kind, protocol, *_ = address
    return (StampedSocket if NOTED else socket.socket)(family, kind, protocol)


def socket_of(transport: Any) -> StampedSocket | None:
    """Find the socket under a transport of asyncio, TLS or not; None if it is not a stamped one."""
    known = transport.get_extra_info("socket")
    return None if known is None else _OPEN.get(known.fileno())


def arrived_ns(stamped: StampedSocket | None) -> int:
    """Return when the newest bytes came; now if nobody noted it, as where an event loop reads without the socket."""
    return (0 if stamped is None else stamped.came_ns) or time.perf_counter_ns()
