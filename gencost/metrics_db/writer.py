"""One writer thread that commits many callers' rows at once (group commit).

Invariant: a call's future is done only when its rows are committed, and rows are committed in the order they came.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from operator import itemgetter
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine

from gencost.errors import MetricsDBError
from gencost.metrics_db import rows
from gencost.metrics_db.lost_file import WatchedFile
from gencost.metrics_db.rows import Rows
from gencost.metrics_db.statements import statements
from gencost.metrics_db.store import cause, patiently
from gencost.metrics_db.told import Told, committed
from gencost.types import Record, Request, Score

_AGAIN_S, _LAST_S, _LOOK_S = 0.25, 2.0, 1.0
_BATCH = 512
# A commit costs a millisecond however few rows it has: where many callers write, it waits for more of them.
_CROWD, _GATHER_S, _GATHERINGS = 4, 0.005, 5
_KEYED, _KEY = ("blobs", "prompts", "prices", "responses", "attempts", "scores"), itemgetter(0)
_Entry = tuple[Rows, asyncio.AbstractEventLoop, Told]


class Writer:
    """Records calls in the metrics DB.

    Use it as a context manager: leaving it waits for what is queued. Its coroutines may be awaited from any number of
    tasks; each returns when its rows are committed.

    Args:
        engine: from ``init_db``.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._statements = statements(engine.dialect)
        self._queue: queue.SimpleQueue[_Entry | None] = queue.SimpleQueue()
        self._known: set[str] = set()
        self._params = rows.ParamsJson()
        self._ended: MetricsDBError | None = None
        self._lost: MetricsDBError | None = None
        self._look_at_s = time.monotonic() + _LOOK_S
        self._give_up_at_s = math.inf
        self._unhurried: Callable[[], bool] | None = None
        self._thread = threading.Thread(target=self._run, name="metrics-db-writer", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._queue.put(None)
        while self._thread.is_alive() and time.monotonic() < self._give_up_at_s + _LAST_S:
            self._thread.join(timeout=_AGAIN_S)
        self._known.clear()  # of a million prompts, 40 MB that the comparison needs

    def hurry(self) -> None:
        """Wait no longer for a server that is away: somebody wants the command to end."""
        self._give_up_at_s = time.monotonic()

    def gather_while(self, unhurried: Callable[[], bool] | None) -> None:
        """Let commits wait longer while nobody needs them soon, which the writer's thread asks; None is never."""
        self._unhurried = unhurried

    @property
    def engine(self) -> Engine:
        """The metrics DB."""
        return self._engine

    @property
    def lost(self) -> MetricsDBError | None:
        """Says that the file of the metrics DB was taken away, and where its rows are kept; None if it is there."""
        return self._lost

    async def pending(self, request: Request) -> None:
        """Commit a request before its first byte is sent.

        Raises:
            MetricsDBError: it could not be committed; the call must not be made.
        """
        await committed(partial(self.pending_soon, request))

    def pending_soon(self, request: Request, told: Told) -> None:
        """Do as ``pending``, but do not wait.

        Args:
            request: that is about to be sent.
            told: called in the running event loop when it is committed, with why if it could not be.

        Raises:
            MetricsDBError: it cannot be committed, which is known already.
        """
        if self._lost is not None:
            raise self._lost
        entry: Rows = [("requests", rows.request_row(request, self._params.of(request.params)))]
        if (prompt := request.sample.prompt_sha256) not in self._known:
            entry.append(("prompts", rows.prompt_row(request)))
            entry += [("blobs", row) for row in rows.blob_rows(request)]
            told = partial(self._learn, [prompt], told)
        if request.call_site is not None:
            entry.append(("traffic", rows.traffic_row(request, request.call_site)))
        self._put(entry, told)

    async def skipped(self, requests_left: Sequence[Request], reason: str) -> None:
        """Commit requests that are not going to be made.

        Args:
            requests_left: all of one cell.
            reason: why, for ``error_type``.

        Raises:
            MetricsDBError: they could not be committed.
        """
        entry: Rows = [
            ("requests", rows.request_row(request, self._params.of(request.params), "skipped", reason))
            for request in requests_left
        ]
        texts = {request.sample.prompt_sha256: rows.prompt_row(request) for request in requests_left}
        entry += [("prompts", row) for row in texts.values()]
        await committed(partial(self._put, entry))

    async def settle(self, record: Record, prices: Sequence[Mapping[str, Any]] = ()) -> None:
        """Commit the end of a pending request: its response, attempts and scores.

        Args:
            record: everything about it.
            prices: the columns of ``prices`` that its cost came from; empty if it has none.

        Raises:
            MetricsDBError: it could not be committed; the request stays ``pending``.
        """
        await committed(partial(self.settle_soon, record, prices))

    def settle_soon(self, record: Record, prices: Sequence[Mapping[str, Any]], told: Told) -> None:
        """Do as ``settle``, but do not wait; ``told`` as of ``pending_soon``."""
        entry = rows.settled_rows(record)
        for price in prices:
            if (price_id := price["price_id"]) not in self._known:
                entry.append(("prices", rows.row_of("prices", price)))
                told = partial(self._learn, [price_id], told)
        self._put(entry, told)

    def _learn(self, keys: Iterable[str], told: Told, error: MetricsDBError | None) -> None:
        """Remember what need not be written again."""
        if error is None:
            self._known.update(keys)
        told(error)

    async def choose(self, answer: str, made_for_it: Mapping[str, str]) -> None:
        """Commit that a policy keeps an answer; arguments as ``chosen_rows``.

        Raises:
            MetricsDBError: it could not be committed; the answer stays a step.
        """
        await committed(partial(self._put, [("chosen", row) for row in rows.chosen_rows(answer, made_for_it)]))

    async def score(self, request_id: str, scores: Sequence[Score]) -> None:
        """Commit scores of a settled request; they replace those of the same scorer and version.

        Raises:
            MetricsDBError: they could not be committed.
        """
        entry: Rows = [("scores", rows.score_row(request_id, score)) for score in scores]
        await committed(partial(self._put, entry))

    def _put(self, entry: Rows, told: Told) -> None:
        self._queue.put((entry, asyncio.get_running_loop(), told))
        if self._ended is not None:  # nobody takes from the queue any more
            self._drain(self._ended)

    def _run(self) -> None:
        """Write until told to stop; whatever ends it, no caller waits for ever."""
        try:
            self._write_all()
        except BaseException as error:  # noqa: BLE001 - the last door of a thread: who waits must be told
            self._ended = MetricsDBError(f"the writer of the metrics DB died: {type(error).__name__}: {error}")
        else:
            self._ended = MetricsDBError("the writer of the metrics DB is closed")
        self._drain(self._ended)

    def _drain(self, error: MetricsDBError) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                entry = self._queue.get_nowait()
                if entry is not None:
                    _resolve([entry], error)

    def _write_all(self) -> None:
        self._file = WatchedFile(self._engine)
        try:
            self._write_until_closed()
            self._look_after_the_file(at_once=True)
            if self._lost is not None:
                self._file.rescue()
        finally:
            self._file.close()

    def _write_until_closed(self) -> None:
        crowd = 0
        while (entry := self._queue.get()) is not None:
            if crowd > _CROWD:
                self._gather()
            batch = [entry]
            closing = False
            while len(batch) < _BATCH and not self._queue.empty():
                entry = self._queue.get()
                if entry is None:
                    closing = True
                    break
                batch.append(entry)
            try:
                self._look_after_the_file()
                self._write(batch)
            except BaseException as error:
                _resolve(batch, MetricsDBError(f"the writer of the metrics DB died: {type(error).__name__}: {error}"))
                raise
            crowd = len(batch)
            del entry, batch  # or they hold a cell that is over, as long as nothing else comes
            if closing:
                return

    def _gather(self) -> None:
        """Wait for more rows: a commit of few costs as much as thirty of them."""
        for _ in range(_GATHERINGS):
            time.sleep(_GATHER_S)
            if (unhurried := self._unhurried) is None or not unhurried() or self._queue.qsize() >= _BATCH:
                return

    def _look_after_the_file(self, *, at_once: bool = False) -> None:
        """Find out now and then whether the file of SQLite is still there; if not, no further call is begun."""
        if self._lost is not None or (not at_once and time.monotonic() < self._look_at_s):
            return
        self._look_at_s = time.monotonic() + _LOOK_S
        if self._file.is_gone():
            self._file.rescue()
            self._lost = self._file.error()

    def _write(self, batch: list[_Entry]) -> None:
        try:
            patiently(partial(self._write_together, batch), lambda: self._give_up_at_s)
        except Exception as error:  # noqa: BLE001 - drivers raise what they like, e.g. OverflowError
            if len(batch) == 1:
                _resolve(batch, MetricsDBError(f"the metrics DB refused a row: {cause(error)}"))
                return
            # One row that cannot be stored must not take its neighbours with it.
            for entry in batch:
                self._write([entry])
        else:
            _resolve(batch, None)

    def _write_together(self, batch: list[_Entry]) -> None:
        with contextlib.ExitStack() as begun:
            connection = self._file.held  # to take another one from the pool takes three times as long
            if connection is None:
                connection = begun.enter_context(self._engine.begin())
            else:
                begun.enter_context(connection.begin())
            self._execute(connection, batch)

    def _execute(self, connection: Connection, batch: Iterable[_Entry]) -> None:
        by_kind: dict[str, list[rows.Row]] = defaultdict(list)
        for entry, *_ in batch:
            for kind, row in entry:
                by_kind[kind].append(row)
        # Two processes that add the same keys in two orders would wait for each other for ever.
        for kind in _KEYED:
            by_kind[kind].sort(key=_KEY)
        for kind, statement in self._statements.items():
            if of_kind := by_kind[kind]:
                connection.exec_driver_sql(*statement.of(of_kind))


def _resolve(batch: list[_Entry], error: MetricsDBError | None) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[Told]] = defaultdict(list)
    for _, loop, told in batch:
        by_loop[loop].append(told)
    for loop, callers in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_tell, callers, error)


def _tell(callers: list[Told], error: MetricsDBError | None) -> None:
    for told in callers:
        told(error)
