"""Looking for many calls that a log tells keeps nothing of them in memory."""

from __future__ import annotations

import gc
import sys
import uuid

from rows import record, run_row, store
from sqlalchemy import event

from gencost.metrics_db import insert_runs
from gencost.metrics_db.bulk import Bulk
from gencost.metrics_db.rows import row_of

ROUNDS, IDS = 40, 500


def test_ids_that_were_looked_for_are_not_kept(engine):
    bulk = Bulk(engine)
    bulk.runs_of([str(uuid.UUID(int=number)) for number in range(IDS)])
    gc.collect()
    gc.disable()  # as good as off in an import, whose calls hold no cycles
    try:
        before = sys.getallocatedblocks()
        for at in range(1, ROUNDS + 1):
            bulk.runs_of([str(uuid.UUID(int=at * IDS + number)) for number in range(IDS)])
        kept = sys.getallocatedblocks() - before
    finally:
        gc.enable()
    assert kept < ROUNDS * IDS / 10  # a statement of its own for each round kept every id


def test_of_many_ids_the_ones_that_are_there_are_found_with_their_runs(engine):
    insert_runs(engine, [run_row("r", "c")])
    store(engine, record("r", "first"), record("r", "last"))
    others = [str(number) for number in range(3 * IDS)]
    assert Bulk(engine).runs_of(["r-first-0", *others, "r-last-0"]) == {"r-first-0": "r", "r-last-0": "r"}


def test_keys_that_several_processes_may_add_are_written_in_their_order_each_once(engine):
    """Two processes that add the same keys in two orders would wait for each other for ever."""
    written = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(connection, cursor, statement, parameters, *_):
        if "INTO prompts" in statement:
            written.extend(row[0] for row in parameters)

    texts = {"c": "x", "a": "z", "b": "z"}  # one text may be of two kinds
    rows = [row_of("prompts", {"sha256": key, "kind": "text", "text": text}) for key, text in texts.items()]
    Bulk(engine).write([[("prompts", row) for row in rows], [("prompts", rows[0])]])
    assert written == ["a", "b", "c"]
