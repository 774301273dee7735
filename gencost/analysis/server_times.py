"""The times of servers against those of the client, and the times between the pieces of streamed answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, select

from gencost.analysis.recorded.runs import Run
from gencost.analysis.timing import percentile
from gencost.metrics_db import tables
from gencost.values.chunk_times import offsets_us

STALL_MS = 1000.0
"""A longer silence between two pieces of an answer is a stall."""

_ROWS = 10_000


@dataclass(frozen=True, kw_only=True)
class ServerTimes:
    """Times of one cell that the client does not measure itself; unknown is None, never 0.

    Attributes:
        server_calls: answered calls whose server says what it took.
        server_p50_ms: what it says, of these.
        client_minus_server_p50_ms: latency less that, of the same calls, as is p95: the way there and back.
        ttft_client_minus_server_p50_ms: time to first token less the server's, of the calls that have both.
        chunk_calls: streamed answers whose pieces were timed, see ``provider.record_chunks``.
        inter_token_p50_ms: from one piece of a stream to the next, over all pieces of the cell, as are p95 and p99; a
            piece is what came at once, with most servers one token.
        inter_token_max_ms: the longest of these.
        stalled_calls: answers with a silence of more than ``STALL_MS`` between two pieces.
    """

    server_calls: int | None = None
    server_p50_ms: float | None = None
    client_minus_server_p50_ms: float | None = None
    client_minus_server_p95_ms: float | None = None
    ttft_client_minus_server_p50_ms: float | None = None
    chunk_calls: int | None = None
    inter_token_p50_ms: float | None = None
    inter_token_p95_ms: float | None = None
    inter_token_p99_ms: float | None = None
    inter_token_max_ms: float | None = None
    stalled_calls: int | None = None

    def metrics(self) -> dict[str, float | int | None]:
        """Its figures by name."""
        return asdict(self)


NO_TIMES = ServerTimes()


def server_times(calls: pd.DataFrame, gaps_ms: Sequence[np.ndarray] = ()) -> ServerTimes:
    """Compare the times of one cell.

    Args:
        calls: its rows of ``frames.calls``.
        gaps_ms: of each of its answers whose pieces were timed, the times between them, ms.
    """
    timed = calls[(calls["status"] == "ok") & ~calls["from_cache"].astype(bool)]
    known = timed[timed["server_ms"].notna() & timed["latency_ms"].notna()]
    beside = (known["latency_ms"] - known["server_ms"]).to_numpy(dtype=float)
    first = (timed["ttft_ms"] - timed["server_ttft_ms"]).dropna().to_numpy(dtype=float)
    return ServerTimes(
        server_calls=len(known) or None,
        server_p50_ms=percentile(known["server_ms"].to_numpy(dtype=float), 50),
        client_minus_server_p50_ms=percentile(beside, 50),
        client_minus_server_p95_ms=percentile(beside, 95),
        ttft_client_minus_server_p50_ms=percentile(first, 50),
        **_between(gaps_ms),
    )


def _between(gaps_ms: Sequence[np.ndarray]) -> dict[str, Any]:
    every = np.concatenate(gaps_ms) if gaps_ms else np.array([])
    if not len(every):
        return {}
    return {
        "chunk_calls": len(gaps_ms),
        **{f"inter_token_p{q}_ms": percentile(every, q) for q in (50, 95, 99)},
        "inter_token_max_ms": float(every.max()),
        "stalled_calls": sum(bool(len(gaps)) and bool(gaps.max() > STALL_MS) for gaps in gaps_ms),
    }


def chunk_gaps(engine: Engine, run: Run) -> list[np.ndarray]:
    """Read the times between the pieces of the answers of a cell, ms: an array for each answer that has them.

    Args:
        engine: the metrics DB.
        run: the cell.
    """
    with engine.connect() as connection:
        return list(_gaps(connection, run))


def _gaps(connection: Connection, run: Run) -> Iterator[np.ndarray]:
    requests, responses = tables.requests, tables.responses
    of_run = requests.c.run_id.in_(run.parts) & (requests.c.role == "sample") & requests.c.from_cache.is_(False)
    query = select(responses.c.chunk_times).select_from(requests.join(responses))
    rows = connection.execute(query.where(of_run, responses.c.chunk_times.is_not(None))).yield_per(_ROWS)
    for (blob,) in rows:
        yield np.diff(np.array(offsets_us(blob), dtype=float)) / 1000
