"""Cells made up for tests: figures one can recompute by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from gencost.analysis.results import read_results
from gencost.decision.compare import Comparison, compare
from gencost.metrics_db import Writer, insert_runs
from gencost.types import Cost, Message, Record, Request, Response, Sample, Score, Usage

START = datetime(2026, 1, 1, tzinfo=UTC)
PRICE = {"price_id": "p", "block": '{"input_usd_per_mtok":"1","output_usd_per_mtok":"2"}', "source": "registry"}


def run_row(run_id: str, cell: str, **more: Any) -> dict[str, Any]:
    facts = {"run_id": run_id, "cell": cell, "sweep_id": "s", "name": "made", "cell_key": run_id, "score": "right"}
    fixed = {"config_json": "{}", "versions_json": "{}", "seed": 0, "status": "finished", "started_at": START}
    return {**facts, **fixed, **more}


def record(run_id: str, number: int, **facts: Any) -> Record:
    """One answered call; ``facts``: score, pico, latency_ms, text, prompt, usage."""
    prompt = facts.get("prompt", f"question {number}")
    sample = Sample(id=f"q{number}", messages=(Message(role="user", content=prompt),))
    request = Request(
        request_id=f"{run_id}-{number}", run_id=run_id, ts=START, provider="p", model=run_id, sample=sample
    )
    answer = Response(
        text=facts.get("text", f"answer {number}"),
        usage=facts.get("usage", Usage(tokens_in=10, tokens_out=5)),
        latency_ms=facts.get("latency_ms", 10.0),
    )
    return Record(
        request=request,
        status="ok",
        response=answer,
        cost=Cost(pico_usd=facts.get("pico", 20_000_000), status="priced", price_id="p"),
        scores=(Score(scorer="right", version="1", value=facts.get("score", 1.0)),),
    )


def failed(run_id: str, number: int, error_type: str = "timeout", message: str = "too late") -> Record:
    """One call without an answer."""
    asked = record(run_id, number).request
    return Record(request=asked, status="error", error_type=error_type, error_message=message)


def store(
    engine: Engine, cells: Mapping[str, Sequence[Record]], ids: Sequence[str] | None = None, **run: Any
) -> Sequence[str]:
    """Store cells (name -> their records, of run a, b, ... unless named); gives the run ids.

    ``run``: columns of the runs; ``block``: the rates of all calls.
    """
    price = {**PRICE, "block": run.pop("block", PRICE["block"])}
    ids = ids or [chr(ord("a") + i) for i in range(len(cells))]
    insert_runs(engine, [run_row(run_id, cell, **run) for run_id, cell in zip(ids, cells, strict=True)])

    async def write(writer: Writer) -> None:
        everything = [each for records in cells.values() for each in records]
        await asyncio.gather(*(writer.pending(each.request) for each in everything))
        await asyncio.gather(*(writer.settle(each, [price]) for each in everything))

    with Writer(engine) as writer:
        asyncio.run(write(writer))
    return ids


def two(engine: Engine, n: int = 40, **run: Any) -> Sequence[str]:
    """Two cells: ``m=a`` costs 10 and is always right, ``m=b`` costs 5, takes half as long, misses question 0."""
    a = [record("a", i, pico=10, latency_ms=20.0 + i) for i in range(n)]
    b = [record("b", i, pico=5, latency_ms=10.0 + i / 2, score=float(i > 0)) for i in range(n)]
    return store(engine, {"m=a": a, "m=b": b}, **run)


def compared(engine: Engine, ids: Sequence[str]) -> Comparison:
    return compare(read_results(engine, ids))
