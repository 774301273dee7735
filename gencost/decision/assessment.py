"""Hold one cell against the criteria: whether it meets them, breaks one, or is still open, and what would settle it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from gencost.decision.candidates import Candidate, Cheaper, Decided, Standing
from gencost.decision.criteria import BEST, Criteria
from gencost.decision.least_prompts import LEAST_PROMPTS
from gencost.decision.numbers import written
from gencost.text.counted import counted, counted_of

if TYPE_CHECKING:  # scipy, which the first call need not wait for
    from gencost.analysis.statistics.intervals import Estimate
    from gencost.decision.claims import Claims
    from gencost.decision.difference import Pair

MOST_MISSING = 0.02


def assess(
    standing: Standing, reference: str | None, pair: Pair | None, criteria: Criteria, claims: Claims
) -> Candidate:
    """Hold one cell against the criteria.

    Args:
        standing: the cell.
        reference: the cell that is kept unless another is as good; may be this one.
        pair: it against the reference; None for the reference itself.
        criteria: what it must meet.
        claims: the tests of every two cells.
    """
    cheaper = _cheaper(standing, pair, criteria.rare_cost)
    for candidate in _checks(standing, reference, criteria, claims):
        if candidate is not None:
            return replace(candidate, cheaper=cheaper)
    raise AssertionError("the last check always says something")


def _checks(
    standing: Standing, reference: str | None, criteria: Criteria, claims: Claims
) -> Iterator[Candidate | None]:
    """List the reasons against a cell, gravest first; the last one is a verdict."""
    if standing.intervals.quality_mean is None or reference is None:
        silent = standing.unanswered and not standing.answered
        why = f"none of its {counted(standing.unanswered, 'call')} has an answer" if silent else "no score"
        yield Candidate(cell=standing.cell, qualifies=False, why=why, needed="answers with a score")
    if standing.intervals.cost_usd_mean is None or standing.unpriced:
        why = f"the cost of {counted_of(standing.unpriced, standing.answered, 'answer')} is unknown"
        yield _open(standing.cell, why, "a price in the registry")
    limits = list(_limits(standing, criteria, claims.missing.get(standing.cell, 0.0)))
    yield next((each for each in limits if each.breaks_limit), None)
    yield next(iter(limits), None)
    if standing.cell == reference:
        yield _reference(standing.cell, criteria, claims)
    yield _raced(standing, str(reference), criteria, claims)
    yield _quality(standing, str(reference), criteria, claims)


def _open(cell: str, why: str, needed: str | None = None) -> Candidate:
    return Candidate(cell=cell, qualifies=False, why=why, needed=needed, status="open")


def _limits(standing: Standing, criteria: Criteria, missing: float) -> Iterator[Candidate]:
    """Hold the ends of its intervals against the limits; an end beyond fails, a limit between them is open.

    Above 2 % of missing scores ``min_quality`` must hold if each of them were 0.
    """
    intervals = standing.intervals
    yield from _most(
        standing.cell,
        "p95",
        "max_p95_ms",
        intervals.latency_p95_held_ms or intervals.latency_p95_ms,
        criteria.max_p95_ms,
    )
    yield from _most(
        standing.cell,
        "TTFT p95",
        "max_ttft_p95_ms",
        intervals.ttft_p95_held_ms or intervals.ttft_p95_ms,
        criteria.max_ttft_p95_ms,
    )
    quality = standing.quality
    if criteria.min_quality is None or quality is None:
        return
    lacking = missing if missing > MOST_MISSING else 0.0
    if quality.low is not None and quality.low >= criteria.min_quality:
        if lacking and (1 - lacking) * quality.low < criteria.min_quality:
            why = f"{lacking:.1%} of its calls have no score, and at worst its quality is below"
            yield _open(standing.cell, f"{why} {criteria.min_quality:.4f}")
        return
    broken = quality.high is not None and quality.high < criteria.min_quality
    why = f"quality {_between(quality, criteria.min_quality, 4)}, least {criteria.min_quality:.4f}"
    least = math.floor(1e4 * (quality.low or 0.0)) / 1e4
    yield _limit(standing.cell, why, f"decision.min_quality <= {least:.4f}", broken=broken)


def _most(cell: str, name: str, key: str, figure: Estimate | None, limit: float | None) -> Iterator[Candidate]:
    if limit is None:
        return
    if figure is None:
        yield _limit(cell, f"{name} unknown, limit {limit:,.1f} ms", None, broken=False)
    elif figure.high is None or figure.high > limit:
        broken = figure.low is not None and figure.low > limit
        high = figure.high if figure.high is not None and math.isfinite(figure.high) else None
        needed = figure.reason if high is None else f"decision.{key} >= {math.ceil(high)}"
        yield _limit(cell, f"{name} {_between(figure, limit, 1)} ms, limit {limit:,.1f} ms", needed, broken=broken)


def _between(figure: Estimate, limit: float, least: int) -> str:
    value = written(figure.value, (limit,), least)
    if figure.low is None or figure.high is None:
        return value
    return f"{value} [{written(figure.low, (limit,), least)}, {written(figure.high, (limit,), least)}]"


def _limit(cell: str, why: str, needed: str | None, *, broken: bool) -> Candidate:
    if broken:
        return Candidate(cell=cell, qualifies=False, why=why, needed=needed, breaks_limit=True)
    return _open(cell, f"{why}: not shown", needed)


def _reference(cell: str, criteria: Criteria, claims: Claims) -> Candidate:
    """Judge the reference: it meets the margin by definition, unless ``best`` asks of it what it asks of all."""
    if criteria.reference == BEST and cell in claims.cells:
        better, perhaps = claims.better_ones(cell), claims.perhaps_better(cell)
        if better:
            return Candidate(cell=cell, qualifies=False, why=f"{better[0]} is better by more than {criteria.margin:g}")
        if perhaps:
            return _open(cell, f"the reference; {perhaps[0]} may be better by {criteria.margin:g}")
    return Candidate(cell=cell, qualifies=True, why="the reference", status="passes")


def _raced(standing: Standing, reference: str, criteria: Criteria, claims: Claims) -> Candidate | None:
    """Judge a cell by the race's own test: its number of prompts was not fixed, so intervals do not hold."""
    decided = standing.decided
    if decided is None:
        undecided = _open(
            standing.cell, "the race did not decide it", "more prompts: a larger n, of a file that has them"
        )
        return undecided if criteria.sequential else None
    if not _speaks(decided, reference, criteria):
        why = f"its race was held against {decided.against} at a margin of {decided.margin:g}"
        return _open(standing.cell, why, "a race for this") if criteria.sequential else None
    how = f"by {decided.margin:g}, as an anytime-valid test found after {counted(decided.prompts, 'prompt')}"
    if decided.verdict == "inferior":
        return Candidate(cell=standing.cell, qualifies=False, why=f"inferior to {decided.against} {how}")
    passes = Candidate(cell=standing.cell, qualifies=True, why=f"not inferior {how}", status="passes")
    return _too_many_missing(standing.cell, reference, criteria, claims) or passes


