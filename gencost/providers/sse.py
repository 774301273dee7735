"""Server-sent events: bytes in pieces of any size -> the data of whole events.

Follows https://html.spec.whatwg.org/multipage/server-sent-events.html, section 9.2.6.
"""

from __future__ import annotations

import re

_LINE_END = re.compile(rb"\r\n|\n|\r")


class EventReader:
    """Cuts a byte stream into events; what the pieces split (lines, CRLF, UTF-8, events) is put together again.

    Event names are not kept: the vendors repeat them inside the data. Comments, ids and retry times are left out.
    """

    def __init__(self) -> None:
        """Start before the first byte."""
        self._rest = b""
        self._data: list[bytes] = []
        self._begun = False

    def feed(self, piece: bytes) -> list[bytes]:
        """Take the next bytes.

        Args:
            piece: as they came from the wire.

        Returns:
            The data of each event that this piece completed, its lines joined by a line feed, in UTF-8.
        """
        held = self._rest + piece
        if not self._begun and held:
            held = held.removeprefix(b"\xef\xbb\xbf")
            self._begun = len(held) > 2
        if held.endswith(b"\r"):  # its line feed may be in the next piece
            lines = _LINE_END.split(held[:-1])
            lines[-1] += b"\r"
        else:
            lines = _LINE_END.split(held) if b"\r" in held else held.split(b"\n")
        self._rest = lines.pop()
        return [event for line in lines if (event := self._take(line)) is not None]

    def close(self) -> list[bytes]:
        """Take the end of the stream.

        Returns:
            The data of an event that lacks only its blank line: some servers end without one.
        """
        events = [*self.feed(b"\n"), *self.feed(b"\n")]
        self._rest = b""
        return events

    def _take(self, line: bytes) -> bytes | None:
        if line.startswith(b"data:"):
            self._data.append(line[5:].removeprefix(b" "))
        elif line == b"data":
            self._data.append(b"")
        elif not line and self._data:
            event = b"\n".join(self._data)
            self._data = []
            return event
        return None
