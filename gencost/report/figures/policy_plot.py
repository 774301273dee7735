"""The figure of policies: quality over cost, with bands."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import Bbox

from gencost.errors import ReportError
from gencost.report.figures.seaborn_alone import sns

if TYPE_CHECKING:  # a package of the same layer
    from gencost.policies.evaluate import Evaluation
    from gencost.policies.figures import EvaluatedPolicy

_STYLE: Any = {"axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False, "font.size": 9.5}
_MARKERS = "osD^vPXd"
_LINES = ("-", "--", "-.", ":")
_UPWARDS = (-11, 5, -22, 16, -33, 27, -44, 38, -55, 49)  # points from a mark to its name
_NOT_DRAWN = ("random", "zero_router")


def policy_curves(evaluation: Evaluation, path: Path) -> Path:
    """Draw every policy's curve, the point where it would be used, every single cell and the line of mixtures.

    Args:
        evaluation: of the policies.
        path: the PNG.

    Raises:
        ReportError: it cannot be written.
    """
    with sns.axes_style("whitegrid", _STYLE), mpl.rc_context(_STYLE):
        figure = Figure(figsize=(8.4, 4.8), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        shown = [judged for judged in evaluation.policies if judged.curve is not None and judged.name not in _NOT_DRAWN]
        for number, (judged, colour) in enumerate(zip(shown, sns.color_palette("colorblind", len(shown)), strict=True)):
            _draw(axes, judged, colour, number)
        _singles(axes, evaluation)
        axes.xaxis.set_major_locator(MaxNLocator(6))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"${value:,.10g}"))
        axes.set(xlabel="mean cost of a decision, USD", ylabel="mean quality")
        axes.set_title("Quality over cost of policies; large marks are where each would be used", fontsize=11)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8.5)
        figure.draw_without_rendering()  # only then the extents of names are known
        _names(axes, evaluation)
        try:
            figure.savefig(path, dpi=160)
        except OSError as error:
            raise ReportError(f"{path}: cannot be written: {error.strerror}") from None
    return path


def _draw(axes: Axes, judged: EvaluatedPolicy, colour: tuple[float, float, float], number: int) -> None:
    curve = judged.curve
    assert curve is not None
    axes.plot(curve.cost, curve.quality, color=colour, label=judged.name, linestyle=_LINES[number % len(_LINES)])
    axes.fill_between(curve.cost, curve.low, curve.high, color=colour, alpha=0.08, linewidth=0)
    if (
        judged.quality is not None
        and judged.cost is not None
        and math.isfinite(judged.quality.value + judged.cost.value)
    ):
        marker = _MARKERS[number % len(_MARKERS)]
        axes.scatter(
            judged.cost.value, judged.quality.value, s=70, marker=marker, color=colour, edgecolors="black", zorder=3
        )


def _singles(axes: Axes, evaluation: Evaluation) -> None:
    corners = [single for single in evaluation.singles if single.cell in evaluation.hull]
    corners.sort(key=lambda single: single.cost.value)
    style: Any = {"color": "black", "linewidth": 1.0, "linestyle": (0, (1, 1)), "label": "mixtures by lot"}
    axes.plot([single.cost.value for single in corners], [single.quality.value for single in corners], **style)
    for single in evaluation.singles:
        if math.isfinite(single.cost.value + single.quality.value):
            axes.scatter(single.cost.value, single.quality.value, s=45, marker="x", color="black", zorder=4)


def _names(axes: Axes, evaluation: Evaluation) -> None:
    taken: list[Bbox] = []
    for single in evaluation.singles:
        if math.isfinite(single.cost.value + single.quality.value):
            _name(axes, single.cell.partition("=")[2] or single.cell, (single.cost.value, single.quality.value), taken)


def _name(axes: Axes, name: str, place: tuple[float, float], taken: list[Bbox]) -> None:
    """Write a name beside its mark, where no other name is and inside the axes if there is such a place."""
    for up, (right, side) in itertools.product(_UPWARDS, ((5, "left"), (-5, "right"))):
        text = axes.annotate(name, place, (right, up), textcoords="offset points", fontsize=8.5, ha=side)
        box = text.get_window_extent()
        free = not any(box.overlaps(other) for other in taken)
        if (free and axes.bbox.x0 <= box.x0 and box.x1 <= axes.bbox.x1) or (up, side) == (_UPWARDS[-1], "right"):
            taken.append(box)
            return
        text.remove()
