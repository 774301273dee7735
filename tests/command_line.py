"""The command ``gencost`` in the process of a test."""

from __future__ import annotations

import pytest

from gencost.cli import main


def gencost(capture: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a command; return its exit code and what it wrote to stdout and stderr."""
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return int(end.value.code or 0), *capture.readouterr()
