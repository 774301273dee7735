"""The figures: one function each, readable in print and by colour-blind people."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from gencost.analysis.frames import SCORE_PREFIX
from gencost.analysis.intervals import LEAST_PROMPTS, mean_score
from gencost.analysis.results import Results
from gencost.report.seaborn_alone import sns
from gencost.types import PICO_PER_USD

_POINTS_A_CELL = 5000
_DPI = 200
_LOG_FROM = 20
_MANY_DECADES = 1000
_LABEL_WIDTH = 34
_MARKERS = "osD^vPXd<>*hp"
_STYLE: Any = {
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


def cost_vs_latency(results: Results, path: Path) -> Path:
    """Scatter of each answered call's cost over its latency, with each cell's median and mean.

    An axis is logarithmic where values span more than a factor of 20.

    Args:
        results: of one or more cells; calls without a known cost are left out, and the figure says how many.
        path: the PNG.

    Returns:
        The path.
    """
    calls = results.calls.loc[results.calls["status"] == "ok", ["cell", "latency_ms", "cost_pico_usd"]]
    calls = calls.assign(cost_usd=calls.pop("cost_pico_usd").astype("float64") / PICO_PER_USD)
    known = calls[calls["cost_usd"].notna() & (calls["latency_ms"] > 0)]
    legend_lines = sum(1 + _label(run.cell).count("\n") for run in results.runs)
    figure, axes = _figure(height=max(4.2, 0.6 + 0.2 * legend_lines))
    axes.set(xlabel="latency of a call, ms", ylabel="cost of a call, USD")
    notes = [f"{len(calls) - len(known):,} calls without a known cost or latency are left out"] * (
        len(known) < len(calls)
    )
    if known.empty:
        return _empty(figure, axes, path, "no answered call with a known cost")
    cells = [summary.cell for summary in results.summaries]
    for index, ((cell, mine), colour) in enumerate(zip(_by_cell(known, cells), _palette(len(cells)), strict=True)):
        shown = mine.sample(_POINTS_A_CELL, random_state=0) if len(mine) > _POINTS_A_CELL else mine
        if len(shown) < len(mine):
            notes.append(f"{_label(cell)}: {_POINTS_A_CELL:,} of {len(mine):,} calls drawn")
        marker = _marker(index)
        axes.scatter(
            shown["latency_ms"], shown["cost_usd"], s=16, alpha=0.35, color=colour, marker=marker, linewidths=0
        )
        middle = (mine["latency_ms"].median(), mine["cost_usd"].mean())
        style = {"s": 110, "color": colour, "edgecolors": "black", "linewidths": 1.2, "zorder": 3}
        axes.scatter(*middle, marker=marker, label=_label(cell), **style)
    _scale(axes, known)
    axes.set_title("Cost against latency of every call; large marks: median ms, mean USD", loc="left", fontsize=11)
    _legend(axes, len(cells))
    return _save(figure, axes, path, notes)


def quality(results: Results, path: Path) -> Path:
    """Bars of each cell's mean quality with a 95 % interval.

    The interval is clustered by prompt, so that repeats of a prompt do not count as independent; it is left out below 5
    prompts.

    Args:
        results: of one or more cells.
        path: the PNG.

    Returns:
        The path.
    """
    score = results.score or ""
    column = f"{SCORE_PREFIX}{score}"
    cells = [summary.cell for summary in results.summaries]
    figure, axes = _figure(height=max(2.6, 1.3 + 0.45 * len(cells)))
    axes.set(xlabel=f"mean of {score or 'the score'}", ylabel="")
    calls = results.calls
    if column not in calls or not calls[column].notna().any():
        return _empty(figure, axes, path, "no call has a score")
    scored = calls.loc[calls[column].notna(), ["cell", "prompt_id", column]]
    bars = [_bar(rows, column) for _, rows in _by_cell(scored, cells)]
    values, below, half = (np.array(part) for part in zip(*bars, strict=True))
    places = np.arange(len(cells))[::-1]
    axes.barh(places, values, height=0.62, color=_palette(len(cells)), edgecolor="black", linewidth=0.6)
    axes.errorbar(values, places, xerr=np.stack([below, half]), fmt="none", ecolor="black", elinewidth=1.1, capsize=3)
    edge = float(np.nanmax(values + np.nan_to_num(half)))
    for place, value, wide in zip(places, values, np.nan_to_num(half), strict=True):
        text = "no score" if np.isnan(value) else f"{value:.3f}"
        axes.annotate(
            text, (0 if np.isnan(value) else value + wide, place), (5, 0), textcoords="offset points", va="center"
        )
    axes.set_yticks(places, [_label(cell) for cell in cells])
    axes.set_xlim(0, max(edge * 1.14, 1e-9))
    axes.set_title("Quality of each cell", loc="left", fontsize=11)
    axes.grid(axis="y", visible=False)
    return _save(
        figure, axes, path, [f"whiskers: 95 % interval of the mean over prompts, from {LEAST_PROMPTS} prompts on"]
    )


def _bar(rows: pd.DataFrame, column: str) -> tuple[float, float, float]:
    """Mean, and how far its interval goes below and above it; NaN is unknown."""
    mean = mean_score(rows[column].to_numpy(dtype=float), pd.factorize(rows["prompt_id"])[0])
    if mean is None or mean.low is None or mean.high is None:
        return (np.nan if mean is None else mean.value), np.nan, np.nan
    return mean.value, mean.value - mean.low, mean.high - mean.value


def _by_cell(calls: pd.DataFrame, cells: list[str]) -> list[tuple[str, pd.DataFrame]]:
    return [(cell, calls[calls["cell"] == cell]) for cell in cells]


def _figure(height: float) -> tuple[Figure, Axes]:
    with sns.axes_style("whitegrid", _STYLE), mpl.rc_context(_STYLE):
        figure = Figure(figsize=(7.0, height), layout="constrained")
        FigureCanvasAgg(figure)
        return figure, figure.add_subplot()


def _palette(n: int) -> list[Any]:
    return list(sns.color_palette("colorblind", n) if n <= 10 else sns.color_palette("husl", n))


def _marker(index: int) -> str:
    """Another one for each cell; those that share one have colours far apart, as those of many cells are a circle."""
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


def _scale(axes: Axes, known: pd.DataFrame) -> None:
    """Use a logarithmic axis where values span more than a factor of 20; a cost of 0 rules it out."""
    for column, axis, name in (("latency_ms", axes.xaxis, "x"), ("cost_usd", axes.yaxis, "y")):
        low, high = known[column].min(), known[column].max()
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
    return _save(figure, axes, path, [])


def _save(figure: Figure, axes: Axes, path: Path, notes: list[str]) -> Path:
    if notes:
        axes.annotate(
            textwrap.fill("; ".join(notes), 110),
            (0, 0),
            (0, -42),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=7.5,
            color="#555555",
            va="top",
        )
    figure.savefig(path, dpi=_DPI)
    return path
