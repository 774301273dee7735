"""The bar figures of the HTML report, as widths in percent: one function each; the template draws them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gencost.analysis.breakdown import KINDS, Breakdown
from gencost.decision.compare import Comparison
from gencost.decision.effects import Effect
from gencost.report.html.charts import Axis, ends, known_ends
from gencost.report.html.scale import Scale, dollars, plain
from gencost.report.numbers import NOT_KNOWN, ms, number, usd


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One row: parts that follow each other, each a kind and a width in percent.

    Attributes:
        cell: its name.
        parts: of the bar; kind None is the colour of the cell.
        text: its figure.
        ends: of its interval, in percent; None if unknown.
    """

    cell: str
    parts: tuple[tuple[str | None, float], ...]
    text: str
    ends: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class Bars:
    """Horizontal bars over one axis; ``kinds`` are those of all parts, for a legend."""

    x: Axis
    bars: tuple[Bar, ...]
    kinds: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def quality(comparison: Comparison) -> Bars | None:
    """Mean quality of each cell with its interval.

    Returns:
        None if no cell has a score.
    """
    estimates = [(compared.cell, compared.quality) for compared in comparison.cells]
    known = [estimate for _, estimate in estimates if estimate is not None]
    if not known:
        return None
    x = Scale.of(known_ends(known), zero=True)
    zero = x.at(0.0)
    bars = tuple(
        Bar(
            cell=cell,
            parts=((None, 0.0 if interval is None else x.at(interval.value) - zero),),
            text=number(None if interval is None else interval.value, 3),
            ends=ends(interval, x),
        )
        for cell, interval in estimates
    )
    notes = ("Whiskers are 95 % intervals clustered by prompt; below 5 prompts there is none.",)
    return Bars(x=Axis(title=f"mean of {comparison.results.score}", ticks=x.ticks(plain)), bars=bars, notes=notes)


def cost_by_kind(bills: Sequence[Breakdown]) -> Bars | None:
    """Return the cost of a mean call of each cell, by what it is paid for.

    Returns:
        None if nothing is known to have cost anything.
    """
    totals = [sum(bill.usd.values()) / bill.calls if bill.calls else 0.0 for bill in bills]
    if not any(totals):
        return None
    x = Scale.of(totals, zero=True)
    bars = tuple(
        Bar(
            cell=bill.cell,
            parts=tuple((kind, round(x.at(usd_ / bill.calls), 2)) for kind, usd_ in bill.usd.items()),
            text=usd(total) if bill.calls else NOT_KNOWN,
        )
        for bill, total in zip(bills, totals, strict=True)
    )
    used = tuple(kind for kind in KINDS if any(kind in bill.usd for bill in bills))
    return Bars(
        x=Axis(title="mean cost of a call, USD", ticks=x.ticks(dollars)),
        bars=bars,
        kinds=used,
        notes=(
            "Tokens times the rates they were billed at, over the calls with a known cost, each call counting once.",
        ),
    )


@dataclass(frozen=True, kw_only=True)
class EffectBar:
    """One value of one key: its mean, and how far that is from the mean of all, to the left or to the right.

    Attributes:
        value: of the key.
        text: the mean.
        effect: the difference.
        left: where the bar begins, percent; the mean of all is at 50.
        width: of the bar, percent.
    """

    value: str
    text: str
    effect: str
    left: float
    width: float


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One small multiple: the effects of every key on one measure; ``keys`` are (key, balanced, its values)."""

    title: str
    keys: tuple[tuple[str, bool, tuple[EffectBar, ...]], ...]


def effects(measured: Sequence[Effect]) -> tuple[Panel, ...]:
    """Main effects of the keys of a grid on quality, cost and latency; none unless two keys vary."""
    measures: tuple[tuple[str, str, str, Callable[[float | None], str]], ...] = (
        ("mean quality", "quality", "quality_effect", lambda value: number(value, 3)),
        ("mean cost of a call", "cost_usd", "cost_effect_usd", usd),
        ("median latency, ms", "latency_p50_ms", "latency_effect_ms", ms),
    )
    return tuple(_panel(measured, *measure) for measure in measures) if measured else ()


def _panel(
    measured: Sequence[Effect], title: str, mean: str, effect: str, shown: Callable[[float | None], str]
) -> Panel:
    widest = max((abs(value) for level in measured if (value := getattr(level, effect)) is not None), default=0.0)
    keys = dict.fromkeys(level.key for level in measured)
    groups = []
    for key in keys:
        levels = [level for level in measured if level.key == key]
        leans = tuple(
            _lean(level.value, getattr(level, mean), getattr(level, effect), widest, shown) for level in levels
        )
        groups.append((key, all(level.balanced for level in levels), leans))
    return Panel(title=title, keys=tuple(groups))


def _lean(
    value: str, mean: float | None, effect: float | None, widest: float, shown: Callable[[float | None], str]
) -> EffectBar:
    if effect is not None and abs(effect) <= widest * 1e-9:  # the rounding error of a sum of floats
        effect = 0.0
    width = 0.0 if effect is None or not widest else round(50 * abs(effect) / widest, 2)
    sign = "+" if effect is not None and effect > 0 else ""
    return EffectBar(
        value=value,
        text=shown(mean),
        effect=f"{sign}{shown(effect)}",
        left=50.0 - width if effect is not None and effect < 0 else 50.0,
        width=width,
    )
