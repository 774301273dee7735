"""Events of a stream that are alike but for one text: that text is read without a parser for each event.

Most servers send the same bytes around every delta. Once one such event was read in full, the next ones need only be
compared with it, and what differs is one JSON string each.
"""

from __future__ import annotations

from gencost.providers.wire_json import DECODER

EVENT_END = b"\n\n"


class Alike:
    """Events like one that was read.

    Args:
        key: of the text, quotes included.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._before = self._after = b""

    def learn(self, events: bytes, text: str) -> None:
        """Remember the last of some events that were read.

        Args:
            events: whole ones.
            text: that the last of them has under the key; empty if one that differs in it could say more than that.
        """
        event = events.removesuffix(EVENT_END).rpartition(EVENT_END)[2]
        fields, _, data = event.rpartition(b"\n")
        self._before = b""
        if not text or not data.startswith(b"data:") or b"data:" in fields or event.count(self._key) != 1:
            return
        rest = event.partition(self._key + b":")[2].lstrip(b" ")
        try:
            value, end = DECODER.raw_decode(rest.decode())
        except ValueError:
            return
        if value == text:
            self._before = event[: len(event) - len(rest) + 1]
            self._after = rest[len(rest.decode()[:end].encode()) - 1 :]

    def texts(self, events: bytes) -> list[str] | None:
        """Read the texts of whole events; None if one of them is not like the one that was learnt."""
        before, after = self._before, self._after
        end = after + EVENT_END
        if not before or not (events.startswith(before) and events.endswith(end, len(before))):
            return None
        each = events[len(before) : -len(end)].split(end + before)
        inside = b'","'.join(each)
        if b"\n" in inside:  # another field, or an event that differs in more than its text
            return None
        try:
            values = DECODER.decode(f'["{inside.decode("utf-8", "replace")}"]')
        except ValueError:
            return None
        return values if len(values) == len(each) and set(map(type, values)) == {str} else None
