"""The decision in words of people: one sentence, then what else must be known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gencost.decision.candidates import Cheaper, Standing
from gencost.decision.cost_words import cost_clause, not_seen, saving, saving_a_month
from gencost.decision.criteria import Criteria
from gencost.decision.least_prompts import LEAST_PROMPTS
from gencost.decision.numbers import usd, written
from gencost.text.counted import HAVE, counted, counted_of

if TYPE_CHECKING:
    from gencost.analysis.statistics.intervals import Estimate
    from gencost.decision.claims import Claims
    from gencost.decision.decide import Candidate, Decision, Finding

_NAMED = 3
_POINTS_SPAN = 1.0
_FEW_MS = 10.0  # 0.1 ms is not 0 ms


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The facts that a decision is worded from.

    Attributes:
        standings: of every cell.
        criteria: that it rests on.
        claims: the tests of every two cells.
        if_errors_count: the decision if failed calls counted as wrong; None where they do.
        same_requests: how many prompts ask what another asks.
    """

    standings: Sequence[Standing]
    criteria: Criteria
    claims: Claims
    if_errors_count: Decision | None = None
    same_requests: int = 0

    def standing(self, cell: str) -> Standing:
        """The standing of one cell."""
        return next(standing for standing in self.standings if standing.cell == cell)

    def points(self, value: float, sign: str = "") -> str:
        """A difference of quality: in points of 100 for scores in [0, 1], else as it is."""
        if self.claims.pairs.span > _POINTS_SPAN:
            return f"{value:{sign}.3g}"
        return f"{self.ends(value, sign=sign)[0].removesuffix('.0')} points"

    def ends(self, *values: float, sign: str = "+") -> list[str]:
        """Differences of quality, joined, without their unit; one that rounds to 0 has no minus."""
        if self.claims.pairs.span > _POINTS_SPAN:
            return [f"{value:{sign}.3g}" for value in values]
        margin = 100 * self.criteria.margin
        return [written(100 * value, (-margin, margin), 1, sign) for value in values]


def worded(decision: Decision, facts: Facts) -> Decision:
    """Add the sentence and its details to a decision."""
    return replace(decision, sentence=_sentence(decision, facts), details=tuple(_details(decision, facts)))


def _sentence(decision: Decision, facts: Facts) -> str:
    if len(facts.standings) == 1:
        return _alone(facts.standings[0])
    if decision.cell is None:
        return _nothing(decision.candidates)
    if decision.outcome == "switch":
        return _switch(decision.cell, str(decision.reference), decision.finding, facts)
    if decision.finding is None:
        return _kept(decision)
    return (_undecided if decision.outcome == "undecided" else _keep)(decision.finding, decision, facts)


def _alone(standing: Standing) -> str:
    intervals = standing.intervals
    parts = [
        None if intervals.cost_usd_mean is None else f"{usd(1000 * intervals.cost_usd_mean.value)} per 1,000 calls",
        None if standing.quality is None else f"quality {standing.quality.value:.3f}",
        None if intervals.latency_p95_ms is None else f"p95 {_time(intervals.latency_p95_ms.value)}",
    ]
    return f"{standing.cell}: {', '.join(filter(None, parts)) or 'no answer'}."


def _nothing(candidates: Sequence[Candidate]) -> str:
    reasons = "; ".join(f"{candidate.cell}: {candidate.why}" for candidate in candidates[:_NAMED])
    more = len(candidates) - _NAMED
    return f"No model qualifies: {reasons}{f'; and {more:,} more' if more > 0 else ''}."


def _switch(cell: str, reference: str, finding: Finding | None, facts: Facts) -> str:
    p95 = facts.standing(cell).intervals.latency_p95_ms
    margin = facts.criteria.margin
    quality = f"quality not more than {facts.points(margin)} lower" if margin else "quality not lower"
    slow = "" if p95 is None else f", p95 {_time(p95.value)}"
    return f"Switch to {cell}: {saving(_costs(cell, reference, facts), finding)}, {quality} (95 %){slow}."


def _costs(cell: str, reference: str, facts: Facts) -> tuple[float | None, float | None]:
    """The mean costs of a cell and of the reference, each over its own answers; None where unknown."""
    means = (facts.standing(name).intervals.cost_usd_mean for name in (cell, reference))
    mine, theirs = (None if mean is None else mean.value for mean in means)
    return mine, theirs


