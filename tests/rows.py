"""Rows of a metrics DB made up for tests: one call of one prompt by default."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from gencost.metrics_db import Writer
from gencost.types import Cost, Message, Record, Request, Response, Sample, Score, Usage

START = datetime(2026, 1, 1, tzinfo=UTC)
PRICE = {"price_id": "p", "block": "{}", "source": "registry"}


def run_row(run_id: str, cell: str, sweep_id: str | None = "s") -> dict:
    facts = {"run_id": run_id, "cell": cell, "sweep_id": sweep_id, "name": "n", "cell_key": run_id, "score": "proxy"}
    fixed = {"config_json": "{}", "versions_json": "{}", "seed": 0, "status": "finished", "started_at": START}
    return {**facts, **fixed}


def record(run_id: str, prompt: str, *, pico=1000, latency_ms=10.0, score=0.5, repeat=0, **changes) -> Record:
    sample = Sample(id=prompt, messages=(Message(role="user", content=prompt),))
    request = Request(
        request_id=f"{run_id}-{prompt}-{repeat}",
        run_id=run_id,
        ts=START,
        provider="p",
        model="m",
        sample=sample,
        repeat=repeat,
        role=changes.pop("role", "sample"),
    )
    status = "unpriced" if pico is None else "priced"
    usage = Usage(tokens_in=2, tokens_out=3)
    answer = {
        "status": "ok",
        "response": Response(text="t", usage=usage, latency_ms=latency_ms),
        "cost": Cost(pico_usd=pico, status=changes.pop("cost_status", status), price_id=None if pico is None else "p"),
        "scores": (Score(scorer="proxy", version="1", value=score),),
    }
    return Record(request=request, **{**answer, **changes})


def failed(run_id: str, prompt: str) -> Record:
    return record(run_id, prompt, status="error", response=None, cost=None, scores=(), error_type="timeout")


def store(engine, *records: Record, pending: Record | None = None) -> None:
    async def write(writer: Writer) -> None:
        await asyncio.gather(*(writer.pending(each.request) for each in records))
        await asyncio.gather(*(writer.settle(each, [PRICE]) for each in records))
        if pending is not None:
            await writer.pending(pending.request)

    with Writer(engine) as writer:
        asyncio.run(write(writer))
