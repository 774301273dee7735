"""The signals that end a command: what a user, a scheduler and a closing terminal send."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from gencost.process.exit_codes import INTERRUPTED

STOPPING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


def leave_at_once() -> None:
    """Let them end the process without a word, unless they are ignored: while it is loaded there is nothing to end.

    A ``KeyboardInterrupt`` in the middle of an import is a traceback, or is swallowed there.
    """
    for number in STOPPING:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _leave)


def _leave(_number: int, _frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)


def stop_alike() -> None:
    """Let every one do what Ctrl-C does, unless it is ignored or has a handler of somebody else."""
    for number in STOPPING:
        if signal.getsignal(number) in (signal.SIG_DFL, _leave):
            signal.signal(number, signal.default_int_handler)


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Let a signal that comes inside wait for the end: in the middle of an import it would be lost, or break it.

    Only the main thread gets signals; in another this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    handlers = {number: signal.getsignal(number) for number in STOPPING}
    handlers = {number: handler for number, handler in handlers.items() if callable(handler)}
    for number in handlers:
        signal.signal(number, lambda which, _: came.append(which))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number in came[:1]:
            signal.raise_signal(number)