def _undecided(finding: Finding, decision: Decision, facts: Facts) -> str:
    candidate = decision.candidate(finding.cell)
    if facts.standing(finding.cell).unpriced or facts.standing(finding.cell).intervals.cost_usd_mean is None:
        return f"Undecided: {finding.cell}: {candidate.why}. Keep {decision.cell} for now."
    clause = cost_clause(_costs(finding.cell, str(decision.reference), facts), finding)
    doubt = _doubt(finding, candidate, decision, facts)
    return f"Undecided: {clause}, {_link(clause)} {doubt}. Keep {decision.cell} for now."


def _link(clause: str) -> str:
    """Join a loss of quality to a cost: where that is higher, one does not speak against the other."""
    return "and" if clause.endswith((" more", " as much")) else "but"


def _doubt(finding: Finding, candidate: Candidate, decision: Decision, facts: Facts) -> str:
    if candidate.status == "fails" or (facts.criteria.sequential and candidate.status == "open"):
        return candidate.why
    if candidate.status == "passes":
        enough = "" if finding.n_needed is None else f", about {finding.n_needed:,} would do"
        return f"that it costs less is not shown by {counted(finding.n_prompts, 'question')}{enough}"
    quality, n = finding.quality, finding.n_prompts
    if quality is None or quality.low is None:
        return f"{n:,} question{'s tell' if n != 1 else ' tells'} nothing about its quality"
    if facts.claims.not_worse(finding.cell, str(decision.reference)):
        return candidate.why
    more = finding.n_needed is not None and finding.n_needed > n
    enough = f", about {finding.n_needed:,} would decide" if more else ""
    if -quality.low < facts.criteria.margin:  # which is not what stands against it
        return f"{counted(n, 'question')} {'are' if n != 1 else 'is'} too few for a verdict{enough}"
    return f"may lose up to {facts.points(-quality.low)}; {counted(n, 'question')}{enough}"


def _keep(finding: Finding, decision: Decision, facts: Facts) -> str:
    candidate = decision.candidate(finding.cell)
    quality = finding.quality
    clause = cost_clause(_costs(finding.cell, str(decision.reference), facts), finding)
    if candidate.cheaper is Cheaper.NO and candidate.status == "passes":
        return f"Keep {decision.cell}: {clause}."
    raced = facts.criteria.sequential
    if candidate.breaks_limit or raced or quality is None or quality.low is None or quality.high is None:
        return f"Keep {decision.cell}: {clause}, {_link(clause)} {candidate.why}."
    if quality.high >= 0:
        return f"Keep {decision.cell}: {clause}, {_link(clause)} {candidate.why}."
    least, most = facts.ends(-quality.high, -quality.low, sign="")
    unit = "" if facts.claims.pairs.span > _POINTS_SPAN else " points"
    lost = least if least == most else f"{least} to {most}"
    loses = f"{_link(clause)} loses {lost}{unit}"
    return f"Keep {decision.cell}: {clause}, {loses} (95 %, {counted(finding.n_prompts, 'question')})."


def _kept(decision: Decision) -> str:
    if decision.outcome == "keep":
        return f"Keep {decision.cell}: no other is shown to cost less."
    if decision.n_prompts < LEAST_PROMPTS:
        few = counted(decision.n_prompts, "question is", "questions are")
        return f"Undecided: {few} too few for a verdict. Keep {decision.cell} for now."
    candidate = decision.candidate(str(decision.cell))
    return f"Undecided: {decision.cell}: {candidate.why}. Keep it for now."


def _time(value_ms: float) -> str:
    if not np.isfinite(value_ms):
        return "unknown"
    return f"{value_ms / 1000:,.1f} s" if value_ms >= 1000 else f"{value_ms:,.{int(value_ms < _FEW_MS)}f} ms"


def _details(decision: Decision, facts: Facts) -> Iterator[str]:
    if len(facts.standings) > 1:
        yield from _shown(decision, facts)
        yield from _possible(decision, facts)
        yield from saving_a_month(decision, facts.criteria.calls_per_month)
        yield from not_seen(decision)
        yield from _without_score(decision, facts)
    yield from _failures(decision, facts)
    yield from _constant(facts)
    if facts.same_requests:
        yield f"{facts.same_requests:,} prompts ask what another asks; each such group counts as one question."


