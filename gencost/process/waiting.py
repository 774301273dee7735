"""A line on the terminal while there is nothing else to see; it is gone when something comes.

Invariant: on standard error and only on a terminal, so that nothing of it is in a file, a pipe or a script's output.
"""

from __future__ import annotations

import contextlib
import sys

_ERASE = "\r\x1b[K"


def wait_for(what: str) -> None:
    """Show what is being done; the next line takes its place."""
    if _on_a_terminal():
        _write(f"{_ERASE}{what} ...")


def shown_enough() -> None:
    """Take the line away before anything else is shown."""
    if _on_a_terminal():
        _write(_ERASE)


def _on_a_terminal() -> bool:
    return sys.stderr is not None and not sys.stderr.closed and sys.stderr.isatty()


def _write(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(text)
        sys.stderr.flush()
