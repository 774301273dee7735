"""Decide between measured cells, and say it: by default each costs what its list says."""

from __future__ import annotations

from cells import cell

from gencost.analysis.cell_intervals import intervals
from gencost.analysis.measures import Measured
from gencost.decision.claims import Claims
from gencost.decision.criteria import Criteria
from gencost.decision.decide import Decision, Standing, decide, reference_of
from gencost.decision.difference import pair
from gencost.decision.wording import Facts, worded

PRICES = {"large": 10.0, "small": 1.0, "tiny": 0.1}


def standing(one: Measured, criteria: Criteria, **changes) -> Standing:
    n = len(one.calls)
    facts = {"cell": one.cell, "intervals": intervals(one, errors=criteria.errors), "answered": n, "unpriced": 0}
    facts |= {"unanswered": len(one.failed), "list_usd": PRICES.get(one.cell)}
    return Standing(**{**facts, **changes})


def decision(*cells: Measured, criteria: Criteria | None = None, **changes) -> Decision:
    criteria = criteria or Criteria()
    standings = [standing(c, criteria, **changes.get(c.cell, {})) for c in cells]
    claims = Claims.of(cells, criteria.margin, criteria.errors)
    reference = reference_of(standings, criteria)
    by_name = {c.cell: c for c in cells}
    pairs = {(reference, c.cell): pair(by_name[reference], c, 0, claims) for c in cells if c.cell != reference}
    return worded(
        decide(standings, pairs, criteria, claims), Facts(standings=standings, criteria=criteria, claims=claims)
    )


def right(hits: int, of: int, name: str, **changes) -> Measured:
    """The first prompts are right, the others wrong; costs are those of the list."""
    return cell(name, [1.0] * hits + [0.0] * (of - hits), **{"cost": PRICES[name], **changes})
