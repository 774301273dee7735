"""Read every recorded fact of single requests: what an audit starts from."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, bindparam, func, select

from gencost.errors import MetricsDBError
from gencost.messages import Message, PromptKind, messages_of
from gencost.metrics_db import tables

Facts = Mapping[str, Any]

_CHUNK = 2000

# A call that is settled between two reads would look like an edited one; SQLite reads a snapshot anyway.
_SNAPSHOT: Mapping[str, Mapping[str, Any]] = {"postgresql": {"isolation_level": "REPEATABLE READ"}}
_SHORTEST = 4


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything the metrics DB has about one request.

    Attributes:
        request: its row of ``requests``.
        response: its row of ``responses``; None without an answer.
        prompt: the text it asked; None if ``prompts`` lacks it.
        prompt_kind: of that text.
        price: the row of ``prices`` that its cost names; None without one.
        other_blocks: the rate blocks of the calls inside it, then of fees on top; empty without any.
        correction: the newest row of ``corrections``; None without any.
        corrected_blocks: the rate blocks that it names, its own first.
        try_blocks: price_id -> the rate block that a failed try was billed by.
        attempts: its rows of ``attempts``, in order.
        scores: its rows of ``scores``.
    """

    request: Facts
    response: Facts | None
    prompt: str | None
    price: Facts | None
    other_blocks: Sequence[str] = ()
    correction: Facts | None = None
    corrected_blocks: Sequence[str] = ()
    try_blocks: Mapping[str, str] = field(default_factory=dict)
    attempts: Sequence[Facts] = field(default_factory=list)
    scores: Sequence[Facts] = field(default_factory=list)
    prompt_kind: PromptKind = "text"

    @property
    def messages(self) -> tuple[Message, ...]:
        """The messages that it asked; an empty one if ``prompts`` lacks them."""
        return messages_of(self.prompt_kind, self.prompt or "")


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
        matches = connection.scalars(select(ids).where(ids.startswith(start, autoescape=True)).limit(2)).all()
    if len(matches) != 1:
        how_many = "several requests begin" if matches else "no request begins"
        raise MetricsDBError(f"request {start!r}: {how_many} like this in the metrics DB; give its whole id")
    return str(matches[0])


def evidence(engine: Engine, *, run_id: str | None = None, request_id: str | None = None) -> Iterator[Evidence]:
    """Read requests one by one, few at a time in memory.

    Args:
        engine: the metrics DB.
        run_id: those of this run; None means of no run.
        request_id: only this one, of whatever run.
    """
    requests = tables.requests
    query = select(requests.c.request_id).order_by(requests.c.request_id)
    if request_id is not None:
        query = query.where(requests.c.request_id == request_id)
    else:
        query = query.where(requests.c.run_id == run_id if run_id is not None else requests.c.run_id.is_(None))
    with engine.connect().execution_options(**_SNAPSHOT.get(engine.dialect.name, {})) as connection:
        ids = connection.scalars(query).all()
        for start in range(0, len(ids), _CHUNK):
            yield from _read(connection, ids[start : start + _CHUNK])


def evidence_of(engine: Engine, request_ids: Sequence[str]) -> list[Evidence]:
    """Read some requests, in their order."""
    with engine.connect() as connection:
        return list(_read(connection, request_ids))


def _read(connection: Connection, ids: Sequence[str]) -> Iterator[Evidence]:
    rows = {name: _rows(connection, name, "request_id", ids) for name in ("requests", "responses")}
    requests = {row["request_id"]: row for row in rows["requests"]}
    responses = {row["request_id"]: row for row in rows["responses"]}
    prompts = _by(connection, "prompts", "sha256", {row["prompt_sha256"] for row in requests.values()})
    others = {request_id: _listed(row["other_price_ids"]) for request_id, row in responses.items()}
    fixed = {row["request_id"]: row for row in sorted(_rows(connection, "corrections", "request_id", ids), key=_when)}
    rates = {it: [row["price_id"], *_listed(row["other_price_ids"])] for it, row in fixed.items()}
    named = {row["price_id"] for row in responses.values()}.union(*rates.values()) - {None}
    attempts, scores = _several(connection, "attempts", ids), _several(connection, "scores", ids)
    of_tries = {row["price_id"] for tries in attempts.values() for row in tries} - {None}
    prices = _by(connection, "prices", "price_id", named.union(of_tries, *others.values()))
    for request_id in ids:
        request, response = requests[request_id], responses.get(request_id)
        prompt = prompts.get(request["prompt_sha256"])
        yield Evidence(
            request=request,
            response=response,
            prompt=None if prompt is None else prompt["text"],
            price=None if response is None else prices.get(response["price_id"]),
            correction=fixed.get(request_id),
            corrected_blocks=[prices[it]["block"] for it in rates.get(request_id, ()) if it in prices],
            other_blocks=[prices[it]["block"] for it in others.get(request_id, ()) if it in prices],
            attempts=sorted(attempts[request_id], key=lambda row: int(row["attempt"])),
            try_blocks={it: prices[it]["block"] for it in of_tries if it in prices},
            scores=scores[request_id],
            prompt_kind="text" if prompt is None else prompt["kind"],
        )


