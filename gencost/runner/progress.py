"""Live progress: one line a cell on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Column

from gencost.types import PICO_PER_USD, Record

_PLAIN_EVERY_S = 10.0
_BAR, _TIME_LEFT, _GAPS, _LINE, _LEAST_NAME = 20, 7, 4, 34, 12  # columns of the terminal


@dataclass
class CellCount:
    """The progress of one cell.

    Attributes:
        cell: its name.
        total: requests to make.
        done: requests settled.
        errors: of these, failed.
        skipped: never sent, for want of money.
        unpriced: of these, answered without a known price.
        pico_usd: what the priced ones cost, 1e-12 USD.
    """

    cell: str
    total: int
    done: int = 0
    errors: int = 0
    skipped: int = 0
    unpriced: int = 0
    pico_usd: int = 0

    def add(self, record: Record) -> None:
        """Count one settled request."""
        self.done += 1
        self.errors += record.status == "error"
        for call in (record, *record.steps):
            if call.cost is not None:
                self.unpriced += call.cost.pico_usd is None
                self.pico_usd += call.cost.pico_usd or 0

    def line(self, seconds: float) -> str:
        """Say it in words: rate, money, errors."""
        unpriced = f" + {self.unpriced} unpriced" if self.unpriced else ""
        rate = self.done / seconds if seconds > 0 else 0.0
        return f"{rate:,.0f} calls/s  ${self.pico_usd / PICO_PER_USD:.6f}{unpriced}  {self.errors} errors"


def _shortened(name: str, width: int) -> str:
    """A name in so many columns, without its middle if it is longer."""
    if len(name) <= width:
        return name
    return f"{name[: (width - 2) // 2]}...{name[-((width - 3) // 2) :]}"


class ProgressDisplay:
    """Shows the counts of every cell while they run.

    Args:
        counts: one per cell, kept up to date by the runner.
        console: where to show them.
    """

    def __init__(self, counts: Sequence[CellCount], console: Console) -> None:
        self._counts = counts
        self._console = console
        self._started = self._last_plain = time.monotonic()
        self._bars: Progress | None = None
        self._tasks: list[int] = []

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            names, columns = self._columns()
            self._bars = Progress(*columns, console=self._console, refresh_per_second=5)
            counts = zip(self._counts, names, strict=True)
            self._tasks = [self._bars.add_task(name, total=count.total, line="") for count, name in counts]
            self._bars.start()
        return self

    def _columns(self) -> tuple[list[str], list[ProgressColumn]]:
        """The names that fit, and the columns: name, bar, count and time left; rate and money where there is room."""
        digits = max((len(str(count.total)) for count in self._counts), default=1)
        beside = _BAR + 2 * digits + 1 + _TIME_LEFT + _GAPS
        names = [_shortened(count.cell, max(_LEAST_NAME, self._console.width - beside)) for count in self._counts]
        columns = [
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
            BarColumn(bar_width=_BAR),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True, table_column=Column(no_wrap=True)),
        ]
        if self._console.width - beside - max(map(len, names), default=0) > _LINE:
            columns.append(TextColumn("{task.fields[line]}", table_column=Column(no_wrap=True)))
        return names, columns

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.refresh()
        if self._bars is not None:
            self._bars.stop()

    def refresh(self) -> None:
        """Show the counts as they are; called a few times a second, never per call."""
        now = time.monotonic()
        seconds = now - self._started
        if self._bars is not None:
            for task, count in zip(self._tasks, self._counts, strict=True):
                self._bars.update(task, completed=count.done, line=count.line(seconds))  # type: ignore[arg-type]
        elif now - self._last_plain >= _PLAIN_EVERY_S:
            self._last_plain = now
            for count in self._counts:
                self._console.print(self._plain(count, seconds), highlight=False, soft_wrap=True)

    @staticmethod
    def _plain(count: CellCount, seconds: float) -> str:
        if not count.done:
            return f"{count.cell}: 0/{count.total}"
        left = (count.total - count.done) * seconds / count.done
        return f"{count.cell}: {count.done}/{count.total}  {count.line(seconds)}  {left:,.0f} s left"
