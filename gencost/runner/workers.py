"""Processes of this machine that make the calls of a command together, as seen by the one that began them.

This one makes no call: it keeps the budget and the limits of all, lets them begin at one moment, adds up how far they
are, and stops them all alike. What they record is in the metrics DB, whatever becomes of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from gencost.errors import GenCostError
from gencost.runner.calls import CellCalls
from gencost.runner.loop import Late, Traffic, score_late, watched
from gencost.sending.budget import Budget
from gencost.sending.limits import Limits

_LEAD_NS = 20_000_000  # until the last of them knows when to begin
_LAST_WORDS_S = 5.0
_LONGEST_LINE = 1 << 24
# Of this very package, whatever the working folder holds; modules of the user's own are found as they are here.
_ROOT = str(Path(__file__).parent.parent.parent)
_PROGRAM = "import sys; sys.path[:] = {path!r}; from {module} import main; main()"


@dataclass(frozen=True, kw_only=True)
class Share:
    """The work of one process.

    Attributes:
        cells: numbers of the cells that it has calls of.
        setup: what it needs to make them, as its program reads it.
    """

    cells: Sequence[int]
    setup: bytes


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The things that this process keeps for all that make calls.

    Attributes:
        cells: of the command; their counts and errors are kept up to date.
        budget: that they share.
        limits: account -> the gate before it.
    """

    cells: Sequence[CellCalls]
    budget: Budget
    limits: Mapping[str, Limits]


@dataclass(kw_only=True)
class _Worker:
    """One process.

    Attributes:
        part: its work.
        process: that does it.
        done: it said how its event loop ran, its last words.
        counts: number of a cell -> done, errors, skipped, unpriced, 1e-12 USD.
        reserved_pico_usd: for its tries under way.
    """

    part: Share
    process: asyncio.subprocess.Process
    done: bool = False
    counts: dict[int, list[int]] = field(default_factory=dict)
    reserved_pico_usd: int = 0

    def say(self, *words: Any) -> None:
        """Tell it something; a process that is gone hears nothing."""
        if self.process.stdin is not None and not self.process.stdin.is_closing():
            self.process.stdin.write(json.dumps(words).encode() + b"\n")


def run_workers(module: str, parts: Sequence[Share], kept: Kept, console: Console, late: Late) -> Traffic:
    """Let processes make the calls of every cell, then score here what is scored late; Ctrl-C as in ``run_calls``.

    Args:
        module: has the ``main`` of each process.
        parts: one for each.
        kept: what they share.
        console: where progress is shown.
        late: the scorers that wait for the end of the calls.
    """
    with asyncio.Runner() as loop:
        traffic = loop.run(_Workers(module, parts, kept).run(console, late))
        if not late.scoring or not traffic.complete:
            return traffic
        return replace(traffic, complete=loop.run(score_late(late, console)))


