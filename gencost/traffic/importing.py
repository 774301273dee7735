"""Import the calls of a log: read, told from those that are there, stored batch by batch in a run of kind ``imported``.

Invariant: memory does not grow with the log. A batch is stored whole or not at all, so that an import that was stopped
goes on when it is made again.
"""

from __future__ import annotations

import gc
import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gencost.cost_tracker import CostTracker
from gencost.errors import PromptError
from gencost.masking import masked
from gencost.metrics_db import Engine, end_run, insert_runs
from gencost.metrics_db.bulk import Bulk, forget_run
from gencost.metrics_db.run_rows import new_run_id
from gencost.traffic.batches import batches
from gencost.traffic.counts import ImportCounts
from gencost.traffic.hidden import HiddenCall, HiddenItem, Hiding
from gencost.traffic.logged import BadRecord, LeftOut
from gencost.traffic.other_cost import OtherCost
from gencost.traffic.read_ahead import items_of
from gencost.traffic.records import Placed
from gencost.traffic.rows import Prepared, RowMaker
from gencost.traffic.source import LogSource
from gencost.types import RunStatus

_BATCH = 10_000, 2**24  # calls, and letters of kept texts; the more, the fewer pages of an index are written a call
_PROGRESS = 1000
_LATER = 10  # of so many calls one waits: a log may say more of it a few records later
_OBJECTS = 50_000  # of new ones between two collections
IMPORTED = "imported"


class BadLineError(PromptError):
    """A record cannot be read, and ``on_bad_line=fail``."""


