"""Server-sent events: bytes in pieces of any size -> whole events.

Follows https://html.spec.whatwg.org/multipage/server-sent-events.html, section 9.2.6, with liberties: an event
that lacks only its blank line when the stream ends is taken, and so are a last ``[DONE]`` without its line end, errors
in a field ``error`` and objects without a field.
"""

from __future__ import annotations

import re
from typing import NamedTuple

DONE = b"[DONE]"

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BOM = b"\xef\xbb\xbf"


class Event(NamedTuple):
    """One event.

    Attributes:
        name: of its ``event`` field; empty if it has none.
        data: its data lines, joined by line feeds, as they came: UTF-8 that may be wrong.
    """

    name: str
    data: bytes


class EventReader:
    """Cuts a byte stream into events; what the pieces split (lines, CRLF, UTF-8, events) is put together again.

    Comments, ids, retry times and events without data are left out.
    """

    def __init__(self) -> None:
        """Start before the first byte."""
        self._rest = b""
        self._data: list[bytes] = []
        self._name = ""
        self._begun = self._after_cr = self._bare = False

    def feed(self, piece: bytes) -> list[Event]:
        """Take the next bytes.

        Args:
            piece: as they came from the wire.

        Returns:
            The events that this piece completed.
        """
        text = self._rest + piece
        if not self._begun:
            if len(text) < len(_BOM) and _BOM.startswith(text):
                self._rest = text
                return []
            self._begun, text = True, text.removeprefix(_BOM)
        if self._after_cr and text:  # the second half of a CRLF that was cut between two pieces
            text, self._after_cr = text.removeprefix(b"\n"), False
        if b"\r" in text:
            self._after_cr = text.endswith(b"\r")
            lines = _LINE_END.split(text)
        else:
            lines = text.split(b"\n")
        self._rest = lines.pop()
        events = [event for line in lines if (event := self._take(line)) is not None]
        if DONE in self._rest and self._rest.removeprefix(b"data:").strip() == DONE:
            self._rest = b""
            events.append(Event("", DONE))
        return events

    @property
    def between(self) -> bool:
        """Whether no part of another event has arrived."""
        return self._begun and not (self._rest or self._data or self._name or self._after_cr)

    def close(self) -> list[Event]:
        """Take the end of the stream.

        Returns:
            The event that lacks only its blank line, if there is one.
        """
        self._after_cr = False
        return self.feed(b"\n\n")

    def _take(self, line: bytes) -> Event | None:
        if line.startswith(b"data:"):
            self._data.append(line[6:] if line.startswith(b" ", 5) else line[5:])
        elif not line:
            return self._dispatch()
        elif line == b"data":
            self._data.append(b"")
        elif line.startswith(b"event:"):
            self._name = line[6:].strip().decode("utf-8", "replace")
        elif line.startswith(b"error:"):  # llama.cpp's
            self._name = "error"
            self._data.append(line[6:].strip())
        elif self._bare or line.startswith(b"{"):  # of a server that broke off with a reason
            self._bare = True
            self._data.append(line)
        return None

    def _dispatch(self) -> Event | None:
        name, lines = self._name, self._data
        self._name, self._bare = "", False
        if not lines:
            return None
        self._data = []
        data = lines[0] if len(lines) == 1 else b"\n".join(lines)
        return Event(name, data) if data else None