class _Workers:
    def __init__(self, module: str, parts: Sequence[Share], kept: Kept) -> None:
        self._module, self._parts, self._kept = module, parts, kept
        self._workers: list[_Worker] = []
        self._arrived: dict[str, list[tuple[_Worker, int]]] = defaultdict(list)
        self._attending: list[asyncio.Task[None]] = []
        self._asking: set[asyncio.Task[None]] = set()
        self._stop = asyncio.Event()
        self._lost: str | None = None
        self._lag_p99_ms: dict[str, float] = {}

    async def run(self, console: Console, late: Late) -> Traffic:
        everything = asyncio.ensure_future(self._serve())
        counts = [calls.count for calls in self._kept.cells]
        await watched(everything, self._stop, counts, (console, {late.engine}))
        return Traffic(complete=not self._stop.is_set(), lost=self._lost, lag_p99_ms=self._lag_p99_ms)

    async def _serve(self) -> None:
        stopping = asyncio.create_task(self._pass_on_stop())
        try:
            for part in self._parts:
                worker = await self._begun(part)
                self._workers.append(worker)
                self._attending.append(asyncio.create_task(self._attend(worker)))
            await asyncio.gather(*map(asyncio.shield, self._attending))
        except OSError as error:
            self._lose(f"a process that makes calls could not be begun: {error.strerror}")
        finally:
            stopping.cancel()
            await self._dismiss()

    async def _begun(self, part: Share) -> _Worker:
        program = _PROGRAM.format(path=[*sys.path, _ROOT], module=self._module)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-c", program),
            stdin=pipe,
            stdout=pipe,
            limit=_LONGEST_LINE,
            start_new_session=True,  # Ctrl-C is for this process
        )
        assert process.stdin is not None
        process.stdin.write(len(part.setup).to_bytes(8, "big") + part.setup)
        return _Worker(part=part, process=process)

    async def _pass_on_stop(self) -> None:
        """Stop all of them; who waits for the others to begin goes on and sees it."""
        await self._stop.wait()
        for worker in self._workers:
            worker.say("stop")
        for name in list(self._arrived):
            self._begin(name)

    async def _attend(self, worker: _Worker) -> None:
        """Hear one process until it ends."""
        assert worker.process.stdout is not None
        async for line in worker.process.stdout:
            kind, number, *values = json.loads(line)
            if number is None:
                self._told(worker, kind, values)
            else:
                asking = asyncio.create_task(self._asked(worker, kind, number, values))
                self._asking.add(asking)
                asking.add_done_callback(self._asking.discard)
        status = await worker.process.wait()
        if not worker.done:
            self._kept.budget.settle(worker.reserved_pico_usd, worker.reserved_pico_usd)  # it may be billed
            ended = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
            self._lose(f"process {worker.process.pid}, which made a part of the calls, {ended}")

    def _lose(self, why: str) -> None:
        """End the command: a part of its calls will not be made."""
        self._lost = self._lost or f"{why}; what is recorded is kept, go on with resume=true"
        self._stop.set()

    async def _asked(self, worker: _Worker, kind: str, number: int, values: list[Any]) -> None:
        """Answer what one process asks for."""
        budget = self._kept.budget
        if kind == "begin":
            self._arrived[values[0]].append((worker, number))
            if self._stop.is_set() or len(self._arrived[values[0]]) == self._awaited(values[0]):
                self._begin(values[0])
            return
        if kind in ("reserve", "reserve_again"):
            allowed = await getattr(budget, kind)(*values)
            worker.reserved_pico_usd += values[0] if allowed else 0
        else:
            account, tokens = values
            allowed = await self._kept.limits[account].enter(lambda: tokens, self._stop)
        worker.say("answer", number, allowed)

    def _awaited(self, name: str) -> int:
        """Return how many processes begin at one moment: all of them, or those that have calls of a cell."""
        kind, _, which = name.partition(" ")
        return len(self._parts) if kind == "group" else sum(int(which) in part.cells for part in self._parts)

    def _begin(self, name: str) -> None:
        begin_ns = time.perf_counter_ns() + _LEAD_NS  # one clock for all processes of a machine
        for worker, number in self._arrived.pop(name, []):
            worker.say("answer", number, begin_ns)

    def _told(self, worker: _Worker, kind: str, values: list[Any]) -> None:
        """Take note of what one process says."""
        if kind == "count":
            self._count(worker, *values)
        elif kind == "done":
            self._done(worker, *values)
        elif kind == "failed":
            worker.done = True
            self._lose(f"a process that made a part of the calls failed: {values[0]}")
        elif kind == "settle":
            worker.reserved_pico_usd -= values[0]
            self._kept.budget.settle(*values)
        elif kind == "let_go":
            self._kept.budget.let_go(*values)
        else:
            account, *facts = values
            getattr(self._kept.limits[account], kind)(*facts)

    def _count(self, worker: _Worker, number: int, so_far: list[int], error: str | None) -> None:
        """Add up a cell's counts over all processes; what stopped it in one ends it in all."""
        worker.counts[number] = so_far
        calls = self._kept.cells[number]
        parts = [other.counts[number] for other in self._workers if number in other.counts]
        count = calls.count
        count.done, count.errors, count.skipped, count.unpriced, count.pico_usd = map(sum, zip(*parts, strict=True))
        if error is not None and calls.error is None:
            calls.error = GenCostError(error)
            for other in self._workers:
                other.say("end", number, error)

    def _done(self, worker: _Worker, lag_p99_ms: dict[str, float], lost: str | None, stopped: bool) -> None:
        worker.done = True
        if stopped and not self._stop.is_set():
            self._lose(f"process {worker.process.pid}, which made a part of the calls, was stopped")
        for group, lag_ms in lag_p99_ms.items():
            self._lag_p99_ms[group] = max(lag_ms, self._lag_p99_ms.get(group, 0.0))
        self._lost = self._lost or lost

    async def _dismiss(self) -> None:
        """End every process: those in the middle of something have a moment to leave it."""
        for worker in self._workers:
            worker.say("leave")
        if self._attending:
            await asyncio.wait(self._attending, timeout=_LAST_WORDS_S)
        for worker in self._workers:
            with contextlib.suppress(ProcessLookupError):
                worker.process.kill()
        await asyncio.gather(*self._attending, return_exceptions=True)
