"""Make the calls of many cells in one event loop, interleaved, each cell within its own limits.

Invariant: what a call does to its cell, it does to no other: a failed request is recorded and its cell goes on, a
failed cell is reported and the others go on.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console

from gencost.llm import UnifiedLLM
from gencost.roles import LoadShape
from gencost.runner.progress import CellCount, ProgressDisplay
from gencost.types import Sample

_REFRESH_S = 0.2
GRACE_S = 10.0


@dataclass(kw_only=True)
class CellCalls:
    """The calls of one cell.

    Attributes:
        llm: makes one call.
        draws: sample and repeat number of each, in the order they are asked.
        load: when they are sent.
        count: how far the cell is.
        error: what stopped the cell; None if nothing did.
    """

    llm: UnifiedLLM
    draws: Sequence[tuple[Sample, int]]
    load: LoadShape
    count: CellCount
    error: BaseException | None = None
    _left: Iterator[tuple[Sample, int]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Share one iterator among the cell's workers, so that no draw is asked twice."""
        self._left = iter(self.draws)

    async def run(self, stop: asyncio.Event) -> None:
        """Make the calls until none is left, ``stop`` is set or the cell fails; then settle those in flight."""
        workers = min(self.load.concurrency, len(self.draws))
        await asyncio.gather(*(self._work(stop) for _ in range(workers)))

    async def _work(self, stop: asyncio.Event) -> None:
        for sample, repeat in self._left:
            try:
                self.count.add(await self.llm.acomplete(sample, repeat=repeat))
            except Exception as error:  # noqa: BLE001 - a door: recorded as this cell's end, the others go on
                self.error = self.error or error
            if stop.is_set() or self.error is not None:
                return


def run_calls(cells: Sequence[CellCalls], console: Console) -> bool:
    """Make the calls of every cell, interleaved.

    Ctrl-C sends no further call and waits up to ``GRACE_S`` seconds for those in flight; a second one waits no longer.
    A call that is not waited for stays ``pending`` in the metrics DB.

    Args:
        cells: their ``count`` and ``error`` are kept up to date.
        console: where progress is shown.

    Returns:
        Whether every call was made or failed on its own; False if Ctrl-C came first.
    """
    with asyncio.Runner() as loop:
        return loop.run(_run(cells, console))


async def _run(cells: Sequence[CellCalls], console: Console) -> bool:
    stop = asyncio.Event()
    everything = asyncio.gather(*(cell.run(stop) for cell in cells))
    with _interrupts(stop, everything, console), ProgressDisplay([cell.count for cell in cells], console) as display:
        watch = asyncio.create_task(_refresh(display))
        try:
            await _until_done(everything, stop)
        finally:
            watch.cancel()
            for cell in cells:
                await cell.llm.aclose()
    return not stop.is_set()


async def _until_done(everything: asyncio.Future[list[None]], stop: asyncio.Event) -> None:
    stopped = asyncio.create_task(stop.wait())
    try:
        waited_for: set[asyncio.Future[Any]] = {everything, stopped}
        await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            await asyncio.wait({everything}, timeout=GRACE_S)
            everything.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await everything
    finally:
        stopped.cancel()


async def _refresh(display: ProgressDisplay) -> None:
    while True:
        await asyncio.sleep(_REFRESH_S)
        display.refresh()


@contextlib.contextmanager
def _interrupts(stop: asyncio.Event, everything: asyncio.Future[list[None]], console: Console) -> Iterator[None]:
    """Turn Ctrl-C into ``stop``, and a second one into cancelling; where signals cannot be caught, leave them."""
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        if stop.is_set():
            everything.cancel()
            return
        stop.set()
        console.print(
            f"\nStopping: waiting up to {GRACE_S:.0f} s for calls in flight; Ctrl-C again to leave them pending."
        )

    try:
        loop.add_signal_handler(signal.SIGINT, interrupt)
    except (NotImplementedError, RuntimeError, ValueError):  # Windows, or not the main thread
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
