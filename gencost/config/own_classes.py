"""A user's own classes: where they are imported from, and one line for whatever they raise before the calls."""

from __future__ import annotations

import contextlib
import itertools
import sysconfig
import traceback
from collections.abc import Iterator
from pathlib import Path

import gencost
from gencost.errors import ConfigError, GenCostError

_GENCOST = Path(str(gencost.__file__)).parent


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


@contextlib.contextmanager
def told_of_own() -> Iterator[None]:
    """Let what a user's own file raises inside be one line; what anything else raises stays a fault of GenCost's.

    Raises:
        ConfigError: a file of the user's raised an error.
    """
    try:
        yield
    except GenCostError:
        raise
    except Exception as error:
        if not _is_own(error):
            raise
        raise ConfigError(reason(error)) from None


def _is_own(error: Exception) -> bool:
    """Whether a file is to blame that is neither GenCost's nor an installed package's: the last that called others."""
    installed = [sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")]
    files = [Path(frame.filename) for frame in traceback.extract_tb(error.__traceback__)]
    below = itertools.takewhile(lambda file: not file.is_relative_to(_GENCOST), reversed(files))
    return any(file.is_file() and not any(map(file.is_relative_to, installed)) for file in below)


def reason(error: Exception) -> str:
    """Name the error, and the file and line that raised it."""
    text = f"{type(error).__name__}: {' '.join(str(error).split())}"
    if not error.__traceback__:
        return text
    raised = traceback.extract_tb(error.__traceback__)[-1]
    return f"{text} ({Path(raised.filename).name}, line {raised.lineno})"
