"""The verdict of an audit on one figure."""

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
    """A figure holds if it is what comes out."""
    return FigureCheck(figure, recorded == recomputed, recorded, recomputed)


def failed(checks: Sequence[FigureCheck]) -> list[FigureCheck]:
    """Those that could not be reproduced."""
    return [verdict for verdict in checks if verdict.holds is False]
