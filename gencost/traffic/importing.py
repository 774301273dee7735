"""Import the calls of a log: read, told from those that are there, stored batch by batch in a run of kind ``imported``.

Invariant: memory does not grow with the log. A batch is stored whole or not at all, so that an import that was stopped
goes on when it is made again.
"""

from __future__ import annotations

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
from gencost.metrics_db import Engine, end_run, insert_runs
from gencost.metrics_db.bulk import Bulk, forget_run
from gencost.traffic.counts import ImportCounts
from gencost.traffic.logged import BadRecord, LeftOut, LoggedCall
from gencost.traffic.rows import Prepared, RowMaker, request_id_of
from gencost.traffic.source import Item, LogSource
from gencost.types import RunStatus

_BATCH = 1000
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
        counts: what it came to so far.
        run_id: of the run that new calls belong to; None until there is one.
        progress: told how many records were read, now and then.
    """

    engine: Engine
    source: LogSource
    tracker: CostTracker
    config: Mapping[str, Any]
    facts: Mapping[str, Any]
    counts: ImportCounts = field(default_factory=ImportCounts)
    run_id: str | None = None
    progress: Callable[[int], None] = lambda _records: None
    _files: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make what all batches share."""
        self._rows = RowMaker(self.source.name, self.source.privacy, self.tracker)
        self._bulk = Bulk(self.engine)

    def run(self, paths: Sequence[str]) -> ImportCounts:
        """Import files.

        Raises:
            UserError: a path cannot be read, the metrics DB refuses, or a record is bad and ``on_bad_line=fail``.
        """
        files = [file for path in paths for file in self.source.files(path)]
        status: RunStatus = "interrupted"
        try:
            for file in files:
                self._files.append({"path": file, "sha256": _sha256(file)})
                at = self.source.moment or _file_time(file)
                for batch in _batches(self._calls(self.source.read(file))):
                    self._store(batch, at)
            status = "finished"
        except PromptError:
            status = "failed"
            raise
        finally:
            self._end(status)
        return self.counts

    def _calls(self, items: Iterable[Item]) -> Iterator[LoggedCall]:
        """Pass on the calls; count what else there is."""
        for number, item in enumerate(items, start=1):
            if isinstance(item, LoggedCall):
                yield item
            elif isinstance(item, LeftOut):
                self.counts.leave_out(item)
            else:
                self._bad(item)
            if number % _BATCH == 0:
                self.progress(_BATCH)

    def _bad(self, record: BadRecord) -> None:
        if self.source.on_bad_line == "fail":
            raise BadLineError(f"{record.place}: {record.why}; on_bad_line=skip leaves such records out")
        self.counts.add_bad(record)

    def _store(self, batch: Sequence[LoggedCall], at: datetime) -> None:
        named: dict[str, LoggedCall] = {}
        for call in batch:
            request_id = request_id_of(self.source.name, call.known_as)
            self.counts.repeated += request_id in named
            named.setdefault(request_id, call)
        there = self._bulk.runs_of(list(named))
        again = sum(run_id == self.run_id for run_id in there.values()) if self.run_id is not None else 0
        self.counts.repeated += again
        self.counts.known += len(there) - again
        new = [(request_id, call) for request_id, call in named.items() if request_id not in there]
        if not new:
            return
        run_id = self._begun()
        prepared = [self._rows.prepared(call, request_id, run_id, at) for request_id, call in new]
        self._bulk.write(map(self._rows.rows, prepared))
        for stored in prepared:
            self._count(stored)

    def _count(self, stored: Prepared) -> None:
        self.counts.add(stored)
        if stored.record.cost is not None:
            self.tracker.add(stored.record.cost)

    def _begun(self) -> str:
        """The run of new calls, recorded when the first is there."""
        if self.run_id is None:
            run_id = str(uuid.uuid4())
            insert_runs(self.engine, [{**self._run_row(run_id), **self.facts}])
            self.run_id = run_id
        return self.run_id

    def _run_row(self, run_id: str) -> dict[str, Any]:
        names = [Path(str(file["path"])).name for file in self._files]
        return {
            "run_id": run_id,
            "kind": IMPORTED,
            "name": self.source.name,
            "cell": f"{self.source.name} {names[0]}"[:250],
            "config_json": self._config_json(),
            "cell_key": hashlib.sha256(json.dumps(self._files).encode()).hexdigest(),
            "prompts_name": self.source.name,
            "seed": 0,
            "status": "running",
            "started_at": datetime.now(UTC),
        }

    def _config_json(self) -> str:
        counts = self.counts
        span = [None if it is None else it.isoformat() for it in (counts.first, counts.last)]
        found = {"files": self._files, "span": span, "calls": counts.new}
        return json.dumps({**self.config, "imported": found}, ensure_ascii=False)

    def _end(self, status: RunStatus) -> None:
        if self.run_id is None:
            return
        if not self.counts.new:  # the first batch was refused
            forget_run(self.engine, self.run_id)
            return
        facts = {"config_json": self._config_json(), "score": next(iter(self.counts.scorers), None)}
        end_run(self.engine, self.run_id, status, facts)


def _batches(calls: Iterable[LoggedCall]) -> Iterator[list[LoggedCall]]:
    batch: list[LoggedCall] = []
    for call in calls:
        batch.append(call)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _sha256(file: str) -> str | None:
    """The digest of a file; None of what is not one."""
    path = Path(file)
    if not path.is_file():
        return None
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _file_time(file: str) -> datetime:
    path = Path(file)
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.is_file() else datetime.now(UTC)
