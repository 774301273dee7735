"""The figures with two axes of the HTML report, as places in percent: one function each; the template draws them.

Figures draw at most some hundred points a cell; every mark and interval is of all calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from gencost.analysis.statistics.intervals import Estimate
from gencost.decision.compare import Compared, Comparison, cells_of
from gencost.report.html.scale import Scale, dollars, plain
from gencost.report.numbers import ms, number, usd, with_interval
from gencost.text.counted import counted

_POINTS = 2400
_STEPS = 200
_UNIT = 10  # units of the drawing (1000 x 1000) a percent


@dataclass(frozen=True, kw_only=True)
class Axis:
    """The labels beside an axis: a title, and places in percent with their texts."""

    title: str
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A path of one cell in a drawing of 1000 x 1000: dots or a line; no cell is a line through several."""

    cell: str | None
    path: str
    dots: bool = False


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One cell at one place, percent from the left and from below, with the ends of its intervals where known."""

    cell: str
    x: float
    y: float
    text: str
    x_ends: tuple[float, float] | None = None
    y_ends: tuple[float, float] | None = None
    hollow: bool = False


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A figure with two axes; ``notes`` say what it shows and leaves out."""

    x: Axis
    y: Axis
    shapes: tuple[Shape, ...] = ()
    marks: tuple[Mark, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def cells(self) -> list[str]:
        """The cells it shows."""
        names = [*(mark.cell for mark in self.marks), *(shape.cell for shape in self.shapes)]
        return [cell for cell in dict.fromkeys(names) if cell is not None]


@dataclass(frozen=True, kw_only=True)
class _Along:
    """A figure of a cell on an axis, and how it is written."""

    estimate: Estimate
    scale: Scale
    shown: Callable[[float | None], str]

    @property
    def at(self) -> float:
        return self.scale.at(self.estimate.value)

    @property
    def text(self) -> str:
        return with_interval(self.estimate, self.shown)


def ends(estimate: Estimate | None, scale: Scale) -> tuple[float, float] | None:
    """The places of the ends of an interval; None if one is not known."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return None
    return scale.at(estimate.low), scale.at(estimate.high)


def known_ends(estimates: Iterable[Estimate]) -> list[float]:
    """Figures and the ends of their intervals, as far as known."""
    return [end for interval in estimates for end in (interval.low, interval.value, interval.high) if end is not None]


def _places(x: Iterable[float], y: Iterable[float]) -> list[str]:
    return list(dict.fromkeys(f"{round(a * _UNIT)} {1000 - round(b * _UNIT)}" for a, b in zip(x, y, strict=True)))


def _dots(cell: str, x: Iterable[float], y: Iterable[float]) -> Shape:
    return Shape(cell=cell, path="".join(f"M{place}h0" for place in _places(x, y)), dots=True)


def line(cell: str | None, x: Iterable[float], y: Iterable[float]) -> Shape:
    """Draw a line through places in percent; no cell is a line through several."""
    return Shape(cell=cell, path="M" + "L".join(_places(x, y)))


def _mark(cell: str, across: _Along, up: _Along, *, hollow: bool = False) -> Mark:
    return Mark(
        cell=cell,
        x=across.at,
        y=up.at,
        text=f"{cell}: {across.text}, {up.text}",
        x_ends=ends(across.estimate, across.scale),
        y_ends=ends(up.estimate, up.scale),
        hollow=hollow,
    )


def cost_vs_latency(comparison: Comparison) -> Plot | None:
    """Every call's cost over its latency; marks are the median latency and the mean cost with their intervals.

    Args:
        comparison: of the cells; calls without a known cost or latency are left out, and a note counts them.

    Returns:
        None if no call has both.
    """
    calls = {cell.cell: cell.calls[["latency", "cost"]] for cell in cells_of(comparison)}
    known = {cell: timed for cell, rows in calls.items() if len(timed := rows.dropna())}
    if not known:
        return None
    x, y = (
        Scale.of([end for rows in known.values() for end in (rows[name].min(), rows[name].max())])
        for name in ("latency", "cost")
    )
    most = max(1, _POINTS // len(known))
    drawn = {cell: rows.sample(most, random_state=0) if len(rows) > most else rows for cell, rows in known.items()}
    left_out = sum(len(rows) - len(known.get(cell, ())) for cell, rows in calls.items())
    return Plot(
        x=Axis(title="latency of a call, ms", ticks=x.ticks(plain)),
        y=Axis(title="cost of a call, USD", ticks=y.ticks(dollars)),
        shapes=tuple(_dots(cell, map(x.at, rows["latency"]), map(y.at, rows["cost"])) for cell, rows in drawn.items()),
        marks=tuple(_middle(compared, x, y) for compared in comparison.cells if compared.cell in known),
        notes=(
            "Dots are calls, marks the median latency and mean cost of a cell with their 95 % intervals.",
            *_if(any(len(rows) > most for rows in known.values()), f"{most:,} calls of a cell are drawn."),
            *_if(left_out, f"{counted(left_out, 'answered call', 'are')} left out: no known cost or latency."),
        ),
    )


def _middle(compared: Compared, x: Scale, y: Scale) -> Mark:
    """The median latency and mean cost of a cell that has both."""
    latency, cost = compared.intervals.latency_p50_ms, compared.intervals.cost_usd_mean
    assert latency is not None
    assert cost is not None
    across = _Along(estimate=latency, scale=x, shown=lambda value: f"p50 {ms(value)} ms")
    return _mark(compared.cell, across, _Along(estimate=cost, scale=y, shown=lambda value: f"mean {usd(value)}"))


def _if(holds: object, note: str) -> tuple[str, ...]:
    return (note,) if holds else ()


def front(comparison: Comparison) -> Plot | None:
    """Mean quality over mean cost of each cell; filled marks are on the Pareto front.

    Returns:
        None if fewer than two cells have both.
    """
    points = [
        (compared, cost, quality)
        for compared in comparison.cells
        if (cost := compared.intervals.cost_usd_mean) and (quality := compared.quality)
    ]
    if len(points) < 2:
        return None
    x, y = Scale.of(known_ends(cost for _, cost, _ in points)), Scale.of(known_ends(quality for *_, quality in points))
    steps = _upper_left([(cost.value, quality.value) for _, cost, quality in points])
    return Plot(
        x=Axis(title="mean cost of a call, USD", ticks=x.ticks(dollars)),
        y=Axis(title=f"mean of {comparison.results.score}", ticks=y.ticks(plain)),
        shapes=(line(None, [x.at(cost) for cost, _ in steps], [y.at(quality) for _, quality in steps]),),
        marks=tuple(
            _mark(
                compared.cell,
                _Along(estimate=cost, scale=x, shown=lambda v: f"mean {usd(v)}"),
                _Along(estimate=quality, scale=y, shown=lambda v: number(v, 4)),
                hollow=not compared.place.on_front,
            )
            for compared, cost, quality in points
        ),
        notes=(
            "Filled: no other cell is as good in quality, mean cost and p95 latency and better in one. Hollow: one is.",
            "The line is the front of the two axes shown.",
        ),
    )


def _upper_left(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The steps along the points that no cheaper one equals in quality."""
    steps: list[tuple[float, float]] = []
    for cost, quality in sorted(points, key=lambda point: (point[0], -point[1])):
        if not steps:
            steps.append((cost, quality))
        elif quality > steps[-1][1]:
            steps += [(cost, steps[-1][1]), (cost, quality)]
    return steps


def latency_ecdf(comparison: Comparison) -> Plot | None:
    """The share of each cell's calls that took at most a given time.

    Returns:
        None if no latency is known.
    """
    times = {cell.cell: np.sort(cell.values("latency")) for cell in cells_of(comparison)}
    known = {cell: moments for cell, moments in times.items() if len(moments)}
    if not known:
        return None
    x = Scale.of([end for moments in known.values() for end in (float(moments[0]), float(moments[-1]))])
    return Plot(
        x=Axis(title="latency of a call, ms", ticks=x.ticks(plain)),
        y=Axis(title="share of calls", ticks=tuple((share, f"{share} %") for share in (0, 25, 50, 75, 95))),
        shapes=tuple(_steps(cell, moments, x) for cell, moments in known.items()),
        notes=("The share of answered calls that took at most so long; answers from the cache are left out.",),
    )


def _steps(cell: str, times: np.ndarray, x: Scale) -> Shape:
    """A staircase of few calls, a line of 200 quantiles through many."""
    if len(times) > _STEPS:
        shares = np.linspace(0, 100, _STEPS)
        return line(cell, map(x.at, np.percentile(times, shares)), shares)
    up = np.repeat(np.arange(len(times) + 1) / len(times) * 100, 2)[1:-1]
    return line(cell, map(x.at, np.repeat(times, 2)), up)
