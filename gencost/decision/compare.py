"""Cells compared: every figure with its interval, every pair by prompt, the front, the effects, the decision."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Protocol, TypeVar

from gencost.analysis.cell_intervals import Intervals, intervals
from gencost.analysis.measures import Measured, measured
from gencost.analysis.results import Results
from gencost.analysis.statistics.intervals import Estimate
from gencost.analysis.summary import CellSummary
from gencost.decision.claims import Claims
from gencost.decision.decide import Criteria, Decision, Standing, cost_claims, decide, reference_of
from gencost.decision.difference import Pair, pair
from gencost.decision.effects import Effect, effects
from gencost.decision.holm import adjusted
from gencost.decision.least_prompts import LEAST_PROMPTS
from gencost.decision.pareto import Place, pareto
from gencost.decision.race_verdict import verdict_of_race
from gencost.decision.wording import Facts, worded

ALL_PAIRS = 16

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One cell of a comparison.

    Attributes:
        summary: its figures.
        intervals: the same with their 95 % intervals.
        place: relative to the Pareto front.
        tied_with_best: the interval of its difference to the cell of highest mean score lies within the margin, or it
            is that cell; False if the interval is apart from 0; None if neither is shown.
    """

    summary: CellSummary
    intervals: Intervals
    place: Place
    tied_with_best: bool | None

    @property
    def cell(self) -> str:
        """Its name."""
        return self.summary.cell

    @property
    def quality(self) -> Estimate | None:
        """Its mean score, failed calls counted as the criteria say; None without any score."""
        return self.intervals.quality_held or self.intervals.quality_mean


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The results of several cells, side by side.

    Attributes:
        results: what it is made of.
        cells: in the order of the results.
        pairs: of every two cells, the earlier one first; of more than 16 cells those with the reference, with the cell
            of highest quality or with the asked baseline.
        effects: of the keys of a grid over several keys; empty otherwise.
        decision: what to keep paying for.
        criteria: that it rests on.
        claims: the tests of every two cells.
        seed: of every bootstrap and permutation.
        cost_claims: how many claims that a cell costs less hold together.
    """

    results: Results
    cells: tuple[Compared, ...]
    pairs: tuple[Pair, ...]
    effects: tuple[Effect, ...]
    decision: Decision
    criteria: Criteria
    claims: Claims
    seed: int
    cost_claims: int = 1

    def pair(self, first: str, second: str) -> Pair:
        """The pair of two cells, in the order asked; one that is not among ``pairs`` is compared now, p not adjusted.

        Raises:
            ConfigError: one of them is not a cell here.
        """
        known = self._both_ways.get((first, second))
        if known is None:
            first, second = (self.results.cell_named(name, "cell") for name in (first, second))
            cells = {cell.cell: cell for cell in cells_of(self)}
            asked = cells[first], cells[second], self.seed, self.claims, self.cost_claims
            known = self._both_ways.get((first, second)) or pair(*asked)
        return known

    def saving_usd_per_month(self, cell: str) -> Estimate | None:
        """Return what a cell saves a month against the reference.

        Returns:
            None for the reference itself, without a known number of calls a month, or if a cost is unknown.
        """
        reference, calls = self.decision.reference, self.criteria.calls_per_month
        if reference in {None, cell} or calls is None:
            return None
        return self.pair(str(reference), cell).monthly_saving(calls)

    @property
    def tested_pairs(self) -> int:
        """The pairs for which p-values are adjusted: every two cells, for of many the scores choose those shown."""
        return _every_two(self.cells)

    @cached_property
    def _both_ways(self) -> Mapping[tuple[str, str], Pair]:
        return both_ways(self.pairs)


class PartMaker(Protocol):
    """Makes a part of a comparison; one that fails may be left out."""

    def __call__(self, what: str, make: Callable[[], T], /) -> T | None:
        """Return what ``make`` makes; None leaves it out."""


def _always(_: str, make: Callable[[], T], /) -> T:
    return make()


def compare(
    results: Results,
    criteria: Criteria | None = None,
    seed: int = 0,
    baseline: str | None = None,
    attempt: PartMaker = _always,
) -> Comparison:
    """Compare cells.

    Args:
        results: of one or more cells.
        criteria: for the decision; None takes the defaults.
        seed: of every bootstrap and permutation.
        baseline: a cell that the others are to be compared with, however many they are.
        attempt: makes the parts that the rest can do without: decision, front and effects.

    Raises:
        ConfigError: the reference of the criteria or the baseline is not a cell.
    """
    criteria = (criteria or Criteria()).with_named(results.cell_named)
    cells = measured(results)
    figures = [intervals(cell, seed, criteria.errors) for cell in cells]
    facts = Facts(
        standings=_standings(results, figures, criteria),
        criteria=criteria,
        claims=Claims.of(cells, criteria.margin, criteria.errors),
        same_requests=len(results.same_requests),
    )
    best = _best(facts.standings)
    hubs = {baseline and results.cell_named(baseline, "baseline"), reference_of(facts.standings, criteria), best}
    tests = cost_claims(facts.standings, criteria)
    pairs = _adjusted_pairs(cells, hubs, (seed, facts.claims, tests))
    decision = attempt("the decision", lambda: _decision(facts, pairs, results, seed))
    places = attempt("the Pareto front", lambda: pareto(cells, seed, criteria.errors))
    compared = [
        Compared(summary=summary, intervals=figure, place=place, tied_with_best=_tied(summary.cell, best, facts.claims))
        for summary, figure, place in zip(results.summaries, figures, places or _nowhere(results), strict=True)
    ]
    return Comparison(
        results=results,
        cells=tuple(compared),
        pairs=tuple(pairs),
        effects=tuple(attempt("the effects of the keys", lambda: effects(results.summaries)) or ()),
        decision=decision or _UNDECIDED,
        criteria=criteria,
        claims=facts.claims,
        seed=seed,
        cost_claims=tests,
    )


_UNDECIDED = Decision(
    outcome="undecided",
    cell=None,
    reference=None,
    margin=0.0,
    n_prompts=0,
    candidates=(),
    sentence="Undecided: the decision could not be made.",
)


def _nowhere(results: Results) -> list[Place]:
    return [Place(cell=run.cell, on_front=None, probability=None, prompts=0) for run in results.runs]


def side_by_side(results: Results, criteria: Criteria, seed: int) -> Comparison:
    """List cells that could not be compared: their figures without intervals, pairs or a decision."""
    cells = [
        Compared(summary=summary, intervals=_plain(summary), place=place, tied_with_best=None)
        for summary, place in zip(results.summaries, _nowhere(results), strict=True)
    ]
    left_out = {"pairs": (), "effects": (), "decision": _UNDECIDED, "claims": Claims.of([], criteria.margin)}
    return Comparison(results=results, cells=tuple(cells), criteria=criteria, seed=seed, **left_out)  # type: ignore[arg-type]


def _plain(summary: CellSummary) -> Intervals:
    times = {f.name: getattr(summary.timing, f.name, None) for f in fields(Intervals)}
    known = {**times, "cost_usd_mean": summary.cost_usd_mean, "quality_mean": summary.quality_mean}
    figures: dict[str, Any] = {name: None if v is None else Estimate(value=v) for name, v in known.items()}
    return Intervals(**figures)


def _decision(facts: Facts, pairs: Sequence[Pair], results: Results, seed: int) -> Decision:
    """Decide; under ``errors=ignore`` also as if failed calls counted, and report a difference."""
    criteria, against = facts.criteria, both_ways(pairs)
    decision = decide(facts.standings, against, criteria, facts.claims)
    if criteria.errors == "ignore" and any(summary.errors for summary in results.summaries):
        cells, strict = measured(results), replace(criteria, errors="fail")
        standings = _standings(results, [intervals(cell, seed, "fail") for cell in cells], strict)
        counted = decide(standings, against, strict, Claims.of(cells, criteria.margin, "fail"))
        facts = replace(facts, if_errors_count=counted)
    return worded(decision, facts)


def _every_two(cells: Sequence[object]) -> int:
    return len(cells) * (len(cells) - 1) // 2


def _adjusted_pairs(cells: Sequence[Measured], hubs: Set[str | None], how: tuple[int, Claims, int]) -> list[Pair]:
    return adjusted([pair(a, b, *how) for a, b in _to_compare(cells, hubs)], _every_two(cells))


def _to_compare(cells: Sequence[Measured], hubs: Set[str | None]) -> Iterator[tuple[Measured, Measured]]:
    """Every two cells; of many only those with a hub, for 200 cells have 19,900 pairs and each takes its time."""
    for a, b in itertools.combinations(cells, 2):
        if len(cells) <= ALL_PAIRS or a.cell in hubs or b.cell in hubs:
            yield a, b


def both_ways(pairs: Sequence[Pair]) -> dict[tuple[str, str], Pair]:
    """Index pairs by (first, second), both ways round."""
    return {key: p for both in pairs for key, p in _ways(both)}


def _ways(both: Pair) -> tuple[tuple[tuple[str, str], Pair], ...]:
    return ((both.first, both.second), both), ((both.second, both.first), both.flipped())


def _standings(results: Results, figures: Sequence[Intervals], criteria: Criteria) -> list[Standing]:
    return [_standing(results, criteria, *each) for each in zip(results.summaries, figures, strict=True)]


def _standing(results: Results, criteria: Criteria, summary: CellSummary, intervals: Intervals) -> Standing:
    return Standing(
        cell=summary.cell,
        intervals=intervals,
        answered=summary.ok,
        unanswered=summary.errors + summary.pending,
        unpriced=summary.unpriced,
        decided=verdict_of_race(results, summary.run, criteria),
        list_usd=results.list_usd.get(summary.run.run_id),
    )


def _best(standings: Sequence[Standing]) -> str | None:
    means = {standing.cell: mean.value for standing in standings if (mean := standing.quality) is not None}
    return max(means, key=lambda cell: means[cell]) if means else None


def _tied(cell: str, best: str | None, claims: Claims) -> bool | None:
    """Whether a cell is shown to be within the margin of the best, or to be apart from it; None if neither."""
    if best not in claims.cells or cell not in claims.cells:
        return None
    if cell == best:
        return True
    delta = claims.difference(cell, str(best))
    if delta is None or delta.low is None or delta.high is None or claims.prompts(cell, str(best)) < LEAST_PROMPTS:
        return None
    if -claims.margin < delta.low and delta.high < claims.margin:
        return True
    return False if delta.low > 0 or delta.high < 0 else None


def cells_of(comparison: Comparison) -> list[Measured]:
    """The measured calls that a comparison is made of."""
    return measured(comparison.results)
