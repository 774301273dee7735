"""The signals that end a command: what a user, a scheduler and a closing terminal send."""

from __future__ import annotations

import os
import signal
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
