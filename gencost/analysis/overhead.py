"""The costs of a cell beside its results: warm-up, judge and superseded calls, and calls lost at a crash."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, case, func, select

from gencost.analysis.recorded.runs import Run
from gencost.metrics_db import tables
from gencost.metrics_db.sums import sum_parts, whole
from gencost.types import PICO_PER_USD
from gencost.values.error_types import LOST


@dataclass(frozen=True, kw_only=True)
class Overhead:
    """Calls of one cell that are not a result.

    Attributes:
        calls: role -> how many.
        pico_usd: role -> what they are known to have cost, 1e-12 USD.
        lost: calls that were in flight at a crash and asked again: each may be billed twice.
    """

    calls: Mapping[str, int] = field(default_factory=dict)
    pico_usd: Mapping[str, int] = field(default_factory=dict)
    lost: int = 0

    def metrics(self) -> dict[str, float]:
        """Flat metric names; costs that did not occur are left out."""
        costs = {f"cost_usd_{role}": pico / PICO_PER_USD for role, pico in self.pico_usd.items()}
        return {**costs, "lost": float(self.lost)} if self.lost else costs


FAILED_TRIES = "failed_tries"
NO_OVERHEAD = Overhead()


def overheads(engine: Engine, runs: Sequence[Run]) -> dict[str, Overhead]:
    """Read the overhead of some cells.

    Args:
        engine: the metrics DB.
        runs: the cells.

    Returns:
        Run id of the cell -> its overhead; cells without any are left out.
    """
    cell_of = {part: run.run_id for run in runs for part in run.parts}
    requests, responses = tables.requests, tables.responses
    source, beside = _beside(requests.outerjoin(responses))
    query = (
        select(
            requests.c.run_id,
            requests.c.role,
            func.count().label("calls"),
            *sum_parts(responses.c.cost_pico_usd),
            func.sum(case((requests.c.error_type == LOST, 1), else_=0)).label("lost"),
        )
        .select_from(source)
        .where(requests.c.run_id.in_(list(cell_of)), requests.c.role != "sample", beside)
        .where(requests.c.status != "skipped")
        .group_by(requests.c.run_id, requests.c.role)
    )
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    by_cell: dict[str, list[tuple[str, int, int | None, int]]] = {}
    for run_id, role, calls, high, low, lost in rows:
        by_cell.setdefault(cell_of[run_id], []).append((role, int(calls), whole(high, low), int(lost)))
    for run_id, pico in _failed_tries(engine, list(cell_of)):
        by_cell.setdefault(cell_of[run_id], []).append((FAILED_TRIES, 0, pico, 0))
    return {run_id: _overhead(roles) for run_id, roles in by_cell.items()}


def _beside(source: Any) -> tuple[Any, Any]:
    """Leave out calls that were made for an answer, whose cost has them in it: source and condition."""
    parent = tables.requests.alias()
    joined = source.outerjoin(parent, parent.c.request_id == tables.requests.c.parent_request_id)
    return joined, parent.c.request_id.is_(None) | (parent.c.status != "ok")


def _failed_tries(engine: Engine, run_ids: Sequence[str]) -> list[tuple[str, int]]:
    """Sum the known cost of failed tries, by run: their tokens were counted, or their machine was paid."""
    requests, attempts = tables.requests, tables.attempts
    source, beside = _beside(requests.join(attempts, attempts.c.request_id == requests.c.request_id))
    query = (
        select(requests.c.run_id, *sum_parts(attempts.c.cost_pico_usd))
        .select_from(source)
        .where(requests.c.run_id.in_(run_ids), attempts.c.error_type.is_not(None))
        .where((requests.c.attempts > 1) | (requests.c.status != "ok"))  # the others are not looked up
        .where(beside | (requests.c.status != "error"))
        .where(attempts.c.cost_pico_usd.is_not(None))
        .group_by(requests.c.run_id)
    )
    with engine.connect() as connection:
        return [(run_id, whole(high, low) or 0) for run_id, high, low in connection.execute(query)]


def _overhead(roles: Sequence[tuple[str, int, int | None, int]]) -> Overhead:
    calls: Counter[str] = Counter()
    known: Counter[str] = Counter()
    for role, n, pico, _ in roles:
        calls[role] += n
        if pico is not None:
            known[role] += pico
    return Overhead(
        calls=calls,
        pico_usd=known,
        lost=sum(lost for _, _, _, lost in roles),
    )
