"""Where text for people goes."""

from __future__ import annotations

import os

from rich.console import Console

_FILE_WIDTH = 160


SILENT = Console(quiet=True)


def make_console() -> Console:
    """Make a console as wide as its terminal; a file or pipe is wide enough for every table, unless COLUMNS says."""
    found = Console()
    return found if found.is_terminal or "COLUMNS" in os.environ else Console(width=_FILE_WIDTH)
