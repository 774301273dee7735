"""The choice of the calls of a run that become traces."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Engine, select

from gencost.analysis.recorded.request_facts import Evidence, evidence_of
from gencost.metrics_db import tables

_CHUNK = 100


def traced_requests(engine: Engine, run_id: str, mode: str, at_most: int) -> list[str]:
    """Choose calls that have ended.

    Args:
        engine: the metrics DB.
        run_id: the run.
        mode: ``sample`` spaces them evenly, ``errors`` takes the failed ones, ``all`` every one.
        at_most: of ``sample`` and ``errors``.

    Returns:
        Request ids in the order the calls were born.
    """
    if mode == "none":
        return []
    requests = tables.requests
    statuses = ("error",) if mode == "errors" else ("ok", "error")
    query = (
        select(requests.c.request_id)
        .where(requests.c.run_id == run_id, requests.c.role == "sample", requests.c.status.in_(statuses))
        .order_by(requests.c.ts, requests.c.request_id)
    )
    with engine.connect() as connection:
        ids = list(connection.scalars(query))
    if mode == "all" or len(ids) <= at_most:
        return ids
    return [ids[index * len(ids) // at_most] for index in range(at_most)]


def traced_calls(engine: Engine, request_ids: list[str]) -> Iterator[Evidence]:
    """Read calls, few at a time, without holding the metrics DB while they are worked on."""
    for start in range(0, len(request_ids), _CHUNK):
        yield from evidence_of(engine, request_ids[start : start + _CHUNK])
