"""A SQLite file that is taken away in the middle: no further call, and every row is in a copy."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from gencost import UnifiedLLM
from gencost.errors import MetricsDBError
from gencost.metrics_db import Writer
from gencost.protocols import Provider
from gencost.types import Response, Usage


class Held(Provider):
    """Answers when it is let."""

    name = "held"

    def __init__(self):
        self.asked, self.let = threading.Event(), threading.Event()

    async def complete(self, request):
        self.asked.set()
        await asyncio.to_thread(self.let.wait)
        return Response(text="late but kept", usage=Usage(tokens_in=1, tokens_out=1), latency_ms=1.0)


def answers(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [text for (text,) in connection.execute("SELECT response FROM responses")]


async def taken_away(provider, writer, path):
    async with UnifiedLLM(provider=provider, model="m", writer=writer) as llm:
        under_way = asyncio.create_task(llm.acomplete("one"))
        await asyncio.to_thread(provider.asked.wait)
        path.unlink()
        noticed = asyncio.create_task(llm.acomplete("two"))  # its first row is the first without the file
        await asyncio.to_thread(wait_until, lambda: writer.lost is not None)
        with pytest.raises(MetricsDBError, match="was removed or replaced while calls were recorded in it"):
            await llm.acomplete("three")
        provider.let.set()
        await asyncio.gather(under_way, noticed)


def wait_until(true):
    while not true():
        time.sleep(0.001)


def test_an_answer_that_comes_after_the_file_is_gone_is_in_the_copy(engine, monkeypatch):
    monkeypatch.setattr("gencost.metrics_db.writer._LOOK_S", 0.0)
    path = Path(engine.url.database)
    with Writer(engine) as writer:
        asyncio.run(taken_away(Held(), writer, path))
    (copy,) = path.parent.glob("*.rescued-*")
    assert "late but kept" in answers(copy)
    assert str(copy) in str(writer.lost)


def test_a_file_that_goes_after_the_last_call_is_copied_when_the_writer_closes(engine):
    path = Path(engine.url.database)
    provider = Held()
    with Writer(engine) as writer:

        async def called():
            provider.let.set()
            async with UnifiedLLM(provider=provider, model="m", writer=writer) as llm:
                await llm.acomplete("one")

        asyncio.run(called())
        path.rename(path.with_suffix(".away"))
    assert answers(path.parent / str(writer.lost).split("held is in ")[1].split(",")[0]) == ["late but kept"]


def test_a_file_that_stays_has_no_copy(engine):
    with Writer(engine) as writer:
        pass
    assert writer.lost is None
    assert list(Path(engine.url.database).parent.glob("*rescued*")) == []
