"""One event loop for the calls of many cells; it watches itself and obeys Ctrl-C, SIGTERM and SIGHUP.

Cells of equal load are interleaved; groups of other load follow one another, since cells that shared a server at once
would each measure the sum of all loads.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rich.console import Console

from gencost.metrics_db import Engine, Writer
from gencost.metrics_db.alive import BEAT_S, say_alive
from gencost.process.file_table import make_room_for_files
from gencost.process.stopping import STOPPING
from gencost.runner.calls import CellCalls
from gencost.runner.event_loop_lag import LagProbe
from gencost.runner.late_scoring import Scoring
from gencost.runner.progress import CellCount, ProgressDisplay
from gencost.runner.punctual_loop import PUNCTUAL, UNHURRIED, Turns, new_loop, reading_at
from gencost.runner.standstill import Standstill
from gencost.sending.budget import Budget

_REFRESH_S = 0.2
_SWITCH_S = 0.0005
_MANY = 16  # places, from which on answers may lie for a moment
_NEW_OBJECTS, _OF_A_CALL = 50_000, 250
GRACE_S = 10.0
_MOMENT_S = 0.5  # in which calls that wait for a place are recorded as not sent


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """The outcome of all calls of a loop.

    Attributes:
        complete: every call was made, skipped or failed on its own; False if Ctrl-C came first.
        lag_p99_ms: how late the event loop ran, by group of cells; without a group that was too short to tell.
        lost: why the rows of the calls are not where they should be; None if they are.
    """

    complete: bool
    lost: str | None = None
    lag_p99_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Late:
    """Scorers that wait for the end of the calls.

    Attributes:
        scoring: each of them.
        engine: the metrics DB.
        writer: writes to it.
        budget: of the judges' calls.
    """

    scoring: Sequence[Scoring]
    engine: Engine
    writer: Writer
    budget: Budget


def score_recorded(late: Late, console: Console) -> bool:
    """Score recorded answers; Ctrl-C as in ``run_calls``.

    Args:
        late: what is to be scored.
        console: where progress is shown.

    Returns:
        False if Ctrl-C came first.
    """
    with asyncio.Runner() as loop:
        return loop.run(score_late(late, console))


def run_calls(cells: Sequence[CellCalls], console: Console, late: Late | None = None) -> Traffic:
    """Make the calls of every cell, each group of them interleaved; then score what is scored late.

    Ctrl-C sends no further call and waits up to ``GRACE_S`` seconds for those in flight; a second one waits no longer.
    A call that is not waited for stays ``pending`` in the metrics DB.

    Args:
        cells: their ``count`` and ``error`` are kept up to date.
        console: where progress is shown.
        late: the scorers that wait for the end of the calls; None if there are none.
    """
    with asyncio.Runner(loop_factory=new_loop) as loop:
        with punctual(cells):
            traffic = loop.run(_run(cells, console))
        if late is None or not late.scoring or not traffic.complete:
            return traffic
        return replace(traffic, complete=loop.run(score_late(late, console)))


@contextlib.contextmanager
def punctual(cells: Collection[CellCalls]) -> Iterator[None]:
    """Keep the interpreter from making latencies of these cells untrue.

    The writer thread gives the interpreter back after half a millisecond instead of five, unless nobody's times depend
    on it: each change of hands costs both threads. The garbage collector leaves alone what was there before the first
    call: going through that took tens of ms, again and again. Calls hold no cycles, so it looks for some only when
    there are many more objects than all calls in flight have, some 100 each: 700, as otherwise, took 5 % of the CPU of
    512 streams, and 50,000 took 8 ms at once when the last of them began.
    """
    interval_s, thresholds = sys.getswitchinterval(), gc.get_threshold()
    if not all(cell.all_say("gives_times") or cell.all_say("noted") for cell in cells):
        sys.setswitchinterval(_SWITCH_S)
    make_room_for_files()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS + _OF_A_CALL * _most_at_once(cells), *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        sys.setswitchinterval(interval_s)


def _most_at_once(cells: Iterable[CellCalls]) -> int:
    """Sum the places of the cells that run at once, of the group that has most."""
    places = Counter[str]()
    for cell in cells:
        places[cell.group] += cell.load.concurrency
    return max(places.values(), default=0)


async def _run(cells: Sequence[CellCalls], console: Console) -> Traffic:
    stop, lag_p99_ms = asyncio.Event(), dict[str, float]()
    try:
        everything = asyncio.ensure_future(_groups(cells, stop, lag_p99_ms))
        engines = {cell.llm.writer.engine for cell in cells if cell.llm.writer is not None}
        await watched(everything, stop, [cell.count for cell in cells], (console, engines))
    finally:
        if stop.is_set():
            for cell in cells:
                if cell.llm.writer is not None:
                    cell.llm.writer.hurry()
        await close_connections(cells)
    return Traffic(complete=not stop.is_set(), lag_p99_ms=lag_p99_ms)


async def close_connections(cells: Sequence[CellCalls]) -> None:
    """Give back the connections of every model that cells asked."""
    for cell in cells:
        for llm in (cell.llm, *(() if cell.steps is None else cell.steps.llms)):
            with contextlib.suppress(Exception):  # a provider of the user's own; the calls are over and recorded
                await llm.aclose()


async def _groups(cells: Sequence[CellCalls], stop: asyncio.Event, lag_p99_ms: dict[str, float]) -> None:
    """Make the calls of one group of cells after another, in the order of their first cells."""
    for group in dict.fromkeys(cell.group for cell in cells):
        if stop.is_set():
            return
        lag_ms = await run_group([cell for cell in cells if cell.group == group], stop)
        if lag_ms is not None:
            lag_p99_ms[group] = lag_ms


async def run_group(cells: Sequence[CellCalls], stop: asyncio.Event) -> float | None:
    """Make the calls of cells that run at once; gives how late the event loop ran, None if that was too short."""
    drawn, noted = (all(cell.all_say(fact) for cell in cells) for fact in ("gives_times", "noted"))
    pace = UNHURRIED if noted and sum(cell.load.concurrency for cell in cells) >= _MANY else PUNCTUAL
    probe, turns, standstill = LagProbe(), Turns(not drawn, pace.at_once), Standstill()
    writers = {cell.llm.writer for cell in cells if cell.llm.writer is not None}
    for writer in writers:
        writer.gather_while(lambda: all(cell.supplied for cell in cells))
    watch = asyncio.create_task(probe.run())
    try:
        with reading_at(pace):
            await asyncio.gather(*(cell.run(stop, turns, standstill) for cell in cells))
    finally:
        turns.finish()
        watch.cancel()
        standstill.stop()
        for writer in writers:
            writer.gather_while(None)  # the cells are over, and so is their memory
    return probe.p99_ms()


async def score_late(late: Late, console: Console) -> bool:
    """Score until all is scored; False if Ctrl-C came first."""
    stop = asyncio.Event()
    everything = asyncio.gather(*(scoring.run(late.engine, late.writer, stop) for scoring in late.scoring))
    with late.budget.judging():
        await watched(everything, stop, [scoring.count for scoring in late.scoring], (console, {late.engine}))
    if stop.is_set():
        late.writer.hurry()
    return not stop.is_set()


async def watched(
    everything: asyncio.Future[Any], stop: asyncio.Event, counts: Sequence[CellCount], told: tuple[Console, set[Engine]]
) -> None:
    """Wait for all of it; tell people and the metrics DB meanwhile how it goes."""
    console, engines = told
    with _interrupts(stop, everything, console), ProgressDisplay(counts, console) as display:
        telling = [asyncio.create_task(_refresh(display)), *(asyncio.create_task(_beat(engine)) for engine in engines)]
        try:
            await until_done(everything, stop)
        finally:
            for task in telling:
                task.cancel()


async def until_done(everything: asyncio.Future[Any], stop: asyncio.Event) -> None:
    """Wait for all of it; after ``stop`` no longer than ``GRACE_S``."""
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


async def _beat(engine: Engine) -> None:
    while True:
        await asyncio.to_thread(say_alive, engine)
        await asyncio.sleep(BEAT_S)


async def _refresh(display: ProgressDisplay) -> None:
    while True:
        await asyncio.sleep(_REFRESH_S)
        display.refresh()


@contextlib.contextmanager
def _interrupts(stop: asyncio.Event, everything: asyncio.Future[Any], console: Console) -> Iterator[None]:
    """Turn Ctrl-C into ``stop``, and a second one into cancelling soon; where signals cannot be caught, leave them."""
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        if stop.is_set():
            loop.call_later(_MOMENT_S, everything.cancel)
            return
        stop.set()
        console.print(
            f"\nStopping: waiting up to {GRACE_S:.0f} s for calls in flight; Ctrl-C again to leave them pending."
        )

    before = {number: signal.getsignal(number) for number in STOPPING}
    caught = [number for number in STOPPING if _catch(loop, number, interrupt)]
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)
            signal.signal(number, before[number])


def _catch(loop: asyncio.AbstractEventLoop, number: int, interrupt: Callable[[], None]) -> bool:
    """Catch a signal; not one that is ignored, as ``nohup`` does, nor where signals cannot be caught."""
    if signal.getsignal(number) is signal.SIG_IGN:
        return False
    try:
        loop.add_signal_handler(number, interrupt)
    except (NotImplementedError, RuntimeError, ValueError):  # Windows, or not the main thread
        return False
    return True
