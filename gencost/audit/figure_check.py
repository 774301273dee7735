"""The check of one recorded figure: whether it could be recomputed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple


class FigureCheck(NamedTuple):
    """Whether one figure could be reproduced; a tuple, as a call has twenty of them.

    Attributes:
        figure: what was checked.
        holds: whether it was reproduced; None if it cannot be recomputed.
        recorded: what the metrics DB says.
        recomputed: what comes out, or why nothing does.
    """

    figure: str
    holds: bool | None
    recorded: Any = None
    recomputed: Any = None


def compared(figure: str, recorded: Any, recomputed: Any) -> FigureCheck:
    """Check a figure, which holds if it equals the recomputed one."""
    return FigureCheck(figure, recorded == recomputed, recorded, recomputed)


def failed(checks: Sequence[FigureCheck]) -> list[FigureCheck]:
    """Return the figures that could not be reproduced."""
    return [check for check in checks if check.holds is False]
