"""How fast a comparison of many calls is: ``python tests/benchmarks/compare.py [calls a cell]``; it prints, no more.

Run it alone on the machine. The bar: 4 cells of 250,000 calls, from SQLite, in 30 s and 1 GB.
"""

# ruff: noqa: T201
from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from made import run_row
from sqlalchemy import insert

from gencost.metrics_db import init_db, insert_runs
from gencost.metrics_db.tables import attempts, prompts, requests, responses, scores

CELLS, REPEATS, CHUNK = 4, 1, 50_000
START = datetime(2026, 1, 1, tzinfo=UTC)


def rows(cell: int, n: int) -> Iterator[dict[str, object]]:
    """The calls of one cell, drawn from distributions of a usual shape."""
    rng = np.random.default_rng(cell)
    latency = rng.lognormal(6 + cell / 10, 0.4, size=n)
    tokens, right = rng.poisson(200, size=n), rng.random(n) < 0.7 + cell / 50
    for i in range(n):
        yield {
            "request_id": f"{cell}-{i}",
            "run_id": f"run{cell}",
            "ts": START + timedelta(milliseconds=i),
            "provider": "mock",
            "model": f"m{cell}",
            "prompt_id": f"q{i // REPEATS}",
            "repeat": i % REPEATS,
            "prompt_sha256": f"p{i // REPEATS}",
            "role": "sample",
            "params_json": "{}",
            "latency_ms": float(latency[i]),
            "queue_ms": 0.1,
            "backoff_ms": 0.0,
            "attempts": 1,
            "attempt": 1,
            "service_ms": float(latency[i]),
            "status": "ok",
            "from_cache": False,
            "response": "An answer of a usual kind, some words long.",
            "usage_tokens_in": 100,
            "usage_tokens_out": int(tokens[i]),
            "usage_source": "provider",
            "cost_pico_usd": 1_000_000 * int(tokens[i]) * (cell + 1),
            "cost_status": "priced",
            "scorer": "right",
            "version": "1",
            "value": float(right[i]),
        }


def fill(url: str, n: int) -> None:
    """Write ``CELLS`` cells of ``n`` calls."""
    engine = init_db(url)
    insert_runs(engine, [run_row(f"run{cell}", f"model=m{cell}", ended_at=START) for cell in range(CELLS)])
    with engine.begin() as connection:
        texts = [{"sha256": f"p{i}", "text": f"Question {i}?"} for i in range(-(-n // REPEATS))]
        connection.execute(insert(prompts), texts)
    for cell in range(CELLS):
        drawn = list(rows(cell, n))
        for start in range(0, n, CHUNK):
            chunk = drawn[start : start + CHUNK]
            with engine.begin() as connection:
                for table in (requests, responses, attempts, scores):
                    names = [column.name for column in table.columns if column.name in chunk[0]]
                    connection.execute(insert(table), [{name: row[name] for name in names} for row in chunk])
    engine.dispose()


def main(n: int) -> None:
    """Fill a DB, compare its cells in a process of its own, print what that took."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'million.sqlite'}"
        fill(url, n)
        program = (
            "import resource, sys; from gencost.cli import main\n"
            "try: main(['compare', 's', '--format', 'csv', '-o', 'out.csv', '--db', sys.argv[1]])\n"
            "except SystemExit as done: print('exit', done.code)\n"
            "own = resource.getrusage(resource.RUSAGE_SELF)\n"
            "print(f'{own.ru_utime + own.ru_stime:.1f} s of CPU, {own.ru_maxrss / 1024:,.0f} MB at most')\n"
        )
        start = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", program, url], cwd=folder, capture_output=True, text=True)
        print(f"{CELLS} cells x {n:,} calls compared in {time.perf_counter() - start:.1f} s: {done.stdout.strip()}")
        print(done.stderr.strip())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 250_000)
