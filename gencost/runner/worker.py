"""A process that makes a part of the calls of a command: it sends when all of them do, and says how far it is."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Mapping, Sequence
from dataclasses import replace

from gencost.errors import GenCostError
from gencost.masking import masked_error
from gencost.runner.calls import CellCalls
from gencost.runner.link import Link
from gencost.runner.loop import close_connections, punctual, run_group, until_done
from gencost.runner.punctual_loop import new_loop

_REPORT_S = 0.2


def make_part(cells: Mapping[int, CellCalls], groups: Sequence[str], link: Link) -> tuple[dict[str, float], bool]:
    """Make the calls of this process.

    Args:
        cells: number of a cell among those of the command -> this process's part of it.
        groups: of cells that run at once, of all processes, in their order.
        link: to the process that began this one.

    Returns:
        How late the event loop ran, by group, and whether it was stopped before all calls were made.
    """
    part = _Part({number: _begun_together(number, calls, link) for number, calls in cells.items()}, groups, link)
    with asyncio.Runner(loop_factory=new_loop) as loop, punctual(cells.values()):
        return loop.run(part.run())


def _begun_together(number: int, calls: CellCalls, link: Link) -> CellCalls:
    """Let the schedule of a cell begin at one moment in all processes, after the warm-up of all."""

    async def begin() -> int:
        return int(await link.ask("begin", f"cell {number}"))

    return replace(calls, begin=begin)


class _Part:
    def __init__(self, cells: Mapping[int, CellCalls], groups: Sequence[str], link: Link) -> None:
        self._cells, self._groups, self._link = cells, groups, link
        self._lag_p99_ms: dict[str, float] = {}

    async def run(self) -> tuple[dict[str, float], bool]:
        stop = asyncio.Event()
        everything = asyncio.ensure_future(self._make(stop))
        self._link.listen({"stop": stop.set, "leave": everything.cancel, "end": self._end})
        with contextlib.suppress(NotImplementedError, ValueError):  # Windows
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        reporting = asyncio.create_task(self._report())
        try:
            await until_done(everything, stop)
        finally:
            reporting.cancel()
            await close_connections(list(self._cells.values()))
            self._tell()
        return self._lag_p99_ms, stop.is_set()

    async def _make(self, stop: asyncio.Event) -> None:
        for group in self._groups:
            await self._link.ask("begin", f"group {group}")
            if stop.is_set():
                return
            lag_ms = await run_group([calls for calls in self._cells.values() if calls.group == group], stop)
            if lag_ms is not None:
                self._lag_p99_ms[group] = lag_ms

    def _end(self, number: int, why: str) -> None:
        """End a cell that another process ended."""
        calls = self._cells.get(number)
        if calls is not None and calls.error is None:
            calls.error = GenCostError(why)

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(_REPORT_S)
            self._tell()

    def _tell(self) -> None:
        """Say how far each cell is, and what stopped it."""
        for number, calls in self._cells.items():
            count = calls.count
            error = None if calls.error is None else masked_error(str(calls.error))
            so_far = [count.done, count.errors, count.skipped, count.unpriced, count.pico_usd]
            self._link.tell("count", number, so_far, error)