def _shown(decision: Decision, facts: Facts) -> Iterator[str]:
    """The two claims: against the reference, and against all others; at 2.5 % together."""
    cell, reference, margin = decision.cell, decision.reference, facts.points(facts.criteria.margin)
    if cell is None or cell not in facts.claims.cells:
        return
    if decision.outcome == "switch" and cell != reference:
        yield f"Shown: {cell} is not worse than {reference} by {margin} or more."
    if facts.criteria.sequential:  # after looking so often, the tests of a fixed number of prompts show nothing
        return
    if not decision.perhaps_better:
        if len(facts.claims.cells) > 1:
            yield f"Shown: {cell} is not worse than any other by {margin} or more."
        return
    about = None if decision.finding is None or decision.outcome != "undecided" else decision.finding.cell
    open_ones = [each for each in decision.perhaps_better.items() if each[0] != about]
    named = [f"{name} ({_points(delta, facts)})" for name, delta in open_ones[:_NAMED]]
    more = len(open_ones) - _NAMED
    others = ", ".join(named) + (f" and {more:,} more" if more > 0 else "")
    if open_ones:
        yield f"Open: {others} may be better than {cell} by {margin} or more."


def _points(delta: Estimate | None, facts: Facts) -> str:
    if delta is None:
        return "no question in common"
    if delta.low is None or delta.high is None:
        return facts.points(delta.value, "+")
    value, low, high = facts.ends(delta.value, delta.low, delta.high)
    return f"{value}{'' if facts.claims.pairs.span > _POINTS_SPAN else ' points'} [{low}, {high}]"


def _possible(decision: Decision, facts: Facts) -> Iterator[str]:
    """Say what an undecided comparison is good for already."""
    finding, reference = decision.finding, decision.reference
    if decision.outcome != "undecided" or finding is None:
        return
    quality, probability = finding.quality, finding.probability
    if quality is not None and quality.low is not None and finding.n_prompts:
        it = "it" if decision.candidate(finding.cell).cheaper is Cheaper.YES else "its quality"
        now = f"; a margin above {facts.points(finding.least_margin or 0.0)} would let {it} pass now" * (
            finding.n_prompts >= LEAST_PROMPTS and not facts.criteria.sequential
        )
        yield f"{finding.cell} against {reference}: {_points(quality, facts)}{now}."
    if decision.probable is not None and probability is not None:
        likely = facts.claims.probability(decision.probable, str(reference))
        yield (
            f"Probable, not shown: {decision.probable} is within {facts.points(facts.criteria.margin)} of {reference} "
            f"(probability {100 * likely:.0f} %)."
        )


def _without_score(decision: Decision, facts: Facts) -> Iterator[str]:
    """Say that missing scores too few to stop a switch could still turn it round."""
    cell, reference, claims = decision.cell, decision.reference, facts.claims
    if decision.outcome != "switch" or cell is None or reference is None or not {cell, reference} <= set(claims.cells):
        return
    shares = [(name, share) for name in (cell, reference) if (share := claims.missing.get(name))]
    if shares and not facts.criteria.sequential and not claims.not_worse_at_worst(cell, reference):
        named = " and ".join(f"{share:.1%} of the calls of {name}" for name, share in shares)
        yield f"{named} have no score: if these spoke against it, {cell} would not be shown to be as good."


def _failures(decision: Decision, facts: Facts) -> Iterator[str]:
    about = {decision.cell, decision.reference, None if decision.finding is None else decision.finding.cell}
    failing = [standing for standing in facts.standings if standing.unanswered]
    failing.sort(key=lambda standing: standing.cell not in about)
    for standing in failing[:_NAMED]:
        total = standing.answered + standing.unanswered
        effect = "counts as wrong" if facts.criteria.errors == "fail" else "is left out"
        unanswered = counted_of(standing.unanswered, total, "call", HAVE)
        yield f"{standing.cell}: {unanswered} no answer; a failed one {effect}."
    if failing[_NAMED:]:
        yield f"{counted(len(failing) - _NAMED, 'more cell has', 'more cells have')} calls without an answer."
    other = facts.if_errors_count
    if other is not None and (other.outcome, other.cell) != (decision.outcome, decision.cell):
        yield f"If failed calls counted as wrong (decision.errors=fail): {other.outcome}, {other.cell or 'no model'}."
    chosen = {decision.cell, decision.reference}
    for candidate in decision.candidates:
        if candidate.cheaper is Cheaper.OPEN and candidate.status == "passes" and candidate.cell not in chosen:
            yield f"{candidate.cell} is as good, but that it costs less is not shown."


def _constant(facts: Facts) -> Iterator[str]:
    means = facts.claims.means
    known = means[~np.isnan(means)]
    if len(known) > 1 and np.ptp(known) == 0:
        yield f"Every answer has the score {known[0]:g}: such a scorer tells nothing."
