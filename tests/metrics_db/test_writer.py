from __future__ import annotations

import asyncio
import itertools
import sqlite3
import threading
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from gencost.errors import MetricsDBError
from gencost.metrics_db import Writer, init_db
from gencost.metrics_db import store as store_module
from gencost.metrics_db.tables import attempts, prices, prompts, requests, responses, scores
from gencost.types import Attempt, Cost, Message, Record, Request, Response, Sample, Score, Usage

PRICE = {"price_id": "p" * 64, "block": "{}", "source": "registry"}
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def make_request(text: str = "hello", **changes) -> Request:
    sample = Sample(id="s1", messages=(Message(role="user", content=text),))
    facts = {"request_id": str(uuid.uuid4()), "run_id": None, "ts": NOW, "provider": "mock", "model": "m"}
    return Request(**{**facts, "sample": sample, **changes})


def make_record(request: Request, pico: int | None = 1_500_000, answer: str = "hi") -> Record:
    usage = Usage(tokens_in=3, tokens_out=2)
    return Record(
        request=request,
        status="ok",
        attempts=(Attempt(attempt=1, ts=NOW, service_ms=5.0, usage=usage, cost=Cost(pico_usd=pico, status="priced")),),
        response=Response(text=answer, usage=usage, latency_ms=5.0, provider_cost_usd=Decimal("0.1")),
        cost=Cost(pico_usd=pico, status="priced", price_id=PRICE["price_id"]),
        scores=(Score(scorer="proxy", version="1", value=0.5), Score(scorer="exact", version="1", value=None)),
    )


def record_all(engine, records: list[Record]) -> None:
    async def both(writer: Writer, record: Record) -> None:
        await writer.pending(record.request)
        await writer.settle(record, [PRICE])

    async def everything(writer: Writer) -> None:
        await asyncio.gather(*(both(writer, record) for record in records))

    with Writer(engine) as writer:
        asyncio.run(everything(writer))


def counts(engine) -> dict[str, int]:
    tables = (requests, responses, attempts, scores, prompts, prices)
    with engine.connect() as connection:
        return {t.name: connection.scalar(select(func.count()).select_from(t)) for t in tables}


def check_both_stores_keep_every_fact(engine):
    record_all(engine, [make_record(make_request()) for _ in range(1000)])
    expected = {"requests": 1000, "responses": 1000, "attempts": 1000, "scores": 2000, "prompts": 1, "prices": 1}
    assert counts(engine) == expected
    with engine.connect() as connection:
        row = connection.execute(select(requests, responses).join(responses).limit(1)).mappings().one()
        assert connection.scalar(select(func.sum(responses.c.cost_pico_usd))) == 1000 * 1_500_000
    assert row["status"] == "ok"
    assert row["attempts"] == 1
    assert row["cost_usd"] == 1_500_000 / 1e12  # the generated column
    assert row["quality_proxy"] == 0.5
    assert row["usage_source"] == "provider"
    assert row["ts"] == NOW


def test_a_thousand_calls_are_kept_with_every_fact(engine):
    check_both_stores_keep_every_fact(engine)


@pytest.mark.postgres
def test_a_thousand_calls_are_kept_with_every_fact_on_postgres(postgres_database):
    opened = init_db(postgres_database)
    check_both_stores_keep_every_fact(opened)
    opened.dispose()


@pytest.mark.postgres
def test_what_postgres_cannot_keep_as_text_does_not_lose_the_answer(postgres_database):
    opened = init_db(postgres_database)
    record_all(opened, [make_record(make_request(), answer="a\x00b\ud800c")])
    with opened.connect() as connection:
        assert connection.scalar(select(responses.c.response)) == "a\ufffdb\ufffdc"
    opened.dispose()


def test_a_request_is_pending_before_it_is_settled(engine):
    with Writer(engine) as writer:
        asyncio.run(writer.pending(make_request()))
        with engine.connect() as connection:
            assert connection.scalar(select(requests.c.status)) == "pending"


def test_a_failed_call_has_no_response_row(engine):
    failed = Record(request=make_request(), status="error", error_type="timeout", error_message="too slow")
    record_all(engine, [failed])
    assert counts(engine)["responses"] == 0
    with engine.connect() as connection:
        row = connection.execute(select(requests.c.status, requests.c.error_type, requests.c.latency_ms)).one()
    assert tuple(row) == ("error", "timeout", None)


def test_an_unknown_cost_stays_unknown(engine):
    record_all(engine, [make_record(make_request(), pico=None)])
    with engine.connect() as connection:
        assert connection.execute(select(responses.c.cost_pico_usd, responses.c.cost_usd)).one() == (None, None)


def test_one_refused_row_does_not_take_its_neighbours_with_it(engine):
    refused = replace(make_request(), run_id="no such run")

    async def three(writer: Writer) -> list[object]:
        calls = (writer.pending(r) for r in (make_request(), make_request(), refused))
        return await asyncio.gather(*calls, return_exceptions=True)

    with Writer(engine) as writer:
        results = asyncio.run(three(writer))
    assert [isinstance(r, MetricsDBError) for r in results] == [False, False, True]
    assert counts(engine)["requests"] == 2


def test_two_writers_share_one_file(engine, tmp_path):
    other = init_db(f"sqlite:///{tmp_path}/metrics.sqlite")

    async def write(writer: Writer) -> None:
        await asyncio.gather(*(writer.pending(make_request(f"text {i}")) for i in range(200)))

    with Writer(engine) as one, Writer(other) as two:

        async def both() -> None:
            await asyncio.gather(write(one), write(two))

        asyncio.run(both())
    other.dispose()
    assert counts(engine)["requests"] == 400
    assert counts(engine)["prompts"] == 200
    other.dispose()


