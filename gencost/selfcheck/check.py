"""A check of the latencies on this machine: the whole engine against a local server that knows its own times."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from gencost.analysis.recorded.frames import calls as read_calls
from gencost.cost_tracker import CostTracker
from gencost.errors import GenCostError
from gencost.llm import UnifiedLLM
from gencost.metrics_db import Writer, init_db, insert_runs
from gencost.pricing import load_pricing
from gencost.providers.openai import OpenAIProvider
from gencost.runner.calls import CellCalls
from gencost.runner.load import Concurrent
from gencost.runner.loop import run_calls
from gencost.runner.progress import CellCount
from gencost.selfcheck.server import bare_calls, true_times
from gencost.sending.sender import Sender
from gencost.types import Message, Sample

IN_FLIGHT = (1, 16, 64, 256)
_QUIET = Console(quiet=True)
_RUN_ID = "selfcheck"
_PRICES = load_pricing({"models": {"known:known": [{"input_usd_per_mtok": 1, "output_usd_per_mtok": 2}]}})


@dataclass(frozen=True, kw_only=True)
class Check:
    """One line of the self-check.

    Attributes:
        service_ms: that the server aims at.
        in_flight: calls at once.
        stream: the answers were streamed.
        n: calls.
        true_ms: p50, p95, p99 that the server measured.
        recorded_ms: p50, p95, p99 that were recorded.
        ttft_error_ms: p50 of recorded - true time to first token; None if not streamed.
        calls_per_s: during traffic.
        bare_share: calls/s as a share of those of a bare aiohttp loop in the same run.
        cpu_ms: of this process, a call, its writer thread included.
        lag_p99_ms: of the event loop.
        connections: that the server saw.
    """

    service_ms: float
    in_flight: int
    stream: bool
    n: int
    true_ms: tuple[float, float, float]
    recorded_ms: tuple[float, float, float]
    ttft_error_ms: float | None
    calls_per_s: float
    bare_share: float
    cpu_ms: float
    lag_p99_ms: float | None
    connections: int


def selfcheck(service_ms: Sequence[float], in_flight: Sequence[int], n: int, console: Console) -> list[Check]:
    """Run every combination, plain and streaming, and print a table.

    Args:
        service_ms: true latencies to try.
        in_flight: calls at once to try.
        n: most calls of one line; few in flight make fewer, so that a line takes seconds.
        console: where the table goes.
    """
    checks = []
    for ms in service_ms:
        with known_server("--service-ms", str(ms)) as url:
            for stream in (False, True):
                for places in in_flight:
                    calls = min(n, max(20, int(places * 4000 / ms)))
                    checks.append(_check(url, ms, places, stream, calls))
                    console.print(f"{ms:g} ms, {places} in flight{', streaming' if stream else ''}: done", style="dim")
    console.print(_table(checks))
    return checks


@contextmanager
def known_server(*settings: str) -> Iterator[str]:
    """Start a server that knows its times, in a process of its own; gives its URL.

    Args:
        settings: of its command line.
    """
    command = [sys.executable, "-m", "gencost.selfcheck.server", *settings]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - our own module
        try:
            port = server.stdout.readline().strip() if server.stdout else ""
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _check(url: str, service_ms: float, in_flight: int, stream: bool, n: int) -> Check:
    bare = asyncio.run(bare_calls(f"{url}/v1", n, in_flight, stream))
    asyncio.run(true_times(url))
    made = engine_calls(partial(known_cell, known_provider(url, stream=stream), in_flight, n))
    known = asyncio.run(true_times(url))
    true_ms = np.array(known["times_ns"], dtype=float) / 1e6
    return Check(
        service_ms=service_ms,
        in_flight=in_flight,
        stream=stream,
        n=n,
        true_ms=_percentiles(true_ms[:, 0]),
        recorded_ms=_percentiles(made.frame["latency_ms"].to_numpy(dtype=float)),
        ttft_error_ms=float(made.frame["ttft_ms"].median() - np.median(true_ms[:, 1])) if stream else None,
        calls_per_s=n / made.seconds,
        bare_share=bare.seconds / made.seconds,
        cpu_ms=made.cpu_s * 1e3 / n,
        lag_p99_ms=made.lag_p99_ms,
        connections=known["connections"],
    )


@dataclass(frozen=True, kw_only=True)
class Made:
    """The calls of one cell, made by the whole engine.

    Attributes:
        seconds: of traffic.
        cpu_s: of this process meanwhile, its threads included.
        user_s: of these, in user mode.
        lag_p99_ms: of the event loop; None if it was too short to tell.
        frame: what was recorded, see ``frames.calls``.
    """

    seconds: float
    cpu_s: float
    user_s: float
    lag_p99_ms: float | None
    frame: pd.DataFrame


def engine_calls(make: Callable[[Writer], CellCalls]) -> Made:
    """Make the calls of a cell, recorded in a metrics DB of its own.

    Args:
        make: gives the cell.

    Raises:
        GenCostError: a call failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        engine = init_db(f"sqlite:///{folder}/selfcheck.sqlite")
        insert_runs(engine, [_run_row()])
        before, started_s = os.times(), time.perf_counter()
        with Writer(engine) as writer:
            cell = make(writer)
            traffic = run_calls([cell], _QUIET)
        seconds, after = time.perf_counter() - started_s, os.times()
        frame = read_calls(engine, [_RUN_ID])
        engine.dispose()
    if cell.error is not None or cell.count.errors:
        raise GenCostError(f"selfcheck: {cell.count.errors} calls failed: {cell.error}")
    user_s = after.user - before.user
    return Made(
        seconds=seconds,
        cpu_s=user_s + after.system - before.system,
        user_s=user_s,
        lag_p99_ms=traffic.lag_p99_ms.get(""),
        frame=frame,
    )


