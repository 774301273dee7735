"""The published bills, and counts that no column holds, through an adapter and a server into the metrics DB."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal

import pytest
from pricing.test_vectors import VECTORS, stated
from rows import record, run_row, store
from sqlalchemy import func, select
from usage.test_bills import called

from gencost.analysis.recorded import frames
from gencost.analysis.results import read_results
from gencost.cost_tracker import CostTracker
from gencost.metrics_db import Writer, insert_runs, tables
from gencost.pricing import load_pricing


def completion(usage: dict, model: str) -> dict:
    message = {"role": "assistant", "content": "hello"}
    return {"model": model, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}


def case(usage: dict, provider: str = "local", model: str = "m-1") -> dict:
    body = completion(usage, model)
    return {"protocol": "chat", "provider": provider, "model": model, "stream": False, "body": body}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda it: it.id)
def test_a_published_bill_is_exact_through_an_adapter(vector, engine):
    tokens_in, tokens_out, cached, written = vector.tokens
    details = {"cached_tokens": cached, "cache_write_tokens": written}
    usage = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}
    provider, _, model = vector.key.partition(":")
    with Writer(engine) as writer:
        asyncio.run(called(case({**usage, "prompt_tokens_details": details}, provider, model), stated(vector), writer))
    with engine.connect() as connection:
        assert connection.scalar(select(tables.responses.c.cost_pico_usd)) == Decimal(vector.usd) * 10**12


def test_one_count_that_cannot_be_stored_leaves_four_calls_and_its_own_text(engine):
    tracker = CostTracker(load_pricing({"models": {"local:m-1": {"input_usd_per_mtok": 2, "output_usd_per_mtok": 8}}}))
    counts = [12, 2**63, 12, 12, 12]

    async def five(writer: Writer) -> None:
        usages = [{"prompt_tokens": n, "completion_tokens": 3} for n in counts]
        await asyncio.gather(*(called(case(usage), tracker, writer) for usage in usages))

    with Writer(engine) as writer:
        asyncio.run(five(writer))
    with engine.connect() as connection:
        rows = connection.execute(select(tables.responses).order_by(tables.responses.c.cost_status)).all()
    assert [row.cost_status for row in rows] == ["priced"] * 4 + ["unpriced"]
    assert {row.response for row in rows} == {"hello"}
    assert "9223372036854775808 is more than can be stored" in rows[-1].cost_reason
    assert json.loads(rows[-1].raw_usage_json)["prompt_tokens"] == 2**63  # as it was sent


def test_a_number_that_is_too_long_to_be_read_leaves_the_text(engine):
    body = completion({"prompt_tokens": 12, "completion_tokens": 3, "x": 0}, "m-1")
    said = json.dumps(body).replace('"x": 0', f'"x": {"9" * 5000}')
    tracker = CostTracker(load_pricing({"models": {"local:m-1": {"input_usd_per_mtok": 2, "output_usd_per_mtok": 8}}}))
    with Writer(engine) as writer:
        record = asyncio.run(called({**case({}), "body": said}, tracker, writer))
    assert (record.response.text, record.cost.status) == ("hello", "partial")


FIVE_MILLION = 5 * 10**18  # USD 5,000,000 in 1e-12 USD: two fit a 64-bit sum, three do not


def test_three_calls_of_five_million_dollars_are_fifteen_million(engine):
    insert_runs(engine, [run_row("a", "x")])
    store(engine, *(record("a", f"q{n}", pico=FIVE_MILLION) for n in range(3)))
    results = read_results(engine, ["a"])
    assert results.summaries[0].cost_usd_total == 15_000_000
    assert frames.calls(engine, ["a"])["cost_usd"].sum() == 15_000_000
    with engine.connect() as connection:  # the query of the README
        assert connection.scalar(select(func.sum(tables.responses.c.cost_pico_usd / 1e12))) == 15_000_000


def test_more_than_one_bill_holds_is_refused_before_it_reaches_the_writer(engine):
    tracker = CostTracker(load_pricing({"models": {"local:m-1": {"input_usd_per_mtok": 2, "output_usd_per_mtok": 8}}}))
    usage = {"prompt_tokens": 5 * 10**12, "completion_tokens": 1, "total_tokens": 5 * 10**12 + 1}
    with Writer(engine) as writer:
        bill = asyncio.run(called(case(usage), tracker, writer)).cost
    assert (bill.status, bill.reason) == ("unpriced", "$10,000,000.00 is more than one bill holds ($9,223,372.04)")


@pytest.mark.postgres
def test_sums_are_exact_in_postgresql_too(postgres_database):
    from gencost.metrics_db import init_db
    from gencost.metrics_db.resume import spent_pico_usd

    engine = init_db(postgres_database)
    insert_runs(engine, [run_row("a", "x")])
    store(engine, *(record("a", f"q{n}", pico=FIVE_MILLION + 1) for n in range(3)))
    assert spent_pico_usd(engine, ["a"]) == 3 * FIVE_MILLION + 3
    assert read_results(engine, ["a"]).summaries[0].cost_pico_usd_total == 3 * FIVE_MILLION + 3
    engine.dispose()
