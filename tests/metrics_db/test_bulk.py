"""Looking for many calls that a log tells keeps nothing of them in memory."""

from __future__ import annotations

import gc
import sys
import uuid

from gencost.metrics_db.bulk import Bulk

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
