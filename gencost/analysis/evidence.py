"""Read every recorded fact of single requests: what an audit starts from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, select

from gencost.errors import MetricsDBError
from gencost.metrics_db import tables

Facts = Mapping[str, Any]

_CHUNK = 500
_SHORTEST = 4


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything the metrics DB has about one request.

    Attributes:
        request: its row of ``requests``.
        response: its row of ``responses``; None without an answer.
        prompt: the text it asked; None if ``prompts`` lacks it.
        price: the row of ``prices`` that its cost names; None if there is none.
        attempts: its rows of ``attempts``, in order.
        scores: its rows of ``scores``.
    """

    request: Facts
    response: Facts | None
    prompt: str | None
    price: Facts | None
    attempts: Sequence[Facts] = field(default_factory=list)
    scores: Sequence[Facts] = field(default_factory=list)


def find_request(engine: Engine, start: str) -> str:
    """Complete a request id.

    Args:
        engine: the metrics DB.
        start: the id, or at least four first characters of it.

    Raises:
        MetricsDBError: no request or several begin like this.
    """
    ids = tables.requests.c.request_id
    if len(start) < _SHORTEST:
        raise MetricsDBError(f"request {start!r}: give at least {_SHORTEST} characters of its id")
    with engine.connect() as connection:
        found = connection.scalars(select(ids).where(ids.startswith(start, autoescape=True)).limit(2)).all()
    if len(found) != 1:
        how_many = "several requests begin" if found else "no request begins"
        raise MetricsDBError(f"request {start!r}: {how_many} like this in the metrics DB; give its whole id")
    return str(found[0])


def evidence(engine: Engine, *, run_id: str | None = None, request_id: str | None = None) -> Iterator[Evidence]:
    """Read requests one by one, few at a time in memory.

    Args:
        engine: the metrics DB.
        run_id: only those of this run; None means of any run or none.
        request_id: only this one.
    """
    requests = tables.requests
    query = select(requests.c.request_id).order_by(requests.c.run_id, requests.c.request_id)
    if run_id is not None:
        query = query.where(requests.c.run_id == run_id)
    if request_id is not None:
        query = query.where(requests.c.request_id == request_id)
    with engine.connect() as connection:
        ids = connection.scalars(query).all()
        for start in range(0, len(ids), _CHUNK):
            yield from _read(connection, ids[start : start + _CHUNK])


def _read(connection: Connection, ids: Sequence[str]) -> Iterator[Evidence]:
    rows = {name: _rows(connection, name, "request_id", ids) for name in ("requests", "responses")}
    requests = {row["request_id"]: row for row in rows["requests"]}
    responses = {row["request_id"]: row for row in rows["responses"]}
    prompts = _by(connection, "prompts", "sha256", {row["prompt_sha256"] for row in requests.values()})
    prices = _by(connection, "prices", "price_id", {row["price_id"] for row in responses.values()} - {None})
    attempts, scores = _several(connection, "attempts", ids), _several(connection, "scores", ids)
    for request_id in ids:
        request, response = requests[request_id], responses.get(request_id)
        prompt = prompts.get(request["prompt_sha256"])
        yield Evidence(
            request=request,
            response=response,
            prompt=None if prompt is None else prompt["text"],
            price=None if response is None else prices.get(response["price_id"]),
            attempts=sorted(attempts[request_id], key=lambda row: int(row["attempt"])),
            scores=scores[request_id],
        )


def _rows(connection: Connection, table: str, key: str, values: Sequence[str]) -> list[Facts]:
    found = tables.metadata.tables[table]
    return [dict(row._mapping) for row in connection.execute(select(found).where(found.c[key].in_(values)))]


def _by(connection: Connection, table: str, key: str, values: set[str]) -> dict[str, Facts]:
    return {row[key]: row for row in _rows(connection, table, key, sorted(values))}


def _several(connection: Connection, table: str, ids: Sequence[str]) -> dict[str, list[Facts]]:
    found: dict[str, list[Facts]] = defaultdict(list)
    for row in _rows(connection, table, "request_id", ids):
        found[row["request_id"]].append(row)
    return found


def prices(engine: Engine) -> Sequence[Facts]:
    """Read every row of ``prices``."""
    with engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(select(tables.prices))]


def run_config(engine: Engine, run_id: str) -> str:
    """Read the resolved config of a run, JSON, secrets masked."""
    runs = tables.runs
    with engine.connect() as connection:
        return str(connection.scalar(select(runs.c.config_json).where(runs.c.run_id == run_id)))


def run_facts(engine: Engine, run_id: str) -> Facts:
    """Read the row of ``runs``."""
    with engine.connect() as connection:
        found = connection.execute(select(tables.runs).where(tables.runs.c.run_id == run_id)).one()
        return dict(found._mapping)
