"""One answer as its bytes come: stamped at once, and for most of them no task wakes up.

The first content of a stream, an error and the end are read by the task that waits for them. What comes between, deltas
that say nothing about when the answer ends, is only stamped and kept; it is read in one go, past the parser of HTTP, by
that task at the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gencost.providers.answer import Answer, facts_of, said_of
from gencost.providers.body import BodyReader
from gencost.providers.exchange import Reply, left_over
from gencost.providers.headers import add_headers
from gencost.providers.patience import Patience
from gencost.providers.transport import Clock
from gencost.types import Response
from gencost.values.altered import altered
from gencost.values.chunk_times import packed

_AT_ONCE = 1 << 16  # bytes that aiohttp's parser is given at once
_MOST_KEPT = 1 << 16  # bytes of deltas that are read in one go
_NOTHING = Response(text="", usage=None, latency_ms=None)


def _unframed(data: bytes) -> bytes | None:
    """Take whole chunks of HTTP apart; None if they are not whole, or have more than their sizes."""
    sizes_and_bodies = data.split(b"\r\n")
    bodies = sizes_and_bodies[1::2]
    try:
        sizes = [int(size, 16) for size in sizes_and_bodies[:-1:2]]
    except ValueError:
        return None
    return b"".join(bodies) if sizes == list(map(len, bodies)) else None


def _is_plain(data: bytes, delta: bytes) -> bool:
    """Whether some bytes are whole chunks of whole events that are deltas of the answer and no errors."""
    chunks = data.count(b"\n\n\r\n")
    return (
        data.endswith(b"\n\n\r\n")
        and data.count(b"\r\n") == 2 * chunks
        and data.count(delta) == data.count(b"\n\n")
        and b"error" not in data
    )


@dataclass(slots=True)
class Arrival:
    """One try as far as it has come.

    Attributes:
        body: of the answer.
        clock: of its bytes.
        headers: of the answer; empty before it came.
        heard: is given the text while it comes; None if nobody listens.
        arrivals: takes when each piece of the answer came, ns; None if nobody asks.
    """

    body: BodyReader
    clock: Clock = field(default_factory=Clock)
    headers: Mapping[str, str] = field(default_factory=dict)
    heard: Callable[[str], None] | None = None
    arrivals: list[int] | None = None
    _response: Reply | None = None
    _kept: list[tuple[int, bytes]] = field(default_factory=list)
    _plain: int = 0
    _size: int = 0
    _delta: bytes = b""
    _chunked: bool = False
    _wake: asyncio.Future[None] | None = None
    _patience: Patience | None = None
    _failure: Exception | None = None

    async def fill(self, response: Reply, patience: Patience) -> None:
        """Read a body to its end.

        Args:
            response: whose body it is.
            patience: is told of each piece.

        Raises:
            ProviderError: the body reports an error.
            aiohttp.ClientError: it broke off.
        """
        self._response, self._patience = response, patience
        coded = "Content-Encoding" in response.headers
        self._chunked = not coded and response.headers.get("Transfer-Encoding", "").lower() == "chunked"
        self._read()
        if self._over():
            return
        self._look_for_begin()
        self.clock.watch(self)
        try:
            self._read_kept()
            while not self._over():
                self._wake = asyncio.get_running_loop().create_future()
                await self._wake
                self._read_kept()
        finally:
            self.clock.watch(None)
            self.read_kept()

    def _over(self) -> bool:
        """Whether nothing more is to be waited for."""
        if self._failure is not None:
            raise self._failure
        return self.body.ended or self._transferred()

    def _transferred(self) -> bool:
        """Whether the transfer is over; one that broke off raises why."""
        if self._response is None:
            return True
        content = self._response.content
        if (error := content.exception()) is not None:
            raise error
        return content.is_eof()

    def came(self, data: bytes, at_ns: int) -> None:
        """Keep what the socket has; only what may say more than a delta wakes the task.

        Args:
            data: as it came, HTTP's framing included.
            at_ns: when, on the clock of ``time.perf_counter_ns``.
        """
        kept = self._kept
        if self._delta and self._plain == len(kept) and _is_plain(data, self._delta):
            self._plain += 1
            self._size += len(data)
            if self._patience is not None:
                self._patience.came_ns = at_ns
        kept.append((at_ns, data))
        if self._plain < len(kept) or self._size > _MOST_KEPT:
            self.wake_up()

    def read_kept(self) -> None:
        """Read what is kept, as nothing more is waited for; the task raises what is wrong with it."""
        try:
            self._read_kept()
        except Exception as error:  # noqa: BLE001 - a door: the task that waits raises it
            self._failure = self._failure or error

    def wake_up(self) -> None:
        """Let the task go on."""
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    def _read_kept(self) -> None:
        """Read what was kept, each piece at its time; deltas that follow each other in one go."""
        kept, plain = self._kept, self._plain
        self._kept, self._plain, self._size = [], 0, 0
        start = 0
        while start < len(kept):
            while plain < len(kept) and self._delta and _is_plain(kept[plain][1], self._delta):
                plain += 1
            if plain > start:
                self._read_plain(kept[start:plain])
                start = plain
            else:
                self._parse(kept[start][1], kept[start][0])
                start = plain = start + 1
                self._look_for_begin()

    def _look_for_begin(self) -> None:
        """See whether deltas may be kept from now on."""
        if not self._delta and self._chunked and self.heard is None and self.body.begun:
            self._delta = self.body.delta
            if self.arrivals is None:
                self.clock.spare()

    def _read_plain(self, kept: list[tuple[int, bytes]]) -> None:
        """Read deltas; a parser that stands between two chunks need not see them."""
        whole = _unframed(b"".join([data for _, data in kept]))
        if whole is None:
            for at_ns, data in kept:
                self._parse(data, at_ns)
            return
        if self.arrivals is not None:
            self.arrivals += [at_ns for at_ns, _ in kept[:-1]]
        self._take(whole, kept[-1][0], self.body.deltas)

    def _parse(self, data: bytes, at_ns: int) -> None:
        """Let aiohttp read bytes that came then, not too many at once."""
        for start in range(0, len(data), _AT_ONCE):
            self.clock.parse(data[start : start + _AT_ONCE])
            self._read(at_ns)

    def _read(self, at_ns: int | None = None) -> None:
        """Read what aiohttp has; None is the time of the newest byte."""
        if self._response is None:
            return
        while piece := left_over(self._response):
            self._take(piece, self.clock.received_ns if at_ns is None else at_ns)

    def _take(self, piece: bytes, came_ns: int, feed: Callable[[bytes], bool] | None = None) -> None:
        """Take bytes of the body."""
        clock, body = self.clock, self.body
        came_ns = max(came_ns, clock.sent_ns or 0)  # a server may answer before it has the whole request
        try:
            if not body.ended and (feed or body.feed)(piece):
                clock.last_ns = came_ns
                if self.arrivals is not None:
                    self.arrivals.append(came_ns)
        finally:
            if clock.first_ns is None and body.begun:
                clock.first_ns = came_ns
                body.learn(piece)
            if self.heard is not None and (text := body.heard()):
                self.heard(text)
        if self._patience is not None:
            if body.begun:
                self._patience.piece()
            elif body.whole:
                self._patience.whole()

    def answered(self, answer: Answer) -> Response:
        """The answer with its times."""
        facts, clock, whole = said_of(answer), self.clock, self.body.whole
        facts |= facts_of(answer.reading)
        add_headers(facts, self.headers, streamed=not whole)
        facts |= {"latency_ms": clock.latency_ms, "ttft_ms": clock.ttft_ms, "sent_ns": clock.sent_ns}
        if self.arrivals is not None and not whole:
            facts["chunk_times"] = self._chunk_times(self.arrivals)
        return altered(_NOTHING, **facts)

    def _chunk_times(self, arrivals: list[int]) -> bytes | None:
        """The arrivals from the first content on."""
        first_ns, sent_ns = self.clock.first_ns, self.clock.sent_ns
        if first_ns is None or sent_ns is None:
            return None
        return packed([(at_ns - sent_ns) // 1000 for at_ns in arrivals if at_ns >= first_ns])
