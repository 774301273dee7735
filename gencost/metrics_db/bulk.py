"""Write many whole calls at once, those of a log: a batch is one transaction; a call that is there stays as it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import BindParameter, Connection, Engine, bindparam, case, delete, func, select

from gencost.metrics_db.rows import Row
from gencost.metrics_db.statements import LOGGED, statements
from gencost.metrics_db.store import transaction
from gencost.metrics_db.tables import attempts, prompts, requests, responses, runs, scores, traffic
from gencost.types import Record

KindAndRow = tuple[str, Row]
"""A kind of row, see ``statements.LOGGED``, and its values in the order of ``COLUMNS``."""

Rows = Iterable[KindAndRow]
_ASKED = 500  # parameters of one query
_PRAGMAS = ("PRAGMA cache_size = -49152", "PRAGMA wal_autocheckpoint = 4096")  # 48 MiB of pages; 64 MiB of log
_KEYED = ("blobs", "prompts", "prices")  # tables whose key is their first column


def logged_row(record: Record, params: str, prompt_sha256: str, times: tuple[float | None, int]) -> Row:
    """The row of ``requests`` of a logged call, which is complete when it is written.

    Args:
        record: of the call, its texts ``storable``.
        params: its parameters as JSON.
        prompt_sha256: the key of its prompt.
        times: its latency, ms, None if unknown, and its tries.
    """
    request, (latency_ms, tries) = record.request, times
    sample = request.sample
    return (
        request.request_id,
        request.run_id,
        request.ts,
        request.provider,
        request.model,
        sample.id,
        sample.category,
        request.repeat,
        prompt_sha256,
        request.role,
        sample.reference,
        params,
        latency_ms,
        None,
        None,
        tries,
        record.status,
        record.error_type,
        record.error_message,
        record.from_cache,
        request.cache_key,
    )


class StoredCall(NamedTuple):
    """The stored facts of a call that a later record of its log repeats.

    Attributes:
        answered: it has a row in ``responses``.
        tokens_in: of its answer; None if unknown, as is ``tokens_out``.
        pico_usd: its cost, that of failed tries included, 1e-12 USD; None if unknown.
        why: it has no cost; None if it has.
        source_pico_usd: what the log says it cost; None if it does not.
    """

    provider: str
    model: str
    status: str
    error_type: str | None
    attempts: int
    latency_ms: float | None
    prompt_kind: str
    answered: bool
    tokens_in: int | None
    tokens_out: int | None
    pico_usd: int | None
    why: str | None
    source_pico_usd: int | None
    internal: bool


class Bulk:
    """Writes batches of calls.

    Args:
        engine: from ``init_db``.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._statements = statements(engine.dialect, LOGGED)
        self._known_prices: set[str] = set()
        if engine.dialect.name == "sqlite":
            with engine.connect() as connection:  # ids are in random order, so pages of the whole index are needed
                for pragma in _PRAGMAS:
                    connection.exec_driver_sql(pragma)

    def runs_of(self, request_ids: Sequence[str]) -> dict[str, str | None]:
        """Find which of some calls are there: request id -> run id."""
        there: dict[str, str | None] = {}
        ids = sorted(request_ids)
        with self._engine.connect() as connection:
            for start in range(0, len(ids), _ASKED):
                rows = connection.execute(_THERE, {"ids": ids[start : start + _ASKED]})
                there |= {row[0]: row[1] for row in rows}
        return there

    def stored(self, request_ids: Sequence[str]) -> dict[str, StoredCall]:
        """Read what is stored of some calls."""
        there: dict[str, StoredCall] = {}
        with self._engine.connect() as connection:
            for start in range(0, len(request_ids), _ASKED):
                rows = connection.execute(_STORED, {"ids": request_ids[start : start + _ASKED]})
                there |= {row[0]: StoredCall(*row[1:]) for row in rows}
        return there

    def write(self, calls: Iterable[Rows], replacing: Sequence[str] = ()) -> None:
        """Write calls, all or none.

        Args:
            calls: of each its rows.
            replacing: those of them that are there: their rows are written anew.

        Raises:
            MetricsDBError: the database refuses.
        """
        by_kind: dict[str, list[Row]] = defaultdict(list)
        for rows in calls:
            for kind, row in rows:
                by_kind[kind].append(row)
        by_kind["prices"] = [row for row in by_kind["prices"] if row[0] not in self._known_prices]
        for kind in _KEYED:
            by_kind[kind] = list({row[0]: row for row in by_kind[kind]}.values())
        # Two processes that add the same keys in two orders would wait for each other for ever; neighbours in an index
        # are mostly on one page.
        for listed in by_kind.values():
            listed.sort(key=itemgetter(0))
        with transaction(self._engine) as connection:
            _forget(connection, replacing)
            for kind, statement in self._statements.items():
                if by_kind[kind]:
                    connection.exec_driver_sql(*statement.of(by_kind[kind]))
        self._known_prices.update(row[0] for row in by_kind["prices"])


# Made once: each statement holds cycles, and the ids that it was made with, until garbage is collected.
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_THERE = select(requests.c.request_id, requests.c.run_id).where(requests.c.request_id.in_(_IDS))
_OF_TRIES = (
    select(func.sum(attempts.c.cost_pico_usd))
    .where(attempts.c.request_id == requests.c.request_id, attempts.c.error_type.is_not(None))
    .scalar_subquery()
)
_NO_COST = case((responses.c.cost_pico_usd.is_(None), func.coalesce(responses.c.cost_reason, responses.c.cost_status)))
_STORED = (
    select(
        requests.c.request_id,
        requests.c.provider,
        requests.c.model,
        requests.c.status,
        requests.c.error_type,
        requests.c.attempts,
        requests.c.latency_ms,
        prompts.c.kind,
        responses.c.request_id.is_not(None),
        responses.c.usage_tokens_in,
        responses.c.usage_tokens_out,
        func.coalesce(responses.c.cost_pico_usd, _OF_TRIES),
        _NO_COST,
        traffic.c.source_cost_pico_usd,
        traffic.c.internal,
    )
    .select_from(requests.join(prompts).join(traffic).outerjoin(responses))
    .where(requests.c.request_id.in_(_IDS))
)


def _forget(connection: Connection, request_ids: Sequence[str]) -> None:
    for start in range(0, len(request_ids), _ASKED):
        for table in (scores, attempts, responses, traffic, requests):
            connection.execute(delete(table).where(table.c.request_id.in_(request_ids[start : start + _ASKED])))


def forget_run(engine: Engine, run_id: str) -> None:
    """Delete the row of a run that has no call."""
    with transaction(engine) as connection:
        connection.execute(delete(runs).where(runs.c.run_id == run_id))
