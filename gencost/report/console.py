"""The place where text for people goes."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable

from rich.console import Console
from rich.segment import Segment

from gencost.text.safe import for_terminal

_FILE_WIDTH = 160


class _SafeConsole(Console):
    """Writes control characters as text, since models and files may contain ANSI sequences.

    Where nobody reads any more (``| head -1``, a full disk) it falls silent: what is shown ends no calls.
    """

    def _check_buffer(self) -> None:
        try:
            super()._check_buffer()
        except (OSError, UnicodeError):
            self.on_broken_pipe()

    def on_broken_pipe(self) -> None:
        """Stop printing; what the interpreter still buffers for stdout is dropped, or its exit would fail."""
        self.quiet = True
        with contextlib.suppress(OSError, ValueError, AttributeError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)

    def _render_buffer(self, buffer: Iterable[Segment]) -> str:
        """Escape the texts, but not rich's own control codes."""
        safe = (piece if piece.control else piece._replace(text=for_terminal(piece.text)) for piece in buffer)
        text = super()._render_buffer(safe)
        encoding = getattr(self.file, "encoding", None) or "utf-8"
        return text.encode(encoding, "backslashreplace").decode(encoding)


SILENT = Console(quiet=True)


def make_console() -> Console:
    """Make a console as wide as its terminal; a file or pipe is wide enough for every table, unless COLUMNS says."""
    console = _SafeConsole()
    return console if console.is_terminal or "COLUMNS" in os.environ else _SafeConsole(width=_FILE_WIDTH)


def sentence(console: Console, text: str, style: str | None = None) -> None:
    """Print a sentence: broken between words on a terminal, one line for whoever reads a file or a pipe."""
    console.print(text, style=style, highlight=False, markup=False, soft_wrap=not console.is_terminal)
