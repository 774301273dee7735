"""The pipe between a process that makes a part of the calls and the one that began it: lines of JSON, both ways."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from gencost.sending.budget import Budget
from gencost.sending.limits import Limits, LimitSettings

_AT_ONCE = 1 << 20


class Link:
    """The end of the pipe in the process that makes calls.

    Args:
        reading: the file descriptor of what the other process says.
        writing: what it hears.
    """

    def __init__(self, reading: int, writing: BinaryIO) -> None:
        self._reading, self._writing = reading, writing
        self._numbers = itertools.count()
        self._asked: dict[int, asyncio.Future[Any]] = {}

    def listen(self, told: Mapping[str, Callable[..., object]]) -> None:
        """Hear the other process from now on; called in the event loop.

        Args:
            told: what it may say -> what is done about it; ``leave`` also if it is gone.
        """
        loop = asyncio.get_running_loop()
        kinds: dict[str, Callable[..., object]] = {**told, "answer": self._answered}

        def hear() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                for line in _lines(self._reading):
                    kind, *values = json.loads(line)
                    loop.call_soon_threadsafe(kinds[kind], *values)
                loop.call_soon_threadsafe(kinds["leave"])

        threading.Thread(target=hear, name="link", daemon=True).start()

    def _answered(self, number: int, value: Any) -> None:
        asked = self._asked.pop(number, None)
        if asked is not None and not asked.done():
            asked.set_result(value)

    def tell(self, kind: str, *values: Any) -> None:
        """Say something; nobody may hear it any more."""
        self._write([kind, None, *values])

    async def ask(self, kind: str, *values: Any) -> Any:
        """Ask for something and wait for it."""
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self._write([kind, number, *values])
        return await answer

    def _write(self, words: list[Any]) -> None:
        with contextlib.suppress(OSError):
            self._writing.write(json.dumps(words).encode() + b"\n")
            self._writing.flush()


def read_whole(file: int) -> bytes:
    """Read what begins with its own length, eight bytes."""
    return _exactly(file, int.from_bytes(_exactly(file, 8), "big"))


def _exactly(file: int, size: int) -> bytes:
    pieces: list[bytes] = []
    while size and (piece := os.read(file, min(size, _AT_ONCE))):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _lines(file: int) -> Iterator[bytes]:
    """Read lines as they come; a buffered reader would have to be let go of before the process can end."""
    rest = b""
    while piece := os.read(file, _AT_ONCE):
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole


class BudgetElsewhere(Budget):
    """The budget of all processes, which the one that began them keeps.

    Args:
        usd: the most that may be spent; None has no limit.
        link: to that process.
    """

    def __init__(self, usd: float | None, link: Link) -> None:
        super().__init__(usd)
        self._link = link

    async def reserve(self, worst_pico_usd: int, held_pico_usd: int = 0) -> bool:
        """Set money aside for a call's first try, see ``Budget``."""
        return bool(await self._link.ask("reserve", worst_pico_usd, held_pico_usd))

    async def reserve_again(self, worst_pico_usd: int) -> bool:
        """Set money aside for one more try, see ``Budget``."""
        return bool(await self._link.ask("reserve_again", worst_pico_usd))

    def settle(self, reserved_pico_usd: int, spent_pico_usd: int) -> None:
        """Replace a call's reservations by what it cost."""
        self._link.tell("settle", reserved_pico_usd, spent_pico_usd)

    def let_go(self, held_pico_usd: int) -> None:
        """Give back what was held for judging."""
        self._link.tell("let_go", held_pico_usd)


class LimitsElsewhere(Limits):
    """The gate of an account with limits, which the process that began this one keeps.

    Args:
        settings: what the account allows.
        account: its name and what was configured for it.
        link: to that process.
    """

    def __init__(self, settings: LimitSettings, account: str, link: Link) -> None:
        super().__init__(settings, account)
        self._link = link

    async def enter(self, tokens: Callable[[], int], stop: asyncio.Event) -> bool:  # noqa: ARG002 - it is stopped, too
        """Wait, behind the calls of all processes, until one try may be made."""
        return bool(await self._link.ask("enter", self.account, tokens()))

    def leave(self) -> None:
        """Give the place back."""
        self._link.tell("leave", self.account)

    def refused(self, retry_after_s: float | None, sent_s: float) -> None:
        """Note a 429, there and here."""
        super().refused(retry_after_s, sent_s)
        self._link.tell("refused", self.account, retry_after_s, sent_s)

    def answered(self) -> None:
        """Note an answer, there and here."""
        super().answered()
        self._link.tell("answered", self.account)
