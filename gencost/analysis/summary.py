"""One cell in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from gencost.analysis.frames import SCORE_PREFIX, Run
from gencost.types import PICO_PER_USD


@dataclass(frozen=True, kw_only=True)
class CellSummary:
    """What the calls of one cell came to; unknown is None, never 0.

    Attributes:
        cell: its name.
        run_id: its id in the metrics DB.
        status: running | finished | failed | interrupted.
        n: requests.
        ok: of these, answered.
        errors: of these, failed.
        pending: of these, sent without a known end.
        skipped: of these, never sent.
        cached: of the answered, from GenCost's response cache.
        latency_p50_ms: linear interpolation over answered, non-cached calls, as are p90, p95 and p99.
        ttft_p50_ms: of the streamed ones; None if none was.
        cost_pico_usd_total: exact sum over the calls with a known cost, 1e-12 USD.
        cost_usd_mean: over the calls with a known cost.
        priced: answered calls with a known cost, declared-free ones included.
        unpriced: answered calls whose cost is unknown.
        free: every call with a known cost is declared free.
        score: the scorer whose mean is the quality; None if the cell has none.
        score_means: scorer -> mean over the calls it could score.
        score_counts: scorer -> how many calls it could score.
        tokens_in_total: over the calls with known usage.
        tokens_out_total: over the calls with known usage.
        duration_s: first request -> end of the last.
    """

    cell: str
    run_id: str
    status: str
    n: int
    ok: int
    errors: int
    pending: int
    skipped: int
    cached: int
    latency_p50_ms: float | None
    latency_p90_ms: float | None
    latency_p95_ms: float | None
    latency_p99_ms: float | None
    ttft_p50_ms: float | None
    cost_pico_usd_total: int | None
    cost_usd_mean: float | None
    priced: int
    unpriced: int
    free: bool
    score: str | None
    score_means: Mapping[str, float]
    score_counts: Mapping[str, int]
    tokens_in_total: int | None
    tokens_out_total: int | None
    duration_s: float | None

    @property
    def cost_usd_total(self) -> Decimal | None:
        """The exact total in USD; None if no call has a known cost."""
        return None if self.cost_pico_usd_total is None else Decimal(self.cost_pico_usd_total) / PICO_PER_USD

    @property
    def quality_mean(self) -> float | None:
        """Mean of the primary scorer; None if it scored nothing."""
        return self.score_means.get(self.score) if self.score is not None else None

    @property
    def calls_per_s(self) -> float | None:
        """Answered and failed calls a second; None if the duration is unknown or 0."""
        return (self.ok + self.errors) / self.duration_s if self.duration_s else None

    def metrics(self) -> dict[str, float]:
        """Flat metric names, unknown ones left out; ``cost_usd_total`` is one division of the exact integer."""
        pico = self.cost_pico_usd_total
        values = {  # MLflow shows the first few as columns
            "cost_usd_mean": self.cost_usd_mean,
            "latency_p50_ms": self.latency_p50_ms,
            "latency_p95_ms": self.latency_p95_ms,
            "quality_mean": self.quality_mean,
            "cost_usd_total": None if pico is None else pico / PICO_PER_USD,
            "errors": self.errors,
            "unpriced": self.unpriced,
            "calls": self.n,
            "ok": self.ok,
            "pending": self.pending,
            "skipped": self.skipped,
            "latency_p90_ms": self.latency_p90_ms,
            "latency_p99_ms": self.latency_p99_ms,
            "ttft_p50_ms": self.ttft_p50_ms,
            "tokens_in_total": self.tokens_in_total,
            "tokens_out_total": self.tokens_out_total,
            "duration_s": self.duration_s,
            "calls_per_s": self.calls_per_s,
            **{f"score_mean_{scorer}": mean for scorer, mean in self.score_means.items()},
        }
        return {name: float(value) for name, value in values.items() if value is not None}


def summarise(frame: pd.DataFrame, run: Run) -> CellSummary:
    """Summarise one run.

    Args:
        frame: from ``frames.calls``; may hold other runs, too.
        run: which.
    """
    calls = frame[frame["run_id"] == run.run_id]
    ok = calls[calls["status"] == "ok"]
    return CellSummary(
        cell=run.cell,
        run_id=run.run_id,
        status=run.status,
        n=len(calls),
        ok=len(ok),
        errors=_count(calls, "error"),
        pending=_count(calls, "pending"),
        skipped=_count(calls, "skipped"),
        cached=int(ok["from_cache"].sum()),
        score=run.score,
        tokens_in_total=_total(ok["usage_tokens_in"]),
        tokens_out_total=_total(ok["usage_tokens_out"]),
        duration_s=_duration_s(calls),
        **_latency(ok),
        **_cost(ok),
        **_scores(ok),
    )


def _count(calls: pd.DataFrame, status: str) -> int:
    return int((calls["status"] == status).sum())


def _latency(ok: pd.DataFrame) -> dict[str, Any]:
    timed = ok.loc[~ok["from_cache"].astype(bool)]
    latency_ms = timed["latency_ms"].dropna().to_numpy(dtype=float)
    percentiles = {f"latency_p{q}_ms": _percentile(latency_ms, q) for q in (50, 90, 95, 99)}
    return {**percentiles, "ttft_p50_ms": _percentile(timed["ttft_ms"].dropna().to_numpy(dtype=float), 50)}


def _cost(ok: pd.DataFrame) -> dict[str, Any]:
    known = ok["cost_pico_usd"].dropna()
    pico = None if known.empty else int(known.sum())
    return {
        "cost_pico_usd_total": pico,
        "cost_usd_mean": None if pico is None else pico / len(known) / PICO_PER_USD,
        "priced": len(known),
        "unpriced": len(ok) - len(known),
        "free": bool(len(known)) and bool((ok.loc[known.index, "cost_status"] == "free").all()),
    }


def _scores(ok: pd.DataFrame) -> dict[str, Any]:
    columns = {c.removeprefix(SCORE_PREFIX): ok[c].dropna() for c in ok.columns if c.startswith(SCORE_PREFIX)}
    found = {scorer: values for scorer, values in columns.items() if len(values)}
    return {
        "score_means": {scorer: float(values.mean()) for scorer, values in found.items()},
        "score_counts": {scorer: len(values) for scorer, values in found.items()},
    }


def _percentile(values: np.ndarray, q: float) -> float | None:
    return float(np.percentile(values, q)) if len(values) else None


def _total(counts: pd.Series) -> int | None:
    known = counts.dropna()
    return None if known.empty else int(known.sum())


def _duration_s(calls: pd.DataFrame) -> float | None:
    if calls.empty:
        return None
    waits_ms = calls[["queue_ms", "backoff_ms", "latency_ms"]].fillna(0.0).sum(axis=1)
    ends = calls["ts"] + pd.to_timedelta(waits_ms, unit="ms")
    return float((ends.max() - calls["ts"].min()).total_seconds())