def _speaks(decided: Decided, reference: str, criteria: Criteria) -> bool:
    """Whether a race's verdict holds for this margin and reference, as one against every cell does."""
    about = {BEST} if criteria.reference == BEST else {BEST, reference}
    return decided.margin == criteria.margin and (decided.verdict == "inferior" or decided.against in about)


def _quality(standing: Standing, reference: str, criteria: Criteria, claims: Claims) -> Candidate:
    if reference not in claims.cells:
        return _open(standing.cell, "the reference has no score")
    n, margin = claims.prompts(standing.cell, reference), criteria.margin
    quality = claims.difference(standing.cell, reference)
    if n < LEAST_PROMPTS or quality is None:
        why = f"only {counted(n, 'prompt')} in common with the reference: no verdict below {LEAST_PROMPTS}"
        return _open(standing.cell, why, "more prompts: a larger n, of a file that has them")
    measured = f"quality {_signed(quality, margin)} over {counted(n, 'prompt')}"
    if claims.better(reference, standing.cell):
        return Candidate(cell=standing.cell, qualifies=False, why=f"{measured}: inferior by more than {margin:g}")
    better = claims.better_ones(standing.cell)
    if better:
        why = f"{better[0]} is shown to be better by more than {margin:g}"
        return Candidate(cell=standing.cell, qualifies=False, why=why)
    if not claims.not_worse(standing.cell, reference):
        lost = max(0.0, -(quality.low or 0.0))
        why = f"{measured}: may be inferior by {written(lost, (margin,), 4)}, margin {margin:g}"
        return _open(standing.cell, why, _needed(claims, standing.cell, reference, lost))
    return _every_other(standing, reference, f"{measured}, not inferior by {margin:g}", criteria, claims)


def _every_other(standing: Standing, reference: str, why: str, criteria: Criteria, claims: Claims) -> Candidate:
    perhaps = claims.perhaps_better(standing.cell) if criteria.reference == BEST else []
    if perhaps:
        return _open(standing.cell, f"{why} to {reference}, but {perhaps[0]} may be better by that", "more prompts")
    passes = Candidate(cell=standing.cell, qualifies=True, why=why, status="passes")
    return _too_many_missing(standing.cell, reference, criteria, claims) or passes


def _too_many_missing(cell: str, reference: str, criteria: Criteria, claims: Claims) -> Candidate | None:
    rivals = claims.cells if criteria.reference == BEST else [reference]
    for rival in rivals:
        if rival != cell and {rival, cell} <= set(claims.cells) and (unknown := _at_worst(cell, rival, claims)):
            return _open(cell, f"{unknown} have no score, and at worst it is inferior")
    return None


def _at_worst(cell: str, rival: str, claims: Claims) -> str | None:
    """Say how many calls have no score, if that is too many and could make it inferior; None else."""
    of_cell, of_rival = claims.missing.get(cell, 0.0), claims.missing.get(rival, 0.0)
    if of_cell + of_rival <= MOST_MISSING or claims.not_worse_at_worst(cell, rival):
        return None
    named = [(of_cell, "its calls"), (of_rival, f"the calls of {rival}")]
    return " and ".join(f"{share:.1%} of {whose}" for share, whose in named if share)


def _signed(quality: Estimate, margin: float) -> str:
    value = written(quality.value, (-margin, margin), 4, "+")
    if quality.low is None or quality.high is None:
        return value
    low, high = (written(end, (-margin, margin), 4, "+") for end in (quality.low, quality.high))
    return f"{value} [{low}, {high}]"


def _needed(claims: Claims, cell: str, reference: str, lost: float) -> str:
    prompts = claims.needed(cell, reference)
    wider = f"decision.margin > {math.ceil(1e4 * lost) / 1e4:.4f}"
    return wider if prompts is None else f"{wider}, or about {prompts:,} prompts if the two are equal"


def _cheaper(standing: Standing, pair: Pair | None, rare_cost: float | None) -> Cheaper:
    """Hold what was seen, and what ``rare_cost`` says of calls that were not (see ``unseen``), against "costs less"."""
    if pair is None or pair.cost is None or standing.unpriced:
        return Cheaper.OPEN
    cost = pair.cost
    if cost.seen == "less":
        unseen = cost.unseen(rare_cost)
        return Cheaper.YES if unseen is not None and unseen.ratio_with_them < 1 else Cheaper.OPEN
    return Cheaper.NO if cost.seen == "more" else Cheaper.OPEN
