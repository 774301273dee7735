"""A server that fails at random: nothing is lost, nothing is counted twice, the run ends."""

from __future__ import annotations

import asyncio
import io
import json
import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from rich.console import Console
from sqlalchemy import event, func, select

from gencost.cost_tracker import CostTracker
from gencost.llm import UnifiedLLM
from gencost.metrics_db import Writer
from gencost.metrics_db.tables import attempts, requests, responses
from gencost.pricing import load_pricing
from gencost.providers.openai import OpenAIProvider
from gencost.runner.calls import CellCalls
from gencost.runner.load import Concurrent
from gencost.runner.loop import run_calls
from gencost.runner.progress import CellCount
from gencost.sending.budget import Budget
from gencost.sending.limits import Limits, LimitSettings
from gencost.sending.retry import Retry
from gencost.sending.sender import Sender
from gencost.types import Message, Sample

SAMPLE = Sample(id="1", messages=(Message(role="user", content="hi"),))
GOOD = {"model": "m", "choices": [{"message": {"content": "x"}, "finish_reason": "stop"}]}
GOOD["usage"] = {"prompt_tokens": 10, "completion_tokens": 5}
CHUNK = {"model": "m", "choices": [{"delta": {"content": "x"}, "finish_reason": "stop"}], "usage": GOOD["usage"]}
STREAM = b"data: " + json.dumps(CHUNK).encode() + b"\n\ndata: [DONE]\n\n"
A_CALL_PICO = 10 * 1_000_000 + 5 * 2_000_000  # 10 tokens at $1/M, 5 at $2/M
FAULTS = ("rate_limit", "server_error", "hang", "reset", "garbage")


def whole(status: str, body: bytes, *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


ANSWERS = {
    "good": whole("200 OK", json.dumps(GOOD).encode()),
    "stream": whole("200 OK", STREAM, "Content-Type: text/event-stream"),
    "rate_limit": whole("429 Too Many Requests", b"{}", "Retry-After-Ms: 5"),
    "server_error": whole("500 Internal Server Error", b"oops"),
    "garbage": whole("200 OK", b"<html>not json"),
}


async def serve(reader, writer, share: float, draw: random.Random, done: Counter[str]) -> None:
    done["connections"] += 1
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            body = json.loads(await reader.readexactly(length))
            at = draw.random()
            kind = FAULTS[int(at / share)] if at < 5 * share else "stream" if body.get("stream") else "good"
            done[kind] += 1
            if kind == "hang":
                await reader.read()  # until the client gives up
            if kind in {"hang", "reset"}:
                return
            writer.write(ANSWERS[kind])
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        return
    finally:
        writer.close()


@contextmanager
def faulty_server(share: float, seed: int = 0) -> Iterator[tuple[str, Counter[str]]]:
    """Each of the five faults comes with the given share; counts what was done."""
    done: Counter[str] = Counter()
    draw = random.Random(seed)
    loop = asyncio.new_event_loop()
    start = asyncio.start_server(lambda r, w: serve(r, w, share, draw, done), "127.0.0.1", 0, backlog=512)
    server = loop.run_until_complete(start)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", done
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


def cell(writer: Writer, url: str, n: int, concurrency: int = 100, **how) -> CellCalls:
    provider = OpenAIProvider(
        name="p", base_url=url, **{"total_s": 1.0, "first_token_s": 1.0, **how}
    )  # a busy machine is not a hang
    prices = load_pricing({"models": {"p:m": [{"input_usd_per_mtok": 1, "output_usd_per_mtok": 2}]}})
    tracker = CostTracker(prices)
    sender = Sender(
        model="m",
        params={"max_tokens": 5},
        provider=provider,
        retry=Retry(tries=3, base_s=0.005),
        limits=Limits(LimitSettings()),
        budget=Budget(None),
        cost_tracker=tracker,
    )
    return CellCalls(
        llm=UnifiedLLM(provider=provider, model="m", params={"max_tokens": 5}, cost_tracker=tracker, writer=writer),
        draws=[(SAMPLE, repeat) for repeat in range(n)],
        load=Concurrent(concurrency=concurrency),
        count=CellCount(cell="c", total=n),
        sender=sender,
    )


def test_ten_percent_of_each_fault_lose_nothing_and_count_nothing_twice(engine):
    n = 800
    with faulty_server(0.1) as (url, done), Writer(engine) as writer:
        made = cell(writer, url, n)
        assert run_calls([made], Console(file=io.StringIO())).complete
    with engine.connect() as db:
        by_status = dict(db.execute(select(requests.c.status, func.count()).group_by(requests.c.status)).all())
        tries = dict(db.execute(select(attempts.c.error_type, func.count()).group_by(attempts.c.error_type)).all())
        asked = db.execute(select(requests.c.repeat)).scalars().all()
        pico = db.scalar(select(func.sum(responses.c.cost_pico_usd)))
        counted = db.scalar(select(func.sum(requests.c.attempts)))
    done.pop("connections")
    assert sorted(asked) == list(range(n))
    good = tries.pop(None)
    names = {"rate_limit": "rate_limit", "server_error": "server_error", "garbage": "invalid_body"}
    late = {"good": done["good"] - good, **{kind: done[kind] - tries[name] for kind, name in names.items()}}
    assert min(late.values()) >= 0
    assert tries["timeout"] >= done["hang"] + sum(late.values())  # on a busy machine more: too late, or never begun
    assert by_status == {"ok": good, "error": n - good}
    assert 0.7 * n < good < n  # half of the tries are good: 1 - 1/8 of the calls, were garbage tried again
    assert pico == good * A_CALL_PICO == made.llm.cost_tracker.pico_usd
    assert sum(tries.values()) + good == counted >= sum(done.values())


def test_a_full_disk_stops_the_cell_with_one_line_and_keeps_what_was_recorded(engine):
    @event.listens_for(engine, "connect")
    def small_disk(connection, _record):
        connection.execute("PRAGMA max_page_count=80")  # of 4096 bytes

    engine.dispose()
    with faulty_server(0.0) as (url, done), Writer(engine) as writer:
        made = cell(writer, url, 2000, concurrency=10)
        run_calls([made], Console(file=io.StringIO()))
    assert "database or disk is full; free some space, then go on with resume=true" in str(made.error)
    with engine.connect() as db:
        settled = db.scalar(select(func.count()).where(requests.c.status == "ok"))
        pending = db.scalar(select(func.count()).where(requests.c.status == "pending"))
    assert 10 < settled < 2000
    assert done["good"] <= settled + pending  # every answer that came is settled or stays marked as possibly billed


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_leaves_its_connection_for_the_next(engine, stream):
    with faulty_server(0.0) as (url, done), Writer(engine) as writer:
        made = cell(writer, url, 200, concurrency=5, stream=stream)
        run_calls([made], Console(file=io.StringIO()))
    assert done["stream" if stream else "good"] == 200
    assert done["connections"] <= 5