def test_leaving_the_writer_waits_for_what_is_queued(engine):
    async def queue_only(writer: Writer) -> list[asyncio.Task[None]]:
        tasks = [asyncio.create_task(writer.pending(make_request())) for _ in range(50)]
        await asyncio.sleep(0)
        return tasks

    with Writer(engine) as writer:
        asyncio.run(queue_only(writer))
    assert counts(engine)["requests"] == 50


def test_the_schema_enforces_that_a_response_has_a_request(engine):
    with engine.connect() as connection, pytest.raises(Exception, match="FOREIGN KEY"):
        connection.execute(
            text("INSERT INTO responses (request_id, response, usage_source, cost_status) VALUES ('x','','p','free')")
        )


@pytest.mark.parametrize("fatal", [SystemExit, MemoryError, OverflowError])
def test_a_writer_that_dies_tells_every_caller_instead_of_letting_them_wait(engine, monkeypatch, fatal):
    def die(*_):
        raise fatal("no more")

    async def main(writer: Writer) -> list:
        calls = [pending_of(n) for n in range(3)]
        return await asyncio.gather(*(writer.pending(call) for call in calls), return_exceptions=True)

    with Writer(engine) as writer:
        monkeypatch.setattr(writer, "_execute", die)
        outcomes = asyncio.run(main(writer))
    assert [type(outcome) for outcome in outcomes] == [MetricsDBError] * 3


def test_a_row_that_cannot_be_stored_leaves_its_neighbours(engine):
    """2^63 fits no column of SQLite: the driver raises OverflowError."""

    async def main(writer: Writer) -> list:
        calls = [pending_of(n) for n in range(5)]
        calls[1] = replace(calls[1], repeat=2**63)
        return await asyncio.gather(*(writer.pending(call) for call in calls), return_exceptions=True)

    with Writer(engine) as writer:
        outcomes = asyncio.run(main(writer))
    assert [outcome is None for outcome in outcomes] == [True, False, True, True, True]


def pending_of(n: int):
    return Request(
        request_id=f"r{n}",
        run_id=None,
        ts=NOW,
        provider="p",
        model="m",
        sample=Sample(id=f"s{n}", messages=(Message(role="user", content=f"q{n}"),)),
    )


@pytest.mark.parametrize(("answers", "slept"), [([False], 1), ([True, True, False], 3), ([True] * 9, 5)])
def test_a_commit_waits_for_more_rows_five_times_at_most_while_nobody_needs_it(engine, monkeypatch, answers, slept):
    waits = []
    monkeypatch.setattr(time, "sleep", waits.append)
    writer, left = Writer(engine), iter(answers)
    writer.gather_while(lambda: next(left))
    writer._gather()
    assert waits == [0.005] * slept


def locked_by_another(engine, monkeypatch, releases_at: int) -> tuple[object, list[int]]:
    """Record one request while another process holds the file until the writer's try of that number."""
    holder = sqlite3.connect(engine.url.database, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    tries = []

    async def main(writer: Writer) -> object:
        (outcome,) = await asyncio.gather(writer.pending(make_request()), return_exceptions=True)
        return outcome

    with Writer(engine) as writer:
        execute = writer._execute

        def trying(connection, batch):
            tries.append(1)
            if len(tries) == releases_at:
                holder.execute("ROLLBACK")
            connection.exec_driver_sql("PRAGMA busy_timeout=1")
            execute(connection, batch)

        monkeypatch.setattr(writer, "_execute", trying)
        outcome = asyncio.run(main(writer))
    holder.close()
    return outcome, tries


def test_a_file_that_another_process_holds_is_waited_for(engine, monkeypatch):
    """As long as a server: 120 s, of which SQLite's own patience is one try."""
    monkeypatch.setattr(store_module, "_SERVER_S", 0.001)
    outcome, tries = locked_by_another(engine, monkeypatch, releases_at=5)
    assert (outcome, len(tries)) == (None, 5)
    assert counts(engine)["requests"] == 1


def test_a_file_that_is_held_for_longer_refuses_the_call(engine, monkeypatch):
    monkeypatch.setattr(store_module, "_SERVER_S", 0.001)
    seconds = itertools.count()  # of a clock that each look at it moves on
    clock = SimpleNamespace(monotonic=lambda: float(next(seconds)), sleep=time.sleep)
    monkeypatch.setattr(store_module, "time", clock)
    monkeypatch.setattr(store_module, "PATIENCE_S", 5.0)
    outcome, tries = locked_by_another(engine, monkeypatch, releases_at=10**9)
    assert isinstance(outcome, MetricsDBError)
    assert "database is locked" in str(outcome)
    assert len(tries) > 1


class ClosedError(Exception):
    sqlstate = None


def test_a_server_that_is_away_is_not_waited_for_by_a_command_that_is_to_end(engine, monkeypatch):
    """Ctrl-C hurries the writer; without that this test would wait for ever, as the patience has no end here."""
    monkeypatch.setattr(store_module, "_SERVER_S", 0.001)
    monkeypatch.setattr(store_module, "PATIENCE_S", 1e9)
    tried_often, tries = threading.Event(), itertools.count(1)

    def away(connection, batch):
        if next(tries) == 3:
            tried_often.set()
        raise OperationalError("INSERT", {}, ClosedError("server closed the connection"))

    async def main(writer: Writer) -> object:
        asked = asyncio.ensure_future(writer.pending(make_request()))
        await asyncio.to_thread(tried_often.wait)
        writer.hurry()
        (outcome,) = await asyncio.gather(asked, return_exceptions=True)
        return outcome

    with Writer(engine) as writer:
        monkeypatch.setattr(writer, "_execute", away)
        outcome = asyncio.run(main(writer))
    assert isinstance(outcome, MetricsDBError)
    assert "server closed the connection" in str(outcome)
