"""Work takes turns, so that no crowd of it keeps the event loop from the sockets whose bytes it is to time."""

from __future__ import annotations

import asyncio
from collections import deque


class Turns:
    """Lets one waiting task go on in each round of the event loop.

    A hundred answers that come at once would otherwise be priced, scored and recorded in one round of many ms, and
    the bytes that came meanwhile would be timed after it.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._going = False

    async def take(self) -> None:
        """Wait for a turn."""
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        self._waiting.append(turn)
        if not self._going:
            self._going = True
            loop.call_soon(self._next)
        await turn

    def _next(self) -> None:
        turn = self._waiting.popleft()
        if not turn.done():
            turn.set_result(None)
        self._going = bool(self._waiting)
        if self._going:
            asyncio.get_running_loop().call_soon(self._next)
