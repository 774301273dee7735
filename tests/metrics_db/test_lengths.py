"""The length and latency of earlier answers, which a dry run expects again: not of answers from the cache."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made import record, store

from gencost.metrics_db.lengths import lengths
from gencost.types import Usage


def test_an_answer_from_the_cache_took_no_time_and_does_not_count(engine):
    asked = [record("a", i, latency_ms=ms, usage=Usage(tokens_in=10, tokens_out=out)) for i, ms, out in TWO]
    cached = [replace(record("a", 2 + i, usage=Usage(tokens_in=90, tokens_out=90)), from_cache=True) for i in range(3)]
    store(engine, {"m=a": [*asked, *cached]})
    history = lengths(engine, ("p", "a"), {}, [])
    assert history is not None
    assert (history.calls, history.tokens_in, history.low, history.mean, history.high) == (2, 10.0, 4, 5.0, 6)
    assert history.latency_ms == pytest.approx((100.0, 200.0, 300.0))  # of the two: least, mean, most


TWO = ((0, 100.0, 4), (1, 300.0, 6))
