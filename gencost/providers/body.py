"""The body of an answer, in pieces of any size: events or one JSON object, whichever came, whatever its content type.

Invariant: nothing waits for the end of a body whose protocol has said that the answer is complete.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from typing import cast

from gencost.errors import ProviderError
from gencost.providers.alike import EVENT_END, Alike
from gencost.providers.answer import Answer, Json, RepeatingReader, StreamReader, WireFormat, objects
from gencost.providers.failures import error_in, invalid_body, not_json, page, reported
from gencost.providers.sse import DONE, Event, EventReader
from gencost.providers.wire_json import DECODER, decoded

_SPACE_AND_BOM = b" \t\r\n\xef\xbb\xbf"
_FIELD = re.compile(rb"(data|event|id|retry)?(:|[\r\n]|$)")
_WHOLE = frozenset({b"{", b"[", b"<"})
_MOST_OF_A_PAGE = 20_000
_MOST_SHOWN = 200
_MANY = 3


class BodyReader:
    """Reads the body of one try.

    Args:
        dialect: what the body is written in.
        stream: a stream was asked for.

    Attributes:
        ended: nothing more needs to be read.
    """

    def __init__(self, dialect: WireFormat, stream: bool) -> None:
        self.ended = False
        self._dialect = dialect
        self._stream = stream
        self._kind = b""  # the first byte that is not a space
        self._pieces: list[bytes] = []
        self._object: Json | None = None
        self._events: EventReader | None = None
        self._count = self._heard = 0
        self._unread = b""

    @cached_property
    def _reader(self) -> StreamReader:
        return self._dialect.reader()

    @cached_property
    def _repeating(self) -> tuple[Alike, RepeatingReader] | None:
        key = getattr(self._reader, "text_key", None)
        return None if key is None else (Alike(key), cast("RepeatingReader", self._reader))

    @property
    def begun(self) -> bool:
        """Whether content of a stream came."""
        return self._events is not None and self._reader.begun

    @property
    def delta(self) -> bytes:
        """Return what each event holds once that is a piece of a stream and no more."""
        return self._reader.delta

    def heard(self) -> str:
        """Give the text of a stream that came since the last time."""
        texts = self._reader.texts
        new, self._heard = "".join(texts[self._heard :]), len(texts)
        return new

    @property
    def text(self) -> str:
        """Return the text of a stream so far."""
        return "" if self._events is None else "".join(self._reader.texts)

    @property
    def whole(self) -> bool:
        """Whether the body is one object, or a page, and no stream."""
        return self._kind in _WHOLE

    def feed(self, piece: bytes) -> bool:
        """Take the next bytes.

        Returns:
            Whether they belong to the answer: comments and pings keep a connection open and say nothing.

        Raises:
            ProviderError: they report an error; what the rest of the piece says is read before.
        """
        if self._events is not None:
            return self._take(self._events.feed(piece))
        self._pieces.append(piece)
        if not self._kind:
            start = b"".join(self._pieces).lstrip(_SPACE_AND_BOM)
            self._kind = start[:1]
            if self._kind and not self.whole:
                self._unread, self._events = start[:_MOST_SHOWN], EventReader()
                return self._take(self._events.feed(start))
        if self._kind:
            self._collect(piece)
        return bool(self._kind)

    def deltas(self, piece: bytes) -> bool:
        """Take whole events of a stream that has begun, each a delta and no error; see ``feed``."""
        if self._repeating is None or self._events is None or not self._events.between:
            return self.feed(piece)
        alike, reader = self._repeating
        if (texts := alike.texts(piece)) is None:
            event, end, others = piece.partition(EVENT_END)
            taken = self._feed_and_learn(event + end, alike, reader)
            if not others:
                return taken
            if (texts := alike.texts(others)) is None:
                return self._feed_and_learn(others, alike, reader)
        reader.repeat(texts)
        self._count += len(texts)
        return True

    def learn(self, piece: bytes) -> None:
        """Remember the first delta, whose bytes came last: the next ones may differ in their text alone."""
        if self._repeating is not None and self._events is not None and self._events.between:
            alike, reader = self._repeating
            alike.learn(piece, reader.repeatable() or "")

    def _feed_and_learn(self, piece: bytes, alike: Alike, reader: RepeatingReader) -> bool:
        taken = self.feed(piece)
        alike.learn(piece, reader.repeatable() or "")
        return taken

    def _collect(self, piece: bytes) -> None:
        if self._kind == b"<":
            self.ended = b"</html>" in piece.lower() or sum(map(len, self._pieces)) > _MOST_OF_A_PAGE
        elif piece.rstrip().endswith((b"}", b"]")):
            try:
                self._object = _object(b"".join(self._pieces).lstrip(_SPACE_AND_BOM))
            except ValueError:
                return  # more of it is to come
            self.ended = True

    def _take(self, events: list[Event]) -> bool:
        failure: ProviderError | None = None
        complete = False
        values = _together(events)
        for event, value in zip(events, values, strict=True):
            try:
                complete = self._event(event, value) or complete
            except ProviderError as error:
                failure = failure or error
        if failure is not None:
            raise failure
        return complete

    def _event(self, event: Event, value: Json | None) -> bool:
        if self.ended:
            return False
        data = event.data
        if value is None:
            if not data.startswith(b"{") and data.strip().strip(b'"').upper().startswith(DONE):
                self._reader.done()
                self.ended = True
                return True
            value = self._json(data) if data.startswith(b"{") else self._other(event)
        if value is None:
            return False
        self._count += 1
        if (failure := error_in(value, event.name)) is not None:
            with suppress(ProviderError):
                self._reader.take(value, event.name)  # it may say what it cost
            raise failure
        self._reader.take(value, event.name)
        self.ended = self._reader.complete
        return True

    def _json(self, data: bytes) -> Json | None:
        try:
            return _object(data)
        except ValueError:
            lines = data.split(b"\n")
        if len(lines) == 1:
            raise invalid_body(f"not JSON: {_shown(data)!r}")
        # Some servers forget the blank line between their events.
        self._take([Event("", line) for line in lines if line.strip()])
        return None

    def _other(self, event: Event) -> Json | None:
        """Read data that begins as no object does: keep-alives of many forms, an error in plain words."""
        if event.name == "error":
            raise reported(_shown(event.data))
        self._unread = event.data[:_MOST_SHOWN]
        if not event.data.lstrip().startswith((b"{", b"[")):
            return None
        try:
            return _object(event.data)
        except ValueError:
            return None

    def answer(self) -> Answer:
        """Read what the body came to, at its end.

        Raises:
            ProviderError: it is not an answer, or not a whole one.
        """
        if self._events is None:
            return self._one_object()
        try:
            self._take(self._events.close())
        except ProviderError as error:
            if error.error_type != "invalid_body":
                raise
        if not (self._reader.complete or self._reader.finished):
            raise self._broken_off()
        return self._reader.answer()

    def _broken_off(self) -> ProviderError:
        if not self._count and not _FIELD.match(self._unread):
            return invalid_body(repr(_shown(self._unread)))
        last = f"; it said {_shown(self._unread)!r}" if self._unread and not self._count else ""
        return ProviderError(f"the stream ended before its end was announced{last}", error_type="truncated")

    def _one_object(self) -> Answer:
        data = b"".join(self._pieces).lstrip(_SPACE_AND_BOM)
        if not data:
            kind = "truncated" if self._stream else "empty"
            raise ProviderError("the answer is empty", error_type=kind)
        if self._kind == b"<":
            raise invalid_body(f"an HTML page: {page(data.decode('utf-8', 'replace'))}")
        if self._object is None:
            try:
                self._object = _object(data)
            except ValueError as error:
                raise not_json(data.decode("utf-8", "replace"), error) from None
        if self._kind == b"[" and len(pieces := objects(DECODER.decode(data.decode("utf-8", "replace")))) > 1:
            return self._in_one_list(pieces)
        failure = error_in(self._object) or self._dialect.fault(self._object)
        if failure is not None:
            raise failure
        return self._dialect.read(self._object)

    def _in_one_list(self, pieces: Sequence[Json]) -> Answer:
        """Read a stream that came as one list, as Gemini writes it where nothing asks for events."""
        self._events, self.ended = EventReader(), False
        self._take([Event("", json.dumps(piece).encode()) for piece in pieces])
        return self.answer()

    def billed(self) -> Answer:
        """Read what is known of the bill of an answer that failed: its tokens may have been charged."""
        if self._events is None and self._object is not None:
            return self._dialect.billed(self._object)
        return self._reader.billed()

    def salvaged(self) -> Answer | None:
        """Read the answer of a body that was cut; None if it was cut before its end."""
        try:
            return self.answer()
        except ProviderError:
            return None


def _together(events: Sequence[Event]) -> Sequence[Json | None]:
    """Read many objects in one go, which is twice as fast; None for what begins as none, and for all if that fails."""
    objects = [event.data for event in events if event.data.startswith(b"{")]
    if len(objects) >= _MANY:
        with suppress(ValueError, RecursionError):
            values: list[Json] = DECODER.decode(f"[{b','.join(objects).decode('utf-8', 'replace')}]")
            if len(values) == len(objects) and all(isinstance(value, dict) for value in values):
                if len(objects) == len(events):
                    return values
                rest = iter(values)
                return [next(rest) if event.data.startswith(b"{") else None for event in events]
    return [None] * len(events)


def _object(data: bytes) -> Json:
    """Read a JSON object; of a list its first, which is how some servers wrap an error.

    Raises:
        ValueError: it is none.
    """
    try:
        value = decoded(data.decode("utf-8", "replace").strip(" \t\r\n"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - of the kind that json raises
    return value


def _shown(data: bytes) -> str:
    return data[:_MOST_SHOWN].decode("utf-8", "replace")
