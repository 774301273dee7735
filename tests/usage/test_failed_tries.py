"""A try that failed may have been counted: what the server said before is kept, priced, and counted by the budget."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal

import pytest
from providers.scripted import Said, _answer, http, sse
from rows import run_row
from sqlalchemy import select

from gencost import UnifiedLLM
from gencost.analysis.overhead import FAILED_TRIES, overheads
from gencost.analysis.recorded.runs import runs
from gencost.audit.check import audit
from gencost.cost_tracker import CostTracker
from gencost.metrics_db import Writer, insert_runs, tables
from gencost.metrics_db.resume import spent_pico_usd
from gencost.pricing import load_pricing
from gencost.providers.anthropic import AnthropicProvider
from gencost.providers.openai import OpenAIProvider

USAGE = {"prompt_tokens": 900, "completion_tokens": 300, "total_tokens": 1200}
START = {"type": "message_start", "message": {"model": "m", "usage": {"input_tokens": 900, "output_tokens": 1}}}
DELTA = {"type": "message_delta", "delta": {"stop_reason": None}, "usage": {"output_tokens": 300}}
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "later"}}
RATES = {"input_usd_per_mtok": 2, "output_usd_per_mtok": 8}
COST = 4_200_000_000  # 900 x 2 + 300 x 8 millionths of a USD, in 1e-12 USD
CHUNK = {"model": "m", "choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": None}]}

FAILURES = {
    "no choice": (OpenAIProvider, False, http({"model": "m", "choices": [], "usage": USAGE})),
    "an error beside the usage": (OpenAIProvider, False, http({"error": {"message": "x"}, "usage": USAGE})),
    "an error after the usage": (
        OpenAIProvider,
        True,
        sse(CHUNK, {"model": "m", "choices": [], "usage": USAGE}, {"error": {"message": "x"}}, done=False),
    ),
    "a message that broke off after its counts": (AnthropicProvider, True, sse(START, DELTA, OVERLOADED, done=False)),
}


async def failed(provider, script, writer):
    server = await asyncio.start_server(lambda r, w: _answer(r, w, Said(), [script]), "127.0.0.1", 0)
    base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    made, stream = provider
    tracker = CostTracker(load_pricing({"models": {"p:m": RATES}, "fallback": "none"}))
    llm = UnifiedLLM(
        provider=made(name="p", base_url=base_url, stream=stream),
        model="m",
        cost_tracker=tracker,
        writer=writer,
        run_id="r",
    )
    try:
        return await llm.acomplete("A question?"), tracker
    finally:
        await llm.aclose()
        server.close()


def failures(engine) -> set[str]:
    return {verdict.figure for _, verdict in audit(engine, None).failures}


@pytest.mark.parametrize("what", FAILURES)
def test_the_counts_of_a_failed_try_are_kept_and_priced(what, engine):
    insert_runs(engine, [run_row("r", "x")])
    made, stream, script = FAILURES[what]
    with Writer(engine) as writer:
        record, tracker = asyncio.run(failed((made, stream), script, writer))
    assert (record.status, record.attempts[-1].cost.usd) == ("error", Decimal("0.0042"))
    assert tracker.pico_usd == COST
    with engine.connect() as connection:
        row = connection.execute(select(tables.attempts)).one()
    assert (row.cost_pico_usd, json.loads(row.usage_json)["tokens_out"]) == (COST, 300)
    assert 300 in json.loads(row.raw_usage_json).values()
    assert overheads(engine, runs(engine, run_ids=["r"]))["r"].pico_usd[FAILED_TRIES] == COST
    assert spent_pico_usd(engine, ["r"]) == COST
    assert "cost of failed try 1" not in failures(engine)
    with engine.begin() as connection:
        connection.execute(tables.attempts.update().values(cost_pico_usd=1))
    assert "cost of failed try 1" in failures(engine)


def test_the_input_alone_of_a_message_that_broke_off_is_no_bill(engine):
    insert_runs(engine, [run_row("r", "x")])
    with Writer(engine) as writer:
        script = sse(START, OVERLOADED, done=False)
        record, _ = asyncio.run(failed((AnthropicProvider, True), script, writer))
    assert (record.status, record.attempts[-1].cost_pico_usd) == ("error", None)


CUT = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "half an ans\x00"}}
HALVES = {
    "a connection that was cut": (OpenAIProvider, sse(CHUNK, done=False), "hi"),
    "an error amid the text": (OpenAIProvider, sse(CHUNK, {"error": {"message": "x"}}, done=False), "hi"),
    "a message with NUL": (AnthropicProvider, sse(START, CUT, OVERLOADED, done=False), "half an ans\ufffd"),
    "nothing yet": (AnthropicProvider, sse(START, OVERLOADED, done=False), None),
}


@pytest.mark.parametrize("what", HALVES)
def test_the_text_of_an_answer_that_broke_off_is_kept(what, engine):
    insert_runs(engine, [run_row("r", "x")])
    made, script, text = HALVES[what]
    with Writer(engine) as writer:
        record, _ = asyncio.run(failed((made, True), script, writer))
    assert (record.status, record.attempts[-1].text) == ("error", text)
    with engine.connect() as connection:
        assert connection.execute(select(tables.attempts.c.response)).scalar_one() == text
