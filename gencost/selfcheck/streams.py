"""A check of streams on this machine: times of tokens and CPU a chunk, against a known server and a bare loop."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from gencost.analysis.timing import streamed
from gencost.selfcheck.check import Made, engine_calls, known_cell, known_provider, known_server
from gencost.selfcheck.processes import command_calls
from gencost.selfcheck.server import bare_calls, true_times

STREAMS = (8, 64, 256, 512)
TOKENS, GAP_MS = 50, 20.0
_FEW = 8
_ROUNDS = 4


@dataclass(frozen=True, kw_only=True)
class StreamCheck:
    """One line of the check.

    Attributes:
        in_flight: streams at once that were asked for.
        processes: that asked for them.
        reached: that were there in the mean.
        n: calls.
        true_ttft_ms: p50 and p99 that the server measured.
        ttft_ms: p50 and p99 that were recorded.
        tpot_ms: p50 and p99 of the time per token that were recorded; the server's is ``GAP_MS``.
        calls_per_s: during traffic.
        bare_share: as a share of those of a bare aiohttp loop in the same run.
        user_us: CPU of its processes in user mode a chunk, that of 8 calls at 8 taken off.
        bare_user_us: of the bare loop.
        lag_p99_ms: of the event loop; None if it was too short to tell.
    """

    in_flight: int
    processes: int
    reached: float
    n: int
    true_ttft_ms: tuple[float, float]
    ttft_ms: tuple[float, float]
    tpot_ms: tuple[float, float]
    calls_per_s: float
    bare_share: float
    user_us: float
    bare_user_us: float
    lag_p99_ms: float | None


def check_streams(
    in_flight: Sequence[int], console: Console, rounds: int = _ROUNDS, processes: Sequence[int] = (1,)
) -> list[StreamCheck]:
    """Ask for streams of 50 tokens, one each 20 ms, and print a table.

    Args:
        in_flight: streams at once to try.
        console: where the table goes.
        rounds: calls of one place of a line.
        processes: that ask for them, to try; several by ``load.processes`` of the whole command.
    """
    checks = []
    with known_server("--tokens", str(TOKENS), "--gap-ms", str(GAP_MS)) as url:
        for places, several in itertools.product(in_flight, processes):
            checks.append(_check(url, places, places * rounds, several))
            console.print(f"{places} streams, processes={several}: done", style="dim")
    console.print(_table(checks))
    return checks


def _check(url: str, places: int, n: int, processes: int) -> StreamCheck:
    bare_few, bare = _bare(url, _FEW, _FEW), _bare(url, places, n)
    few = _engine(url, _FEW, _FEW, processes)
    asyncio.run(true_times(url))
    made = _engine(url, places, n, processes)
    true_ms = np.array(asyncio.run(true_times(url))["times_ns"], dtype=float)[:, 1] / 1e6
    times = streamed(made.frame)
    chunks = (n - _FEW) * TOKENS
    return StreamCheck(
        in_flight=places,
        processes=processes,
        reached=float(made.frame["latency_ms"].sum()) / 1e3 / made.seconds,
        n=n,
        true_ttft_ms=_ends(true_ms),
        ttft_ms=_ends(made.frame["ttft_ms"].to_numpy(dtype=float)),
        tpot_ms=_ends(times["tpot"].to_numpy(dtype=float)),
        calls_per_s=n / made.seconds,
        bare_share=bare[0] / made.seconds,
        user_us=(made.user_s - few.user_s) / chunks * 1e6,
        bare_user_us=(bare[1] - bare_few[1]) / chunks * 1e6,
        lag_p99_ms=made.lag_p99_ms,
    )


def _bare(url: str, in_flight: int, n: int) -> tuple[float, float]:
    """Seconds of traffic and CPU seconds in user mode of the barest client."""
    before = os.times().user
    seconds = asyncio.run(bare_calls(f"{url}/v1", n, in_flight, stream=True)).seconds
    return seconds, os.times().user - before


def _engine(url: str, in_flight: int, n: int, processes: int) -> Made:
    if processes > 1:
        return command_calls(f"{url}/v1", in_flight, n, processes)
    return engine_calls(partial(known_cell, known_provider(url, stream=True), in_flight, n))


def _ends(values_ms: np.ndarray) -> tuple[float, float]:
    p50, p99 = np.percentile(values_ms, (50, 99))
    return float(p50), float(p99)


def _table(checks: Sequence[StreamCheck]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    titles = ("streams", "processes", "reached", "calls", "true TTFT p50/p99", "recorded", "per token p50/p99")
    for title in (*titles, "calls/s", "of bare", "user us a chunk", "of bare", "lag p99"):
        table.add_column(title, justify="right")
    for c in checks:
        table.add_row(
            str(c.in_flight),
            str(c.processes),
            f"{c.reached:.0f}",
            str(c.n),
            "/".join(f"{ms:.1f}" for ms in c.true_ttft_ms),
            "/".join(f"{ms:.1f}" for ms in c.ttft_ms),
            "/".join(f"{ms:.2f}" for ms in c.tpot_ms),
            f"{c.calls_per_s:,.0f}",
            f"{c.bare_share:.2f}",
            f"{c.user_us:.1f}",
            f"{c.bare_user_us:.1f}",
            "n/a" if c.lag_p99_ms is None else f"{c.lag_p99_ms:.1f}",
        )
    return table
