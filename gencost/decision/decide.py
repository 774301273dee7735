"""The decision: the cheapest cell of a quality not inferior to the reference's, in one sentence with its evidence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from gencost.analysis.cell_names import find_cell
from gencost.errors import ConfigError

if TYPE_CHECKING:  # scipy, which the first call need not wait for
    from gencost.analysis.cell_intervals import Intervals
    from gencost.decision.difference import Difference, Pair

BEST = "best"

Verdict = Literal["inferior", "not_inferior"]


@dataclass(frozen=True, kw_only=True)
class Criteria:
    """What a cell must meet.

    Attributes:
        reference: the cell whose quality is asked for, or ``best``: the one of highest mean quality among those that
            meet ``max_p95_ms``.
        margin: how much lower than the reference's the quality may be: the lower end of the 95 % interval of the
            difference must be above -margin.
        max_p95_ms: highest 95th percentile of latency; None is no limit.
        min_quality: lowest mean quality; None is no limit.
    """

    reference: str = BEST
    margin: float = 0.02
    max_p95_ms: float | None = None
    min_quality: float | None = None

    @classmethod
    def of(cls, decision: Mapping[str, Any]) -> Criteria:
        """Take them from the ``decision`` of a config, recorded by whatever version; the other keys are left out.

        Raises:
            ConfigError: a value is impossible.
        """
        known = {field.name for field in fields(cls)}
        return cls(**{key: value for key, value in decision.items() if key in known})

    def __post_init__(self) -> None:
        """Refuse what no cell could be held to."""
        if not (math.isfinite(self.margin) and self.margin >= 0):
            raise ConfigError(f"decision.margin={self.margin}: give a number >= 0, e.g. 0.02")
        for name in ("max_p95_ms", "min_quality"):
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise ConfigError(f"decision.{name}={value}: give a number, or null for no limit")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One cell before the criteria.

    Attributes:
        cell: its name.
        qualifies: whether it meets them all.
        why: what it fails, or how it meets the margin; one clause.
        needed: what would let it qualify; None if it does or nothing can be said.
    """

    cell: str
    qualifies: bool
    why: str
    needed: str | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What to keep paying for.

    Attributes:
        cell: the chosen cell; None if none qualifies.
        reference: the cell it was held against; None if there was none.
        sentence: the decision with its evidence, for people.
        candidates: every cell, in their order.
    """

    cell: str | None
    reference: str | None
    sentence: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, kw_only=True)
class Decided:
    """How a cell was decided.

    Attributes:
        verdict: against the reference, or with ``best`` against every cell that may be the best.
        against: the reference; for an inferior cell the one it is inferior to.
        margin: by which.
        prompts: that had been answered in order by both when it was decided.
    """

    verdict: Verdict
    against: str
    margin: float
    prompts: int


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What the decision knows of one cell.

    Attributes:
        cell: its name.
        intervals: its figures.
        answered: calls with an answer.
        unanswered: calls that failed or have no known end.
        unpriced: answers whose cost is unknown.
        decided: how a sequential test decided it; None if none did.
    """

    cell: str
    intervals: Intervals
    answered: int
    unanswered: int
    unpriced: int
    decided: Decided | None = None


def decide(standings: Sequence[Standing], against: Mapping[tuple[str, str], Pair], criteria: Criteria) -> Decision:
    """Choose a cell.

    Args:
        standings: of every cell, in their order.
        against: (reference, cell) -> their pair, for every two cells.
        criteria: what a cell must meet.

    Raises:
        ConfigError: the reference is no cell.
    """
    reference = reference_of(standings, criteria)
    candidates = tuple(_candidate(one, reference, against, criteria) for one in standings)
    qualified = [one for one, its in zip(standings, candidates, strict=True) if its.qualifies]
    if not qualified:
        return Decision(cell=None, reference=reference, sentence=_nothing(candidates), candidates=candidates)
    chosen = min(qualified, key=_cost)
    sentence = _sentence(chosen, reference, against, len(qualified), criteria)
    return Decision(cell=chosen.cell, reference=reference, sentence=sentence, candidates=candidates)


def _cost(one: Standing) -> float:
    return math.inf if one.intervals.cost_usd_mean is None else one.intervals.cost_usd_mean.value


def reference_of(standings: Sequence[Standing], criteria: Criteria) -> str | None:
    """Name the cell that the others are held against; None if no cell has a score.

    Raises:
        ConfigError: the criteria name one that is no cell.
    """
    names = [one.cell for one in standings]
    if criteria.reference != BEST:
        return find_cell(criteria.reference, names, "decision.reference")
    scored = [one for one in standings if one.intervals.quality_mean is not None]
    in_time = [one for one in scored if _too_slow(one, criteria) is None] or scored
    return max(in_time, key=_quality).cell if in_time else None


def _quality(one: Standing) -> float:
    return -math.inf if one.intervals.quality_mean is None else one.intervals.quality_mean.value