def _when(row: Facts) -> Any:
    return row["ts"]


def _listed(text: str | None) -> list[str]:
    """The ids of a JSON list that somebody may have edited."""
    if not text:
        return []
    try:
        value = json.loads(text)
    except ValueError:
        return []
    return [str(it) for it in value] if isinstance(value, list) else []


def _rows(connection: Connection, table: str, key: str, values: Sequence[str]) -> list[Facts]:
    rows = connection.execute(_rows_by(table, key), {"values": values})
    names = tuple(rows.keys())
    return [dict(zip(names, row, strict=True)) for row in rows.all()]


@cache
def _rows_by(table: str, key: str) -> Select[Any]:
    columns = tables.metadata.tables[table]
    return select(columns).where(columns.c[key].in_(bindparam("values", expanding=True)))


def _by(connection: Connection, table: str, key: str, values: set[str]) -> dict[str, Facts]:
    return {row[key]: row for row in _rows(connection, table, key, sorted(values))}


def _several(connection: Connection, table: str, ids: Sequence[str]) -> dict[str, list[Facts]]:
    rows_of: dict[str, list[Facts]] = defaultdict(list)
    for row in _rows(connection, table, "request_id", ids):
        rows_of[row["request_id"]].append(row)
    return rows_of


def prices(engine: Engine) -> Sequence[Facts]:
    """Read every row of ``prices``."""
    with engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(select(tables.prices))]


def recorded_config(engine: Engine, run_id: str) -> dict[str, Any]:
    """Read the resolved config of a run; empty where it has none."""
    run = run_facts(engine, run_id)
    config = None if run is None else json.loads(run["config_json"])
    return config if isinstance(config, dict) else {}


def run_facts(engine: Engine, run_id: str) -> Facts | None:
    """Read the row of ``runs``; None if it is not there."""
    with engine.connect() as connection:
        row = connection.execute(select(tables.runs).where(tables.runs.c.run_id == run_id)).first()
        return None if row is None else dict(row._mapping)


def run_ids(engine: Engine) -> list[str]:
    """The ids of all runs, oldest first."""
    with engine.connect() as connection:
        return list(connection.scalars(select(tables.runs.c.run_id).order_by(tables.runs.c.started_at)))


def calls_of_run(engine: Engine, run_id: str) -> int:
    """Count the calls of a run of role ``sample``."""
    query = select(func.count()).where(*_samples(run_id))
    with engine.connect() as connection:
        return int(connection.scalar(query) or 0)


def unevenly_asked(engine: Engine, run_id: str, repeats: int) -> list[tuple[str, int, int]]:
    """Find the prompts that a run did not ask as often as its numbering says, or not in whole rounds of repeats.

    Args:
        engine: the metrics DB.
        run_id: of the run.
        repeats: of each prompt.

    Returns:
        Its id, calls of role ``sample``, the highest ``repeat``.
    """
    requests = tables.requests
    calls, highest = func.count(), func.max(requests.c.repeat)
    query = (
        select(requests.c.prompt_id, calls, highest)
        .where(*_samples(run_id))
        .group_by(requests.c.prompt_id)
        .having((calls != highest + 1) | (calls % repeats != 0))
    )
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def _samples(run_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return tables.requests.c.run_id == run_id, tables.requests.c.role == "sample"


def calls_of_prices(engine: Engine) -> dict[str, int]:
    """Count the answers that name each rate block."""
    price_id = tables.responses.c.price_id
    query = select(price_id, func.count()).where(price_id.is_not(None)).group_by(price_id)
    with engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def strays(engine: Engine) -> list[tuple[str, str]]:
    """Find rows that no request or run has: their table and the id that is missing."""
    ids, stray = select(tables.requests.c.request_id), []
    with engine.connect() as connection:
        for table in (tables.responses, tables.attempts, tables.scores):
            missing = select(table.c.request_id).where(table.c.request_id.not_in(ids)).distinct()
            stray += [(table.name, request_id) for request_id in connection.scalars(missing)]
        of_runs = tables.requests.c.run_id
        unknown = of_runs.is_not(None) & of_runs.not_in(select(tables.runs.c.run_id))
        missing = select(of_runs).where(unknown).distinct()
        stray += [("requests", run_id) for run_id in connection.scalars(missing)]
    return stray


def machine_times(engine: Engine, run_id: str) -> list[tuple[float, float, float]]:
    """Return the times of a run's tries on a machine paid by the hour: begin and end, s since 1970, and share, ms."""
    requests, responses, attempts = tables.requests, tables.responses, tables.attempts
    hourly = [row["price_id"] for row in prices(engine) if "gpu_hour" in row["block"]]
    if not hourly:
        return []
    query = (
        select(attempts.c.ts, attempts.c.service_ms, attempts.c.machine_ms)
        .join(requests, attempts.c.request_id == requests.c.request_id)
        .join(responses, responses.c.request_id == requests.c.request_id)
        .where(requests.c.run_id == run_id, attempts.c.machine_ms.is_not(None), responses.c.price_id.in_(hourly))
    )
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    return [(row.ts.timestamp(), row.ts.timestamp() + row.service_ms / 1e3, row.machine_ms) for row in rows]
