"""PostgreSQL goes away in the middle: the calls pause, nothing is lost, nothing is asked twice."""

from __future__ import annotations

import io
import threading
import time

import pytest
from rich.console import Console
from sqlalchemy import func, select

from gencost.llm import UnifiedLLM
from gencost.metrics_db import Writer, init_db
from gencost.metrics_db.tables import requests, responses
from gencost.providers.mock import MockProvider
from gencost.runner.calls import CellCalls
from gencost.runner.load import Concurrent
from gencost.runner.loop import run_calls
from gencost.runner.progress import CellCount
from gencost.sending.sender import Sender
from gencost.types import Message, Sample

AWAY_S = 10.0
SAMPLE = Sample(id="1", messages=(Message(role="user", content="hi"),))


@pytest.mark.postgres
def test_calls_pause_while_postgresql_is_away_for_ten_seconds(postgres_server, postgres_database):
    n = 2000
    engine = init_db(postgres_database)
    asked = []

    class Watched(MockProvider):
        async def complete(self, request):
            asked.append(request.repeat)
            return await super().complete(request)

    def outage() -> None:
        while len(asked) < n // 4:
            time.sleep(0.005)
        postgres_server.stop()
        time.sleep(AWAY_S)
        postgres_server.start()

    breaker = threading.Thread(target=outage)
    breaker.start()
    draws = [(SAMPLE, repeat) for repeat in range(n)]
    started = time.monotonic()
    with Writer(engine) as writer:
        llm = UnifiedLLM(provider=Watched(profiles={"small-latest": {}}), model="small-latest", writer=writer)
        cell = CellCalls(
            llm=llm,
            draws=draws,
            load=Concurrent(concurrency=20),
            count=CellCount(cell="c", total=n),
            sender=Sender.plain(llm),
        )
        traffic = run_calls([cell], Console(file=io.StringIO()))
    breaker.join()
    assert (traffic.complete, cell.error) == (True, None)
    assert time.monotonic() - started > AWAY_S
    assert sorted(asked) == list(range(n))
    with engine.connect() as db:
        assert db.scalar(select(func.count()).where(requests.c.status == "ok")) == n
        assert db.scalar(select(func.count()).select_from(responses)) == n
        assert db.scalar(select(func.sum(responses.c.cost_pico_usd))) == llm.cost_tracker.pico_usd
    engine.dispose()