@dataclass(kw_only=True)
class Import:
    """One command line that imports.

    Attributes:
        engine: the metrics DB.
        source: the log's reader.
        tracker: with the price list.
        config: as it is recorded, secrets masked: ``source`` and ``pricing``.
        facts: columns of ``runs`` that say who imports, where and with which versions.
        counts: its result so far.
        run_ids: of the runs that new calls belong to, by cell; one run, unless the log is an evaluation's.
        records: reads the records of what is not a file, e.g. a tracking store; None if there is nothing like it.
        progress: called now and then with the number of records read.
    """

    engine: Engine
    source: LogSource
    tracker: CostTracker
    config: Mapping[str, Any]
    facts: Mapping[str, Any]
    counts: ImportCounts = field(default_factory=ImportCounts)
    run_ids: dict[str | None, str] = field(default_factory=dict)
    records: Callable[[str], Iterable[Placed | BadRecord]] | None = None
    progress: Callable[[int], None] = lambda _records: None
    _files: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make what all batches share."""
        self._rows = RowMaker(self.source.name, self.tracker)
        self._bulk = Bulk(self.engine)
        self._other_cost = OtherCost(self.tracker)
        self._sweep_id = str(uuid.uuid4())

    def run(self, paths: Sequence[str]) -> ImportCounts:
        """Import files.

        Raises:
            UserError: a path cannot be read, the metrics DB refuses, or a record is bad and ``on_bad_line=fail``.
        """
        files = [file for path in paths for file in self.source.files(path)]
        status: RunStatus = "interrupted"
        collected = gc.get_threshold()
        gc.freeze()  # calls hold no cycles: what is there already need not be looked through again and again
        gc.set_threshold(_OBJECTS)
        try:
            for file in files:
                self._import(file)
            status = "finished"
        except PromptError:
            status = "failed"
            raise
        finally:
            gc.set_threshold(*collected)
            gc.unfreeze()
            self._end(status)
        return self.counts

    def _import(self, file: str) -> None:
        self._files.append({"path": masked(file), "sha256": _sha256(file)})
        at, told = self.source.moment or _file_time(file), dict[str, HiddenCall]()
        try:
            for batch in batches(self._calls(self._items(file)), *_BATCH):
                self._tell(told, batch)
                waiting = len(batch) // _LATER  # for what the next batch says of the same calls
                self._store({name: told.pop(name) for name in list(told)[: len(told) - waiting]}, at)
        except BadLineError:
            self._store(told, at)
            raise
        self._store(told, at)

    def _items(self, file: str) -> Iterator[HiddenItem]:
        if self.records is not None and "://" in file:
            hiding = Hiding(self.source.name, self.source.privacy)
            return hiding.items(self.source.items(self.records(file)))
        return items_of(self.source, file)

    def _calls(self, items: Iterable[HiddenItem]) -> Iterator[HiddenCall]:
        """Pass on the calls; count what else there is."""
        for number, item in enumerate(items, start=1):
            if isinstance(item, HiddenCall):
                yield item
            elif isinstance(item, LeftOut):
                self.counts.leave_out(item)
            else:
                self._bad(item)
            if number % _PROGRESS == 0:
                self.progress(_PROGRESS)

    def _bad(self, record: BadRecord) -> None:
        if self.source.on_bad_line == "fail":
            raise BadLineError(f"{record.place}: {record.why}; on_bad_line=skip leaves such records out")
        self.counts.add_bad(record)

    def _tell(self, told: dict[str, HiddenCall], batch: Sequence[HiddenCall]) -> None:
        """Add calls to those seen so far, by their ids, the latest last."""
        for call in batch:
            before = told.pop(call.request_id, None)
            self.counts.repeated += before is not None
            self.counts.alike += before is not None and call.source_id is None
            told[call.request_id] = call if before is None else before.joined(call)

    def _store(self, named: Mapping[str, HiddenCall], at: datetime) -> None:
        there = self._bulk.runs_of(list(named))
        again = sum(run_id in self.run_ids.values() for run_id in there.values())
        self.counts.repeated += again
        self.counts.known += len(there) - again
        new = [call for request_id, call in named.items() if request_id not in there]
        fuller = self._fuller({name: named[name] for name, run_id in there.items() if run_id in self.run_ids.values()})
        if not (new or fuller):
            return
        prepared = [self._rows.prepared(call, self._run(call.cell), at) for call in (*new, *fuller)]
        self._bulk.write(map(self._rows.rows, prepared), replacing=[call.request_id for call in fuller])
        for stored in prepared:
            self._count(stored)

    def _fuller(self, again: Mapping[str, HiddenCall]) -> list[HiddenCall]:
        """Find the calls stored by this import of which a later record has more."""
        fuller = []
        for name, stored in self._bulk.stored(list(again)).items() if again else ():
            call, failed = again[name], stored.status == "error"
            counts = stored.tokens_in is not None, stored.tokens_out or 0, stored.tokens_in or 0
            if call.fullness > (not failed, *counts, stored.latency_ms is not None):
                tries = max(call.attempts, stored.attempts + failed) if call.error_type is None else call.attempts
                fuller.append(call._replace(attempts=tries))
                self.counts.take_back(stored)
        return fuller

    def _count(self, stored: Prepared) -> None:
        self.counts.add(stored, self._other_cost.reasons)
        if stored.record.cost is not None:
            self.tracker.add(stored.record.cost)

    def _run(self, cell: str | None) -> str:
        """The run of new calls of a cell, recorded when the first is there."""
        if cell not in self.run_ids:
            run_id = new_run_id()
            insert_runs(self.engine, [{**self._run_row(run_id, cell), **self.facts}])
            self.run_ids[cell] = run_id
        return self.run_ids[cell]

    def _run_row(self, run_id: str, cell: str | None) -> dict[str, Any]:
        shown = Path(masked(str(self._files[0]["path"]))).name if cell is None else cell
        return {
            "run_id": run_id,
            "sweep_id": None if cell is None else self._sweep_id,
            "kind": IMPORTED,
            "name": self.source.name,
            "cell": f"{self.source.name} {shown}"[:250],
            "config_json": self._config_json(),
            "cell_key": hashlib.sha256(json.dumps([cell, self._files]).encode()).hexdigest(),
            "prompts_name": self.source.name,
            "seed": 0,
            "status": "running",
            "started_at": datetime.now(UTC),
        }

    def _config_json(self) -> str:
        counts = self.counts
        span = [None if it is None else it.isoformat() for it in (counts.first, counts.last)]
        facts = {"files": self._files, "span": span, "calls": counts.new}
        return json.dumps({**self.config, "imported": facts}, ensure_ascii=False)

    def _end(self, status: RunStatus) -> None:
        facts = {"config_json": self._config_json(), "score": next(iter(self.counts.scorers), None)}
        for run_id in self.run_ids.values():
            if self.counts.new:
                end_run(self.engine, run_id, status, facts)
            else:  # the first batch was refused
                forget_run(self.engine, run_id)


def _sha256(file: str) -> str | None:
    """The digest of a file; None if the path is not a file."""
    path = Path(file)
    if not path.is_file():
        return None
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _file_time(file: str) -> datetime:
    path = Path(file)
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.is_file() else datetime.now(UTC)
