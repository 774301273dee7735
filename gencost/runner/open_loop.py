"""An open loop: calls are started at moments of their own, whether or not the earlier ones are done."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence

from gencost.runner.entrant import Draw


async def start_when_due(
    draws: Iterator[Draw],
    moments: Sequence[int],
    ask: Callable[[Draw, int], Awaitable[None]],
    over: Callable[[], bool],
) -> Iterator[Draw]:
    """Start a call for each draw when it is due, and wait for all of them.

    Args:
        draws: of the calls.
        moments: when each is due, on the clock of ``time.perf_counter_ns``.
        ask: makes one call that was due then.
        over: whether no further call is to be started.

    Returns:
        The draws whose calls were not started.
    """
    under_way: set[asyncio.Future[None]] = set()
    for draw, due_ns in zip(draws, moments, strict=True):
        if (wait_s := (due_ns - time.perf_counter_ns()) / 1e9) > 0:
            await asyncio.sleep(wait_s)
        if over():
            draws = itertools.chain([draw], draws)
            break
        task = asyncio.ensure_future(ask(draw, due_ns))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)
    return draws
