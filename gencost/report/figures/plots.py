"""The figures: one function each, readable in print and by colour-blind people.

They are drawn of plain numbers (``figure_numbers``), so that the process that draws needs no more than Matplotlib.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from gencost.report.figures.figure_style import COLOUR_BLIND, WHITE_GRID
from gencost.text.counted import counted, counted_of

_DPI = 200
_LOG_FROM = 20
_MANY_DECADES = 1000
_LABEL_WIDTH = 34
_NOTE_WIDTH = 105
_MOST_NOTES = 4
_LINE_IN, _ROW_IN = 0.17, 0.45
_MARKERS = "osD^vPXd<>*hp"
_STYLE: Any = {
    **WHITE_GRID,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.labelsize": 10,
    "font.size": 9.5,
    "grid.color": "#e6e6e6",
    "legend.frameon": False,
}


def draw(kind: str, numbers: Mapping[str, Any], path: Path) -> Path:
    """Draw a figure.

    Args:
        kind: ``cost_vs_latency`` or ``quality``.
        numbers: of ``figure_numbers``.
        path: the PNG.

    Returns:
        The path.
    """
    return _KINDS[kind](numbers, path)


def cost_vs_latency(numbers: Mapping[str, Any], path: Path) -> Path:
    """Scatter of each answered call's cost over its latency, with each cell's median and mean.

    An axis is logarithmic where values span more than a factor of 20.
    """
    cells, labels = numbers["cells"], [_label(cell) for cell in numbers["names"]]
    figure, axes = _figure(height=max(4.2, 0.6 + 0.2 * sum(1 + label.count("\n") for label in labels)))
    axes.set(xlabel="latency of a call, ms", ylabel="cost of a call, USD")
    if not cells:
        return _empty(figure, axes, path, "no answered call with a known cost and latency")
    notes = [numbers["left_out"]] if numbers["left_out"] else []
    palette = _palette(numbers["of"])
    for name, cell, label, index in zip(numbers["names"], cells, labels, numbers["places"], strict=True):
        if (drawn := len(cell["latency_ms"])) < cell["calls"]:
            notes.append(f"{name}: {counted_of(drawn, cell['calls'], 'call')} drawn")
        marker, colour = _marker(index), palette[index]
        axes.scatter(cell["latency_ms"], cell["cost_usd"], s=16, alpha=0.35, color=colour, marker=marker, linewidths=0)
        style = {"s": 110, "color": colour, "edgecolors": "black", "linewidths": 1.2, "zorder": 3}
        axes.scatter(cell["median_ms"], cell["mean_usd"], marker=marker, label=label, **style)
    _scale(axes, numbers["spans"])
    axes.set_title("Cost against latency of every call; large marks: median ms, mean USD", loc="left", fontsize=11)
    _legend(axes, len(cells))
    return _save(figure, path, notes)


def quality(numbers: Mapping[str, Any], path: Path) -> Path:
    """Bars of each cell's mean quality with a 95 % interval."""
    names, labels = numbers["names"], [_label(name) for name in numbers["names"]]
    row_in = max([_ROW_IN, *(0.1 + _LINE_IN * (1 + label.count("\n")) for label in labels)])
    figure, axes = _figure(height=max(2.6, 1.3 + row_in * len(names)))
    axes.set(xlabel=f"mean of {numbers['score'] or 'the score'}", ylabel="")
    if not numbers["bars"]:
        return _empty(figure, axes, path, "no call has a score")
    values, below, half = (np.array(part) for part in zip(*numbers["bars"], strict=True))
    places = np.arange(len(names))[::-1]
    axes.barh(places, values, height=0.62, color=_palette(len(names)), edgecolor="black", linewidth=0.6)
    axes.errorbar(values, places, xerr=np.stack([below, half]), fmt="none", ecolor="black", elinewidth=1.1, capsize=3)
    edge = float(np.nanmax(values + np.nan_to_num(half)))
    for place, value, wide in zip(places, values, np.nan_to_num(half), strict=True):
        text = "no score" if np.isnan(value) else f"{value:.3f}"
        axes.annotate(
            text, (0 if np.isnan(value) else value + wide, place), (5, 0), textcoords="offset points", va="center"
        )
    axes.set_yticks(places, labels)
    axes.set(xlim=(0, max(edge * 1.14, 1e-9)), ylim=(-0.6, len(names) - 0.4))
    axes.set_title("Quality of each cell", loc="left", fontsize=11)
    axes.grid(axis="y", visible=False)
    return _save(figure, path, [numbers["whiskers"]])


