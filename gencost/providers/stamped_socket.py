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

_TIMESTAMPNS = getattr(socket, "SO_TIMESTAMPNS", 35)  # asm-generic/socket.h; not among Python's names
_MOMENT = struct.Struct("@ll")
_UNPACK = _MOMENT.unpack


def _is_noted() -> bool:
    """Whether the kernel can be asked for its notes; one of 32 bits has another form, and a sandbox may have none."""
    if sys.platform != "linux" or _MOMENT.size != 16:
        return False
    try:
        with socket.socket() as asked:
            asked.setsockopt(socket.SOL_SOCKET, _TIMESTAMPNS, 1)
    except OSError:
        return False
    return True


NOTED = _is_noted()
_ROOM = socket.CMSG_SPACE(_MOMENT.size) if NOTED else 0
_READ = socket.socket.recv
# Beyond so many connections the pieces of streams after the first token are timed when they are read: a note takes 1 us
# of the interpreter and as much of the kernel, and a thousand streams take a core.
_MANY = 256
_SET_NS = 1_000_000  # a clock of the day that moved so far between two reads was set


class StampedSocket(socket.socket):
    """A socket that knows when the newest bytes read from it had come.

    Attributes:
        came_ns: on the clock of ``time.perf_counter_ns``; 0 before the first.
        noting: whether it asks for that.
    """

    came_ns = 0
    noting = True

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
        if not self.noting:
            return _READ(self, most, flags)
        data, notes, _, _ = self.recvmsg(most, _ROOM, flags)
        self._note(notes)
        return data

    def recv_into(self, buffer: Any, most: int = 0, flags: int = 0) -> int:
        """Read into a buffer, and note when it had come."""
        room = memoryview(buffer)[:most] if most else buffer
        count, notes, _, _ = self.recvmsg_into([room], _ROOM, flags)
        self._note(notes)
        return count

    def spare(self) -> None:
        """Ask for no more notes where there are many connections."""
        self.noting = len(_OPEN) <= _MANY

    def _note(self, notes: list[tuple[int, int, bytes]]) -> None:
        day_ns, now_ns = time.time_ns(), time.perf_counter_ns()  # in this order: a pause between them makes it later
        apart_ns, came_ns = day_ns - now_ns, now_ns
        if notes and -_SET_NS < apart_ns - self._day_ns < _SET_NS:
            seconds, ns = _UNPACK(notes[0][2])
            noted_ns = seconds * 1_000_000_000 + ns - apart_ns
            if self._least_ns <= noted_ns < now_ns:
                came_ns = noted_ns
        self._day_ns = apart_ns
        self.came_ns = self._least_ns = came_ns


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
    noted_ns = 0 if stamped is None or not stamped.noting else stamped.came_ns
    return noted_ns or time.perf_counter_ns()
