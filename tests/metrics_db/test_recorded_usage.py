"""Every reader of a recorded usage gets the one that was written."""

from __future__ import annotations

from dataclasses import replace

import pytest
import rows
from sqlalchemy import select, update

from gencost.analysis.recorded import frames
from gencost.errors import UsageError
from gencost.metrics_db import insert_runs
from gencost.metrics_db.answers import recorded_answers
from gencost.metrics_db.recorded_usage import recorded_usage
from gencost.metrics_db.tables import responses
from gencost.types import Response, Usage
from gencost.values.token_counts import SubCall

PLAIN = Usage(tokens_in=10, tokens_out=5, tokens_cached=4, tokens_reasoning=2, web_searches=1, source="estimated")
MORE = Usage(
    tokens_in=100,
    tokens_out=50,
    tokens_cache_write_1h=7,
    more={"audio_in": 30, "audio_out": 20, "file_search": 2},
    calls=(SubCall(model="inner", usage=Usage(tokens_in=3, tokens_out=1)),),
    unread=("novel_tokens=5",),
)


def write(engine, usage: Usage | None) -> None:
    insert_runs(engine, [rows.run_row("r", "c")])
    record = rows.record("r", "q", response=Response(text="t", usage=usage, latency_ms=1.0))
    rows.store(engine, replace(record, request=replace(record.request, cache_key="key")))


@pytest.mark.parametrize("usage", [PLAIN, MORE, None], ids=["plain", "more", "none"])
def test_a_row_a_cached_answer_and_a_frame_give_the_same_usage(engine, usage):
    write(engine, usage)
    with engine.connect() as connection:
        row = connection.execute(select(responses)).one()._mapping
    assert recorded_usage(row) == usage
    assert recorded_answers(engine, ["key"])["key"].usage == usage
    (call,) = frames.calls(engine, ["r"]).itertuples()
    assert frames.usage_of(call) == usage


@pytest.mark.parametrize("damage", ["[", "[]", '{"calls": 5}'])
def test_damaged_counts_are_no_usage(engine, damage):
    write(engine, MORE)
    with engine.begin() as connection:
        connection.execute(update(responses).values(usage_more_json=damage))
        row = connection.execute(select(responses)).one()._mapping
    with pytest.raises(UsageError, match="damaged"):
        recorded_usage(row)