_KINDS: Mapping[str, Callable[[Mapping[str, Any], Path], Path]] = {
    "cost_vs_latency": cost_vs_latency,
    "quality": quality,
}


def _figure(height: float) -> tuple[Figure, Axes]:
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(7.0, height), dpi=_DPI, layout="constrained")
        FigureCanvasAgg(figure)
        return figure, figure.add_subplot()


def _palette(n: int) -> list[Any]:
    if n <= len(COLOUR_BLIND):
        return list(COLOUR_BLIND[:n])
    from gencost.report.figures.seaborn_alone import sns  # noqa: PLC0415 - takes a second, only for so many cells

    return list(sns.color_palette("husl", n))


def _marker(index: int) -> str:
    """Choose a marker for each cell; cells that share one have colours far apart on the circle of colours."""
    return _MARKERS[(index + 5 * (index // len(_MARKERS))) % len(_MARKERS)]


def _label(cell: str) -> str:
    """Break a long name after its commas, and a part that is longer than a line where it must be."""
    lines = [""]
    for part in cell.split(", "):
        joined = f"{lines[-1]}, {part}" if lines[-1] else part
        if len(joined) <= _LABEL_WIDTH or not lines[-1]:
            lines[-1] = joined
        else:
            lines[-1] += ","
            lines.append(part)
    return "\n".join(textwrap.fill(line, _LABEL_WIDTH) for line in lines)


def _scale(axes: Axes, spans: Mapping[str, tuple[float, float]]) -> None:
    """Use a logarithmic axis where values span more than a factor of 20; a cost of 0 rules it out."""
    for column, axis, name in (("latency_ms", axes.xaxis, "x"), ("cost_usd", axes.yaxis, "y")):
        low, high = spans[column]
        if low > 0 and high / low > _LOG_FROM:
            axes.set(**{f"{name}scale": "log"})
            axis.set_major_locator(
                LogLocator(subs=(1.0, 2.0, 5.0) if high / low < _MANY_DECADES else (1.0,), numticks=12)
            )
            axis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axes.yaxis.set_major_formatter(
        FuncFormatter(
            lambda value, _: f"${np.format_float_positional(value, 4, unique=False, fractional=False, trim='-')}"
        )
    )


def _legend(axes: Axes, cells: int) -> None:
    below = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)} if cells > 4 else {"loc": "best"}
    axes.legend(fontsize=8.5, **below)


def _empty(figure: Figure, axes: Axes, path: Path, text: str) -> Path:
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", fontsize=12)
    axes.set(xticks=[], yticks=[])
    return _save(figure, path, [])


def _save(figure: Figure, path: Path, notes: list[str]) -> Path:
    if notes:
        more = len(notes) - _MOST_NOTES
        shown = [*notes[:_MOST_NOTES], *([f"and so of {counted(more, 'more cell')}"] if more > 0 else [])]
        text = textwrap.fill("; ".join(shown), _NOTE_WIDTH)
        figure.supxlabel(text, x=0.01, ha="left", fontsize=7.5, color="#555555")
    _lay_out(figure)
    figure.savefig(path, dpi="figure")
    return path


def _lay_out(figure: Figure) -> None:
    """Place everything once and for all, as saving a figure would, which draws all of it for that."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")