def known_provider(url: str, *, stream: bool, record_chunks: bool = False) -> OpenAIProvider:
    """Reach a known server, at its URL without a path."""
    return OpenAIProvider(name="known", base_url=f"{url}/v1", stream=stream, record_chunks=record_chunks)


def known_cell(provider: OpenAIProvider, in_flight: int, n: int, writer: Writer) -> CellCalls:
    """Make a cell that asks a known server.

    Args:
        provider: see ``known_provider``.
        in_flight: calls at once.
        n: calls.
        writer: records them.
    """
    sample = Sample(id="1", messages=(Message(role="user", content="What is a pico-dollar?"),))
    tracker = CostTracker(_PRICES)
    llm = UnifiedLLM(provider=provider, model="known", cost_tracker=tracker, writer=writer, run_id=_RUN_ID)
    return CellCalls(
        llm=llm,
        sender=Sender.plain(llm),
        draws=[(sample, repeat) for repeat in range(n)],
        load=Concurrent(concurrency=in_flight),
        count=CellCount(cell="selfcheck", total=n),
    )


def _run_row() -> dict[str, Any]:
    texts = {"name": "selfcheck", "cell": "selfcheck", "config_json": "{}", "cell_key": "", "versions_json": "{}"}
    return {"run_id": _RUN_ID, **texts, "seed": 0, "status": "running", "started_at": datetime.now(UTC)}


def _percentiles(values_ms: np.ndarray) -> tuple[float, float, float]:
    p50, p95, p99 = np.percentile(values_ms, (50, 95, 99))
    return float(p50), float(p95), float(p99)


def _table(checks: Sequence[Check]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    titles = ("true ms", "in flight", "calls", "true p50/p95/p99", "recorded p50/p95/p99", "TTFT error")
    for title in (*titles, "calls/s", "of bare", "CPU ms", "lag p99", "connections"):
        table.add_column(title, justify="right")
    for c in checks:
        table.add_row(
            f"{c.service_ms:g}{' stream' if c.stream else ''}",
            str(c.in_flight),
            str(c.n),
            "/".join(f"{ms:.1f}" for ms in c.true_ms),
            "/".join(f"{ms:.1f}" for ms in c.recorded_ms),
            "" if c.ttft_error_ms is None else f"{c.ttft_error_ms:+.2f}",
            f"{c.calls_per_s:,.0f}",
            f"{c.bare_share:.2f}",
            f"{c.cpu_ms:.2f}",
            "n/a" if c.lag_p99_ms is None else f"{c.lag_p99_ms:.1f}",
            str(c.connections),
        )
    return table
