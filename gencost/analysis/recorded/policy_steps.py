"""The calls that a live policy had made for an answer: part of its cost and of the time that it took.

Definitions: the cost of an answer is that of all calls made for it, steps and judgements of a gate, failed ones too;
its latency is the sum of theirs, and its time to first token that of the last call after all before it. A call is made
for the answer that ``parent_request_id`` names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from gencost.metrics_db import tables
from gencost.values.error_types import error_type_of


@dataclass(frozen=True, kw_only=True)
class MadeFor:
    """The calls made for one answer, itself left out.

    Attributes:
        pico_usd: their cost, 1e-12 USD; None if that of one is unknown.
        full_pico_usd: the same with what answers from the cache would have cost.
        latency_ms: the sum of theirs, of a failed one that of its tries; None if one is unknown.
        queue_ms: of all of them.
        backoff_ms: of all of them.
        cached: whether one was answered by the response cache.
        ts: when the first of them was born.
    """

    pico_usd: int | None
    full_pico_usd: int | None
    latency_ms: float | None
    queue_ms: float
    backoff_ms: float
    cached: bool
    ts: datetime


def has_steps(connection: Connection, run_ids: Sequence[str]) -> bool:
    """Whether a call of some runs was made for an answer."""
    query = select(tables.requests.c.request_id).where(_children(run_ids)).limit(1)
    return connection.scalar(query) is not None


def _children(run_ids: Sequence[str]) -> ColumnElement[bool]:
    """The calls of some runs that were made for an answer, by the index of parents, not by that of runs."""
    requests = tables.requests
    return requests.c.parent_request_id.is_not(None) & func.coalesce(requests.c.run_id, "").in_(run_ids)


def made_for(
    connection: Connection, run_ids: Sequence[str], corrections: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
) -> dict[str, MadeFor]:
    """Sum up what was done for each answer of some runs.

    Args:
        connection: of the metrics DB.
        run_ids: whose.
        corrections: request id -> the newest correction of its usage; by default what was recorded counts.

    Returns:
        Request id of the answer -> the sums; those that nothing was done for are left out.
    """
    calls, requests = defaultdict(list), tables.requests
    children = _children(run_ids)
    names = ("request_id", "parent_request_id", "ts", "status", "latency_ms", "queue_ms", "backoff_ms", "from_cache")
    billed = (tables.responses.c.cost_pico_usd, tables.responses.c.saved_pico_usd)
    query = select(*(requests.c[name] for name in names), *billed).select_from(requests.outerjoin(tables.responses))
    rows = connection.execute(query.where(children)).all()
    if not rows:
        return {}
    failed = _failed(connection, children)
    for row in rows:
        calls[row.parent_request_id].append(_facts(row, failed.get(row.request_id), corrections.get(row.request_id)))
    return {parent: _summed(facts) for parent, facts in calls.items()}


def _failed(connection: Connection, children: Any) -> dict[str, tuple[int | None, float]]:
    """Cost and time of the tries of failed calls; a try that may be billed without a known cost makes it unknown."""
    requests, attempts = tables.requests, tables.attempts
    query = select(attempts.c.request_id, attempts.c.error_type, attempts.c.cost_pico_usd, attempts.c.service_ms)
    query = query.join(requests, attempts.c.request_id == requests.c.request_id)
    tries: dict[str, list[tuple[int | None, float]]] = defaultdict(list)
    for row in connection.execute(query.where(children, requests.c.status == "error")):
        free = row.error_type is not None and not error_type_of(row.error_type).may_be_billed
        pico = 0 if free and row.cost_pico_usd is None else row.cost_pico_usd
        tries[row.request_id].append((pico, row.service_ms or 0.0))
    return {it: (_sum(pico for pico, _ in made), sum(ms for _, ms in made)) for it, made in tries.items()}


def _facts(row: Any, failed: tuple[int | None, float] | None, correction: Mapping[str, Any] | None) -> MadeFor:
    pico, latency_ms = row.cost_pico_usd, row.latency_ms
    if row.status == "error":
        pico, latency_ms = failed or (0, 0.0)
    elif correction is not None and not row.from_cache:
        pico = correction["cost_pico_usd"]
    return MadeFor(
        pico_usd=pico,
        full_pico_usd=row.saved_pico_usd if row.from_cache else pico,
        latency_ms=latency_ms,
        queue_ms=row.queue_ms or 0.0,
        backoff_ms=row.backoff_ms or 0.0,
        cached=bool(row.from_cache),
        ts=row.ts,
    )


def _summed(facts: Sequence[MadeFor]) -> MadeFor:
    return MadeFor(
        pico_usd=_sum(step.pico_usd for step in facts),
        full_pico_usd=_sum(step.full_pico_usd for step in facts),
        latency_ms=_sum(step.latency_ms for step in facts),
        queue_ms=sum(step.queue_ms for step in facts),
        backoff_ms=sum(step.backoff_ms for step in facts),
        cached=any(step.cached for step in facts),
        ts=min(step.ts for step in facts),
    )


def _sum(values: Iterable[Any]) -> Any:
    """The sum; None if a part is unknown."""
    parts = list(values)
    return None if None in parts else sum(parts)
