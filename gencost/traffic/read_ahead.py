"""Read and hide a large log in a process of its own, while this one prices and stores: two cores beat one."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import sys
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

from gencost.errors import UserError
from gencost.traffic.batches import batches
from gencost.traffic.hidden import HiddenItem, Hiding
from gencost.traffic.source import LogSource

LARGE = 32 * 2**20
"""Bytes of a file from which on a process of its own, which takes a second to start, is worth it."""

_BATCH = 250, 2**19  # calls, and letters of kept texts
_AHEAD = 80  # batches that wait to be sent: twice as many calls as are stored at once

_SWITCH_S = 0.0005  # what is read is sent on by another thread, which would wait 5 ms after each piece


class ReaderDiedError(UserError):
    """The process that read the log is gone."""


def items_of(source: LogSource, file: str) -> Iterator[HiddenItem]:
    """Read a file here or, if it is large, in a process of its own, in the same order.

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
    receiver, sender = context.Pipe(duplex=False)
    reader = context.Process(target=_read, args=(source, file, sender), daemon=True)
    with sender:  # left to the other process alone, so that the pipe is at its end when that is gone
        reader.start()
    try:
        while (batch := _next(receiver, reader)) is not None:
            if isinstance(batch, BaseException):
                raise batch
            yield from batch
    finally:
        reader.terminate()
        reader.join()
        receiver.close()


def _hidden(source: LogSource, file: str) -> Iterator[HiddenItem]:
    return Hiding(source.name, source.privacy).items(source.read(file))


def _next(receiver: Connection, reader: Any) -> Any:
    try:
        return receiver.recv()
    except (EOFError, OSError):  # between two batches, or within one
        reader.join()
        raise ReaderDiedError(
            f"the process that read the log is gone, exit code {reader.exitcode}: the same command goes on"
        ) from None


def _end_with_parent() -> None:
    """End this process when the one that stores is killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _read(source: LogSource, file: str, sender: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that stores ends this one
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.setswitchinterval(_SWITCH_S)
    ahead: queue.Queue[Any] = queue.Queue(_AHEAD)
    threading.Thread(target=_fill, args=(source, file, ahead), daemon=True).start()
    while isinstance(message := ahead.get(), memoryview):
        sender.send_bytes(message)
    sender.send(message)


def _fill(source: LogSource, file: str, ahead: queue.Queue[Any]) -> None:
    """Read on, and make messages of what is read: when they are asked for, they go at once; then None, or the error."""
    try:
        for batch in batches(_hidden(source, file), *_BATCH):
            ahead.put(ForkingPickler.dumps(batch))
        ahead.put(None)
    except BaseException as error:  # noqa: BLE001 - the door of a process: told where somebody waits
        ahead.put(error)
