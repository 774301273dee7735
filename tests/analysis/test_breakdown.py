from __future__ import annotations

import json

import pytest
from made import record, store
from sqlalchemy import update

from gencost.analysis.breakdown import breakdown
from gencost.analysis.results import read_results
from gencost.metrics_db import tables
from gencost.pricing import ModelPricing, cost_of
from gencost.pricing.cost import machine_cost
from gencost.types import Usage

RATES = {"input_usd_per_mtok": "2", "cached_usd_per_mtok": "1", "cache_write_usd_per_mtok": "4"}
ALL = json.dumps({**RATES, "output_usd_per_mtok": "10", "per_request_usd": "0.01", "web_search_usd": "0.03"})
USAGE = Usage(tokens_in=1000, tokens_cached=300, tokens_cache_write=200, tokens_out=100, tokens_reasoning=40)


def billed(usage, pricing) -> int:
    """The cost of a call that had 10 ms of a machine."""
    return (cost_of(usage, pricing) if pricing.gpu_hour is None else machine_cost(pricing, 10.0)).pico_usd


def split(engine, block, *usages):
    pricing = ModelPricing.from_block(block)
    calls = [record("a", i, usage=u, pico=billed(u, pricing)) for i, u in enumerate(usages)]
    results = read_results(engine, store(engine, {"a": calls}, block=block))
    (found,) = breakdown(engine, results)
    return found, results.summaries[0]


def test_the_bill_is_split_by_hand(engine):
    found, summary = split(engine, ALL, USAGE, Usage(tokens_in=500, tokens_out=0, web_searches=2))
    # per million: input (500 + 500) * 2, cached 300 * 1, written 200 * 4, output 60 * 10, reasoning 40 * 10 as output;
    # fees 2 * 0.01 + 2 * 0.03
    assert found.usd == pytest.approx(
        {
            "input": 0.002,
            "cached input": 0.0003,
            "cache write": 0.0008,
            "output": 0.0006,
            "reasoning": 0.0004,
            "fees": 0.08,
        }
    )
    assert sum(found.usd.values()) == pytest.approx(float(summary.cost_usd_total), rel=1e-12)
    assert found.calls == 2


def test_counts_beside_the_usual_ones_are_in_it(engine):
    """1,000 in of which 200 are audio: 800 x 2 and 200 x 32; 100 out of which 60 are audio: 40 x 8 and 60 x 64."""
    rates = {"input_usd_per_mtok": "2", "audio_in_usd_per_mtok": "32"}
    block = json.dumps({**rates, "output_usd_per_mtok": "8", "audio_out_usd_per_mtok": "64"})
    usage = Usage(tokens_in=1000, tokens_out=100, more={"audio_in": 200, "audio_out": 60})
    found, summary = split(engine, block, usage, Usage(tokens_in=1000, tokens_out=0))
    assert found.usd == pytest.approx(
        {"input": 0.0016 + 0.002, "output": 0.00032, "audio, images, video": 0.0064 + 0.00384}
    )
    assert sum(found.usd.values()) == pytest.approx(float(summary.cost_usd_total), rel=1e-12)


def test_reasoning_with_a_rate_of_its_own_is_at_that_rate(engine):
    block = json.dumps({"input_usd_per_mtok": "0", "output_usd_per_mtok": "10", "reasoning_usd_per_mtok": "20"})
    found, _ = split(engine, block, Usage(tokens_in=1, tokens_out=100, tokens_reasoning=40))
    assert found.usd == pytest.approx({"output": 0.0006, "reasoning": 0.0008})  # 60 * 10, 40 * 20 per million


def test_a_machine_by_the_hour_is_machine_time(engine):
    block = json.dumps({"gpu_hour": {"usd_per_hour": "3.6", "concurrency": "1"}})
    found, _ = split(engine, block, Usage(tokens_in=1, tokens_out=1))
    assert found.usd == pytest.approx({"machine time": 0.00001})  # 10 ms at $0.001 a second


def test_what_is_free_is_paid_for_nothing(engine):
    found, _ = split(engine, json.dumps({"free": "true"}), Usage(tokens_in=1, tokens_out=1))
    assert found.usd == {}


def test_damaged_rates_leave_the_sum(engine):
    results = read_results(engine, store(engine, {"a": [record("a", 0, pico=10**12)]}))
    with engine.begin() as connection:
        connection.execute(update(tables.prices).values(block="{"))
    assert breakdown(engine, results)[0].usd == {"not split": 1.0}
