"""The place where text for people goes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.segment import Segment

from gencost.text import for_terminal

_FILE_WIDTH = 160


class _SafeConsole(Console):
    """Writes the control characters of what is shown as text: models and files say anything, ANSI sequences too."""

    def _render_buffer(self, buffer: Iterable[Segment]) -> str:
        """Escape what is text; what rich itself says to the terminal stays."""
        safe = (piece if piece.control else piece._replace(text=for_terminal(piece.text)) for piece in buffer)
        return super()._render_buffer(safe)

    def on_broken_pipe(self) -> None:
        """Go on in silence when nobody reads any more (``| head``): the files and the exit code are still to come."""
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


SILENT = Console(quiet=True)


def make_console() -> Console:
    """Make a console as wide as its terminal; a file or pipe is wide enough for every table, unless COLUMNS says."""
    console = _SafeConsole()
    return console if console.is_terminal or "COLUMNS" in os.environ else _SafeConsole(width=_FILE_WIDTH)
