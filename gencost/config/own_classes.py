"""One line for whatever a user's own class raises before the calls."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator
from pathlib import Path

from gencost.errors import ConfigError, GenCostError


@contextlib.contextmanager
def told_of(what: str) -> Iterator[None]:
    """Let what is raised inside be one line.

    Args:
        what: was called, e.g. ``prompts: House.load()``.

    Raises:
        ConfigError: anything but an error of GenCost's was raised.
    """
    try:
        yield
    except GenCostError:
        raise
    except Exception as error:  # noqa: BLE001 - a user's class may raise anything
        raise ConfigError(f"{what} failed: {reason(error)}") from None


def reason(error: Exception) -> str:
    """Name the error, and the file and line that raised it."""
    text = f"{type(error).__name__}: {' '.join(str(error).split())}"
    if not error.__traceback__:
        return text
    raised = traceback.extract_tb(error.__traceback__)[-1]
    return f"{text} ({Path(raised.filename).name}, line {raised.lineno})"