def _too_slow(one: Standing, criteria: Criteria) -> Candidate | None:
    p95 = one.intervals.latency_p95_ms
    if criteria.max_p95_ms is None or (p95 is not None and p95.value <= criteria.max_p95_ms):
        return None
    found = "unknown" if p95 is None else f"{p95.value:,.1f} ms"
    needed = None if p95 is None else f"decision.max_p95_ms >= {math.ceil(p95.value)}"
    return Candidate(
        cell=one.cell, qualifies=False, why=f"p95 {found}, limit {criteria.max_p95_ms:,.1f} ms", needed=needed
    )


def _too_poor(one: Standing, criteria: Criteria) -> Candidate | None:
    quality = one.intervals.quality_mean
    if criteria.min_quality is None or quality is None or quality.value >= criteria.min_quality:
        return None
    why = f"quality {quality.value:.4f}, least {criteria.min_quality:.4f}"
    return Candidate(cell=one.cell, qualifies=False, why=why, needed=f"decision.min_quality <= {quality.value:.4f}")


def _candidate(
    one: Standing, reference: str | None, against: Mapping[tuple[str, str], Pair], criteria: Criteria
) -> Candidate:
    if one.intervals.quality_mean is None:
        return Candidate(cell=one.cell, qualifies=False, why="no score", needed="answers with a score")
    if one.intervals.cost_usd_mean is None or one.unpriced:
        why = f"the cost of {one.unpriced:,} of {one.answered:,} answers is unknown"
        return Candidate(cell=one.cell, qualifies=False, why=why, needed="a price in the registry")
    failed = _too_slow(one, criteria) or _too_poor(one, criteria)
    if failed is not None:
        return failed
    if reference is None or one.cell == reference:
        return Candidate(cell=one.cell, qualifies=True, why="the reference")
    if one.decided is not None and one.decided.margin == criteria.margin:
        return _raced(one.cell, one.decided)
    return _held_against(one.cell, against[reference, one.cell].quality, criteria.margin)


def _held_against(cell: str, quality: Difference | None, margin: float) -> Candidate:
    if quality is None or quality.delta.low is None:
        n = 0 if quality is None else quality.prompts
        why = f"only {n:,} prompts in common with the reference, too few for an interval"
        return Candidate(cell=cell, qualifies=False, why=why, needed="more prompts: a larger n")
    low, said = quality.delta.low, f"quality {_signed(quality)}"
    if low > -margin:
        return Candidate(cell=cell, qualifies=True, why=f"{said}, not inferior by {margin:g}")
    return Candidate(
        cell=cell,
        qualifies=False,
        why=f"{said}: may be inferior by {-low:.4f}, margin {margin:g}",
        needed=_needed(quality, margin),
    )


def _raced(cell: str, decided: Decided) -> Candidate:
    """A stopped race has no fixed number of prompts, so its own test speaks, not the interval."""
    how = f"by {decided.margin:g}, as an anytime-valid test found after {decided.prompts:,} prompts"
    if decided.verdict == "inferior":
        return Candidate(cell=cell, qualifies=False, why=f"inferior to {decided.against} {how}")
    return Candidate(cell=cell, qualifies=True, why=f"not inferior {how}")


def _needed(quality: Difference, margin: float) -> str:
    """Estimate the prompts at which the interval, narrowing by the root of n, would end above -margin."""
    delta = quality.delta
    wider = f"decision.margin > {-(delta.low or 0.0):.4f}"
    room = delta.value + margin
    if room <= 0:
        return wider
    prompts = math.ceil(quality.prompts * ((delta.value - (delta.low or 0.0)) / room) ** 2)
    return f"{wider}, or about {prompts:,} prompts if the difference stays"


def _signed(found: Difference) -> str:
    delta = found.delta
    return f"{delta.value:+.4f} [{delta.low:+.4f}, {delta.high:+.4f}] over {found.prompts:,} prompts"


def _nothing(candidates: Sequence[Candidate]) -> str:
    said = "; ".join(f"{one.cell}: {one.why}" + (f" (needs {one.needed})" if one.needed else "") for one in candidates)
    return f"no cell qualifies: {said}"


def _sentence(
    chosen: Standing,
    reference: str | None,
    against: Mapping[tuple[str, str], Pair],
    qualified: int,
    criteria: Criteria,
) -> str:
    cost, quality = chosen.intervals.cost_usd_mean, chosen.intervals.quality_mean
    parts = [f"{chosen.cell} is the cheapest of {qualified} qualifying cells"]
    if qualified == 1:
        parts = [f"{chosen.cell} is the only cell that qualifies"]
    parts.append(f"mean cost ${0.0 if cost is None else cost.value:.4g}")
    if reference is not None and chosen.cell != reference:
        pair = against[reference, chosen.cell]
        if pair.cost is not None and pair.cost.ratio is not None:
            parts.append(f"{pair.cost.ratio.value:.3g} times that of {reference}")
        if pair.quality is not None:
            parts.append(f"quality {_signed(pair.quality)}, margin {criteria.margin:g}")
    elif quality is not None:
        parts.append(f"mean quality {quality.value:.4f}, the reference itself")
    if chosen.unanswered:
        parts.append(f"but {chosen.unanswered:,} of {chosen.answered + chosen.unanswered:,} calls have no answer")
    return ", ".join(parts) + "."
