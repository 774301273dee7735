"""The reason why something failed, in one line; imports nothing heavy, for processes without a database."""

from __future__ import annotations

import traceback
from pathlib import Path

from gencost.errors import GenCostError
from gencost.masking import masked_error

_LONGEST = 300


def reason(error: BaseException, refused: str | None = None) -> str:
    """Say what went wrong, with secrets masked; for an error in GenCost's own code also where.

    Args:
        error: any.
        refused: what a database refused, where it is an error of one; None if it is not.
    """
    text = " ".join(masked_error(refused or str(error)).split())[:_LONGEST]
    if refused or isinstance(error, GenCostError):
        return text
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename} cannot be used: {error.strerror}"
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {text}{where}"
