"""An answer as it comes: its pieces of text to the caller, then the record of the whole call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from types import TracebackType
from typing import Self

from gencost.errors import CallError, ConfigError
from gencost.protocols import Provider, StreamingProvider
from gencost.sending.background import BACKGROUND
from gencost.types import Record, Request, Response


class OverheardProvider(Provider):
    """A provider whose answer is passed on while it comes.

    Args:
        provider: that is asked; one that cannot stream gives its answer as one piece.

    Attributes:
        pieces: of the text as they came; None is the end of the call.
        begun: set by the first piece: from then on nothing is tried again, as the caller has read a part.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self.pieces: asyncio.Queue[str | None] = asyncio.Queue()
        self.begun = asyncio.Event()

    @property
    def name(self) -> str:
        """The provider's."""
        return self._provider.name

    @property
    def account(self) -> str:
        """The provider's."""
        return self._provider.account

    def check(self, model: str) -> None:
        """Ask the provider."""
        self._provider.check(model)

    async def aclose(self) -> None:
        """Leave the connections to the provider."""

    async def complete(self, request: Request) -> Response:
        """Make one try, and pass its text on.

        Raises:
            ProviderError: it failed.
        """
        passed = ""
        if isinstance(self._provider, StreamingProvider):
            response: Response | None = None
            async for piece in self._provider.pieces(request):
                if isinstance(piece, Response):
                    response = piece
                else:
                    passed += piece
                    self._pass_on(piece)
            assert response is not None, f"{self.name}: pieces() must end with the Response"
        else:
            response = await self._provider.complete(request)
        self._pass_on(response.text.removeprefix(passed) if response.text.startswith(passed) else "")
        return response

    def _pass_on(self, piece: str) -> None:
        if piece:
            self.begun.set()
            self.pieces.put_nowait(piece)


Begin = Callable[[OverheardProvider], Coroutine[None, None, Record]]


class AnswerStream:
    """The pieces of one answer, with ``for`` or ``async for``; afterwards ``record`` is the call, accounted.

    The call goes on, and is recorded whole, if its reader stops early; leaving a ``with`` block gives it up instead.

    Args:
        provider: that is asked.
        begin: makes the call with the provider that it is given.
        prepare: is called before, by the thread that reads.
    """

    def __init__(self, provider: Provider, begin: Begin, prepare: Callable[[], object]) -> None:
        self._provider, self._begin, self._prepare = provider, begin, prepare
        self._call: asyncio.Task[Record] | None = None
        self._overheard: OverheardProvider | None = None
        self._record: Record | None = None

    @property
    def record(self) -> Record:
        """Everything about the call.

        Raises:
            ConfigError: its last piece has not been read yet.
        """
        if self._record is None:
            raise ConfigError("the answer is not over: read its pieces to the end before its record")
        return self._record

    def __iter__(self) -> Iterator[str]:
        BACKGROUND.may_wait()
        self._prepare()
        while (piece := BACKGROUND.run(self._next())) is not None:
            yield piece

    async def __aiter__(self) -> AsyncIterator[str]:
        self._prepare()
        while (piece := await BACKGROUND.reach(self._next())) is not None:
            yield piece

    async def _next(self) -> str | None:
        """Return the next piece; None at the end, when the call is recorded."""
        if self._record is not None:
            return None
        if self._overheard is None or self._call is None:
            overheard = self._overheard = OverheardProvider(self._provider)
            self._call = asyncio.create_task(self._begin(overheard))
            self._call.add_done_callback(lambda _: overheard.pieces.put_nowait(None))
        piece = await self._overheard.pieces.get()
        if piece is None:
            self._overheard.pieces.put_nowait(None)  # a second request for the record
            try:
                self._record = await self._call
            except CallError as error:
                self._record = error.record
                raise
        return piece

    async def _give_up(self) -> None:
        if self._call is not None and not self._call.done():
            self._call.cancel()
            await asyncio.wait([self._call])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        BACKGROUND.run(self._give_up())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await BACKGROUND.reach(self._give_up())
