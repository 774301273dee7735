"""The price of ``provider.record_chunks`` on this machine: CPU a chunk with and without it, in alternating rounds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from rich.console import Console

from gencost.selfcheck.check import engine_calls, known_cell, known_provider, known_server

STREAMS, TOKENS, GAP_MS = 64, 50, 20.0
_ROUNDS = 6


@dataclass(frozen=True, kw_only=True)
class ArrivalsCheck:
    """The line.

    Attributes:
        chunks: of one round.
        without_us: CPU of this process a chunk, the call's other work included; median of the rounds.
        with_us: with the arrival of each piece recorded.
        more_us: the median of with - without, of neighbouring rounds.
    """

    chunks: int
    without_us: float
    with_us: float
    more_us: float


def check_arrivals(console: Console, streams: int = STREAMS, rounds: int = _ROUNDS) -> ArrivalsCheck:
    """Ask for streams of 50 tokens, one each 20 ms, and print one line.

    Args:
        console: where it goes.
        streams: at once.
        rounds: of each kind.
    """
    n = 2 * streams
    with known_server("--tokens", str(TOKENS), "--gap-ms", str(GAP_MS)) as url:
        times = [[_cpu_us(url, streams, n, record_chunks) for record_chunks in (False, True)] for _ in range(rounds)]
    without_us, with_us = np.median(times, axis=0)
    more_us = float(np.median(np.diff(times, axis=1)))
    check = ArrivalsCheck(chunks=n * TOKENS, without_us=float(without_us), with_us=float(with_us), more_us=more_us)
    console.print(
        f"provider.record_chunks at {streams} streams x {1000 / GAP_MS:.0f} tokens/s: {with_us:.1f} us of CPU a token, "
        f"{without_us:.1f} without it; {more_us:+.1f} us (median of {rounds} pairs of {check.chunks:,} tokens)",
        soft_wrap=True,
    )
    return check


def _cpu_us(url: str, streams: int, n: int, record_chunks: bool) -> float:
    provider = known_provider(url, stream=True, record_chunks=record_chunks)
    return engine_calls(partial(known_cell, provider, streams, n)).cpu_s / (n * TOKENS) * 1e6
