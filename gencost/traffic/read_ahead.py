"""Read and hide a large log in a process of its own, while this one prices and stores: two cores beat one."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Iterator
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

from gencost.errors import UserError
from gencost.traffic.batches import batches
from gencost.traffic.hidden import HiddenItem, Hiding
from gencost.traffic.source import LogSource

LARGE = 32 * 2**20
"""Bytes of a file from which on a process of its own, which takes a second to start, is worth it."""

_BATCH = 250, 2**19  # calls, and letters of kept texts
_AHEAD = 40  # batches that wait to be taken: as many calls as are stored at once, which takes as long as reading them
_LOOK_S = 5.0


class ReaderDiedError(UserError):
    """The process that read the log is gone."""


def items_of(source: LogSource, file: str) -> Iterator[HiddenItem]:
    """Read a file: here, or if it is large in a process of its own, in the same order.

    Args:
        source: its reader.
        file: one of ``source.files``.

    Raises:
        UserError: the file cannot be read, or the process that reads it is gone.
    """
    path = Path(file)
    if path.is_file() and path.stat().st_size >= LARGE:
        yield from read_apart(source, file)
    else:
        yield from _hidden(source, file)


def read_apart(source: LogSource, file: str) -> Iterator[HiddenItem]:
    """Read a file in a process of its own.

    Args:
        source: its reader.
        file: one of ``source.files``.

    Raises:
        UserError: the file cannot be read, or the process is gone.
    """
    context = multiprocessing.get_context("spawn")
    ahead: Queue[Any] = context.Queue(_AHEAD)
    reader = context.Process(target=_read, args=(source, file, ahead), daemon=True)
    reader.start()
    try:
        while (batch := _next(ahead, reader)) is not None:
            if isinstance(batch, BaseException):
                raise batch
            yield from batch
    finally:
        reader.terminate()
        reader.join()
        ahead.close()


def _hidden(source: LogSource, file: str) -> Iterator[HiddenItem]:
    return Hiding(source.name, source.privacy).items(source.read(file))


def _next(ahead: Queue[Any], reader: Any) -> Any:
    while True:
        try:
            return ahead.get(timeout=_LOOK_S)
        except queue.Empty:
            if not reader.is_alive() and ahead.empty():
                raise ReaderDiedError(
                    f"the process that read the log is gone, exit code {reader.exitcode}: the same command goes on"
                ) from None


def _end_with_parent() -> None:
    """End this process when the one that stores is killed, which nobody else would tell it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _read(source: LogSource, file: str, ahead: Queue[Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that stores ends this one
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        items = _hidden(source, file)
        for batch in batches(items, *_BATCH):
            ahead.put(batch)
        ahead.put(None)
    except Exception as error:  # noqa: BLE001 - the door of a process: told where somebody waits
        ahead.put(error)
