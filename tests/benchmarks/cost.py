"""How fast cost is: ``python tests/benchmarks/cost.py [calls]`` reads, prices, sums and audits; it asserts nothing.

Run it alone on the machine. The bars: 30 microseconds a usage, 15 a price, 1 s for the sum of a million, 60 s for the
audit of 100,000 calls.
"""

# ruff: noqa: T201
from __future__ import annotations

import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from gencost.cost_tracker import CostTracker
from gencost.metrics_db import init_db
from gencost.pricing import load_pricing
from gencost.types import Response, Usage
from gencost.usage import read_usage

ROWS = 1_000_000


PLAIN = {"prompt_tokens": 5000, "completion_tokens": 700, "total_tokens": 5700}
PREDICTED = {"accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}
CACHED = {"input_tokens": 100, "cache_creation_input_tokens": 1000, "cache_read_input_tokens": 3000}
GOOGLES = {"promptTokenCount": 100, "candidatesTokenCount": 50, "totalTokenCount": 400, "thoughtsTokenCount": 250}
FULL = {
    "chat": {
        **PLAIN,
        "prompt_tokens_details": {"cached_tokens": 3000, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 200, "audio_tokens": 0, **PREDICTED},
    },
    "messages": {
        **CACHED,
        "output_tokens": 700,
        "cache_creation": {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 0},
        "server_tool_use": {"web_search_requests": 1, "web_fetch_requests": 0},
        "service_tier": "standard",
        "inference_geo": "global",
    },
    "gemini": {**GOOGLES, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 100}]},
}


def best_us(timed: Callable[[], object]) -> float:
    """The least mean time of 200 calls in a row, of 250 rows."""
    rows = (timeit.timeit(timed, number=200) for _ in range(250))
    return min(rows) / 200 * 1e6


def read() -> None:
    """The usage of a call whose shape came before, with all that vendors send."""
    for protocol, usage in FULL.items():
        print(f"read {protocol:<22} {best_us(partial(read_usage, usage, protocol, text=True)):6.1f} us")


def price() -> None:
    """One call after the first of its model: plain rates, and rates with tiers, service tiers and caches."""
    usage = Usage(tokens_in=5000, tokens_out=700, tokens_cached=3000, tokens_reasoning=200)
    for provider, model in (("mock", "small-latest"), ("openai", "gpt-5"), ("google", "gemini-2.5-pro")):
        tracker, at = CostTracker(load_pricing()), datetime.now(UTC)
        used = usage if provider != "mock" else Usage(tokens_in=50, tokens_out=60)
        response = Response(text="", usage=used, latency_ms=1.0, response_model=model)
        priced = partial(tracker.price, provider=provider, model=model, response=response, at=at)
        print(f"price {provider}:{model:<16} {best_us(priced):6.1f} us")


def total(folder: Path) -> None:
    """The exact sum of a million costs by SQL."""
    path = folder / "million.sqlite"
    init_db(f"sqlite:///{path}").dispose()
    drawn = random.Random(0)
    costs = [drawn.randrange(10**12) for _ in range(ROWS)]
    connection = sqlite3.connect(path)
    insert = (
        "INSERT INTO responses (request_id, response, usage_source, cost_status, cost_pico_usd) VALUES (?,'','','',?)"
    )
    connection.executemany(insert, ((str(i), cost) for i, cost in enumerate(costs)))
    connection.commit()
    start = time.perf_counter()
    (found,) = connection.execute("SELECT sum(cost_pico_usd) FROM responses").fetchone()
    took = time.perf_counter() - start
    connection.close()
    print(f"sum of {ROWS:,} costs           {took:6.2f} s, exact: {found == sum(costs)}")


def audit(folder: Path, calls: int) -> None:
    """Record calls of the mock without its waits, then check every figure of them."""
    words = ["model=small", f"n={calls}", "load.concurrency=64", "provider.sleep=false", "tracking=none", "report=none"]
    run = (sys.executable, "-m", "gencost.run", *words)
    subprocess.run(run, cwd=folder, check=True, capture_output=True)
    path = folder / "llmopt_stage1.sqlite"
    connection = sqlite3.connect(path)
    (texts,) = connection.execute("SELECT sum(length(CAST(response AS BLOB))) FROM responses").fetchone()
    connection.close()
    beyond = (path.stat().st_size - texts) / calls
    print(f"recorded {calls:,} calls: {peak_mb():.0f} MB at most, {beyond:,.0f} bytes a call in the DB beyond its text")
    start = time.perf_counter()
    done = subprocess.run(
        (sys.executable, "-m", "gencost", "audit", "--all"), cwd=folder, capture_output=True, text=True
    )
    print(f"audit                          {time.perf_counter() - start:6.1f} s: {done.stdout.strip()}")


def peak_mb() -> float:
    """The most memory that any process started here has had."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


if __name__ == "__main__":
    read()
    price()
    with tempfile.TemporaryDirectory() as made:
        total(Path(made))
        audit(Path(made), int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
