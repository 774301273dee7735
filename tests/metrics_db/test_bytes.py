"""The bytes that a call takes beside its texts."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from gencost import Message, Sample, UnifiedLLM
from gencost.metrics_db import Engine, Writer
from gencost.metrics_db.run_rows import insert_runs, new_run_id
from gencost.protocols import Provider
from gencost.types import Response, Usage

ANSWER = "About as many as a basket holds. " * 24  # 792 characters, as many as the mock's on average
FACTS = {"name": "n", "cell": "c", "config_json": "{}", "cell_key": "k", "seed": 0, "versions_json": "{}"}
IN_FLIGHT, CALLS = 32, 2400
BTREES, PAGE = 9, 16384


class Fixed(Provider):
    """Gives the same answer at once."""

    name = "mock"

    async def complete(self, request):
        usage = Usage(tokens_in=9, tokens_out=270)
        return Response(text=ANSWER, usage=usage, latency_ms=100 / 3, response_model="small-latest")


def size(engine: Engine) -> int:
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(str(engine.url.database)).stat().st_size


def make_calls(engine: Engine, run_id: str, prompts: range) -> int:
    """Make four calls of each prompt; the bytes of the prompts."""
    samples = [Sample(id=f"q{n}", messages=(Message(role="user", content=f"How many are {n}?"),)) for n in prompts]
    with Writer(engine) as writer:
        llm = UnifiedLLM(
            provider=Fixed(), model="small-latest", params={"max_tokens": 400}, run_id=run_id, writer=writer
        )

        async def ask_all() -> None:
            for at in range(0, len(samples), IN_FLIGHT // 4):
                some = samples[at : at + IN_FLIGHT // 4]
                await asyncio.gather(*(llm.acomplete(it, repeat=again) for it in some for again in range(4)))

        asyncio.run(ask_all())
    return sum(len(it.text) for it in samples)


def test_a_call_takes_at_most_1000_bytes_beside_its_texts(engine):
    run_id = new_run_id()
    insert_runs(
        engine, [{"run_id": run_id, **FACTS, "status": "running", "started_at": datetime(2026, 11, 26, tzinfo=UTC)}]
    )
    make_calls(engine, run_id, range(100))
    before = size(engine)
    texts = make_calls(engine, run_id, range(100, 100 + CALLS // 4))
    begun = BTREES * PAGE / CALLS  # each may have begun a page
    assert (size(engine) - before - texts) / CALLS - len(ANSWER) <= 1000 + begun
