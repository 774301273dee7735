"""An answer streamed to an application from a server in another process."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from gencost import CallError, UnifiedLLM
from gencost.metrics_db import Writer
from gencost.metrics_db.tables import requests, responses
from gencost.providers.openai import OpenAIProvider

SERVER = Path(__file__).parents[1] / "traffic" / "known_usage.py"
# gpt-4o-mini, 0.15 in, 0.075 cached, 0.60 out: 104 in, 64 of them cached, 30 out of "Why?": 40 * 0.15 + 64 * 0.075
# + 30 * 0.60 = 28.8 USD per 1e6 calls.
PICO_USD = 28_800_000


@pytest.fixture
def server() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    with subprocess.Popen([sys.executable, str(SERVER)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
        process.kill()


@pytest.fixture
def opened(server, engine, monkeypatch):
    monkeypatch.setenv("LOCAL_KEY", "local")
    writers = []

    def made(*, stream: bool = True, **keys) -> UnifiedLLM:
        provider = OpenAIProvider(name="openai", base_url=f"{server[0]}/v1", api_key_env="LOCAL_KEY", stream=stream)
        writers.append(Writer(engine))
        return UnifiedLLM(provider=provider, model="gpt-4o-mini", writer=writers[-1].__enter__(), **keys)

    yield made
    for writer in writers:
        writer.__exit__(None, None, None)


def test_pieces_are_given_while_the_answer_comes(server, opened):
    with opened() as llm:
        pieces = iter(llm.stream("Wait for it"))
        assert next(pieces) == "Par"  # the server has not sent the rest, and will not before it is asked
        urllib.request.urlopen(urllib.request.Request(f"{server[0]}/go", b"{}"), timeout=10).close()
        assert list(pieces) == ["is."]


def test_what_is_streamed_is_billed_and_recorded_whole(opened, engine):
    with opened() as llm:
        stream = llm.stream("Why?")
        assert "".join(stream) == "Paris."  # pieces that come together are one
    record = stream.record
    assert (record.response.text, record.cost.pico_usd) == ("Paris.", PICO_USD)
    assert 0 < record.response.ttft_ms <= record.response.latency_ms
    with engine.connect() as connection:
        rows = select(requests.c.status, responses.c.response, responses.c.cost_pico_usd).join(responses)
        assert [tuple(row) for row in connection.execute(rows)] == [("ok", "Paris.", PICO_USD)]


def test_an_event_loop_reads_many_streams_at_once(opened):
    async def read(llm: UnifiedLLM) -> tuple[str, int]:
        stream = llm.stream("Why?")
        return "".join([piece async for piece in stream]), stream.record.cost.pico_usd

    async def all_of_them() -> list[tuple[str, int]]:
        async with opened() as llm:
            return await asyncio.gather(*(read(llm) for _ in range(20)))

    assert asyncio.run(all_of_them()) == [("Paris.", PICO_USD)] * 20


def test_a_provider_that_does_not_stream_by_itself_streams_when_asked_to(opened):
    with opened(stream=False) as llm:
        assert "".join(llm.stream("Why?")) == "Paris."


def test_a_server_that_dies_in_the_middle_is_told_and_nothing_is_tried_again(server, opened):
    with opened(raises=True) as llm:
        pieces = iter(llm.stream("Wait for ever"))
        assert next(pieces) == "Par"
        server[1].kill()
        with pytest.raises(CallError) as failed:
            list(pieces)
    record = failed.value.record
    assert (record.status, record.error_type, len(record.attempts)) == ("error", "truncated", 1)
