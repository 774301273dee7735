"""Write many whole calls at once, those of a log: a batch is one transaction; a call that is there stays as it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from operator import itemgetter

from sqlalchemy import BindParameter, Engine, bindparam, delete, select

from gencost.metrics_db.rows import Row
from gencost.metrics_db.statements import LOGGED, statements
from gencost.metrics_db.store import transaction
from gencost.metrics_db.tables import requests, runs
from gencost.types import Record

KindAndRow = tuple[str, Row]
"""A kind of row, see ``statements.LOGGED``, and its values in the order of ``COLUMNS``."""

Rows = Iterable[KindAndRow]
_ASKED = 500  # parameters of one query
_PRAGMAS = ("PRAGMA cache_size = -49152", "PRAGMA wal_autocheckpoint = 4096")  # 48 MiB of pages; 64 MiB of log
_KEYED = ("blobs", "prompts", "prices")  # by their first column


def logged_row(record: Record, params: str, prompt_sha256: str, times: tuple[float | None, int]) -> Row:
    """The row of ``requests`` of a call that a log tells, which is whole when it is written.

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
            with engine.connect() as connection:  # ids come in no order, so that pages of the whole index are needed
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

    def write(self, calls: Iterable[Rows]) -> None:
        """Write calls, all or none.

        Args:
            calls: of each its rows.

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
            for kind, statement in self._statements.items():
                if by_kind[kind]:
                    connection.exec_driver_sql(statement.sql, statement.parameters(by_kind[kind]))
        self._known_prices.update(row[0] for row in by_kind["prices"])


# Made once: each statement holds cycles, and the ids that it was made with, until garbage is collected.
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_THERE = select(requests.c.request_id, requests.c.run_id).where(requests.c.request_id.in_(_IDS))


def forget_run(engine: Engine, run_id: str) -> None:
    """Delete the row of a run that has no call."""
    with transaction(engine) as connection:
        connection.execute(delete(runs).where(runs.c.run_id == run_id))
