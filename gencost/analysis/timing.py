"""The times of the calls of one cell: percentiles, rates asked for and achieved, how many were in flight."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Times and rates of one cell; unknown is None, never 0.

    Attributes:
        latency_p50_ms: linear interpolation over answered, non-cached calls, as are p90, p95 and p99.
        ttft_p50_ms: time to first token, of the streamed ones, as is p95; None if none was.
        tpot_p50_ms: time per output token after the first, of the streamed ones, as is p95; see ``streamed``.
        tokens_per_s_p50: output tokens / latency of each streamed call, as is p95.
        queue_p95_ms: due time -> first send, over every call that was sent.
        duration_s: first due time -> end of the last call.
        due_per_s: (n - 1) / (last - first due time): the rate that was asked for. In a closed loop a call is due when
            there is a place for it.
        sent_per_s: (n - 1) / (last - first send): the rate that was achieved.
        in_flight_mean: time in flight of all calls / ``duration_s`` (Little's law).
        in_flight_max: most calls at once.
        tokens_per_s: output tokens of all calls / ``duration_s``.
    """

    latency_p50_ms: float | None
    latency_p90_ms: float | None
    latency_p95_ms: float | None
    latency_p99_ms: float | None
    ttft_p50_ms: float | None
    ttft_p95_ms: float | None
    tpot_p50_ms: float | None
    tpot_p95_ms: float | None
    tokens_per_s_p50: float | None
    tokens_per_s_p95: float | None
    queue_p95_ms: float | None
    duration_s: float | None
    due_per_s: float | None
    sent_per_s: float | None
    in_flight_mean: float | None
    in_flight_max: int | None
    tokens_per_s: float | None

    def without_rates(self) -> Timing:
        """Leave out what is of the moment of the calls: of a replay it says nothing of what was recorded."""
        return replace(self, **dict.fromkeys(_OF_THE_MOMENT))

    def without_places(self) -> Timing:
        """Leave out how many calls were in flight: of latencies that nobody waited for, nobody knows."""
        return replace(self, **dict.fromkeys(_PLACES))


_PLACES = ("in_flight_mean", "in_flight_max")
_OF_THE_MOMENT = (*_PLACES, "queue_p95_ms", "duration_s", "due_per_s", "sent_per_s", "tokens_per_s")


def timing(calls: pd.DataFrame) -> Timing:
    """Measure the times of the calls of one cell.

    Args:
        calls: its rows of ``frames.calls``.
    """
    wire = chosen(calls, ~calls["from_cache"].astype(bool))
    timed = chosen(wire, wire["status"] == "ok")
    latency_ms = _known(timed["latency_ms"])
    sent = chosen(wire, wire["attempts"] > 0)
    duration_s = _duration_s(chosen(calls, calls["status"] != "skipped"))
    tokens = timed["usage_tokens_out"].sum()
    return Timing(
        latency_p50_ms=percentile(latency_ms, 50),
        latency_p90_ms=percentile(latency_ms, 90),
        latency_p95_ms=percentile(latency_ms, 95),
        latency_p99_ms=percentile(latency_ms, 99),
        **_of_streamed(timed),
        queue_p95_ms=percentile(_known(sent["queue_ms"]), 95),
        duration_s=duration_s,
        due_per_s=_rate(sent["ts"]),
        sent_per_s=_rate(_sent_at(sent)),
        tokens_per_s=float(tokens) / duration_s if duration_s and tokens else None,
        **_in_flight(sent, duration_s),
    )


def chosen(calls: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    """Select rows; where these are all, nothing is copied."""
    return calls if rows.all() else calls.loc[rows]


def streamed(timed: pd.DataFrame) -> pd.DataFrame:
    """Return the times that only streamed calls have; NaN for all others.

    ``ttft`` (ms), ``tpot`` (ms) = (latency - ttft) / (tokens_out - 1) of answers of two tokens and more, and
    ``tokens_per_s`` = tokens_out / latency.

    Args:
        timed: answered calls that were not answered by a cache, rows of ``frames.calls``.
    """
    tokens, latency_ms, ttft_ms = timed["usage_tokens_out"].astype("float64"), timed["latency_ms"], timed["ttft_ms"]
    each_ms = ((latency_ms - ttft_ms) / (tokens - 1)).where(tokens > 1)
    per_s = (1000 * tokens / latency_ms).where(ttft_ms.notna() & (latency_ms > 0))
    return pd.DataFrame({"ttft": ttft_ms, "tpot": each_ms, "tokens_per_s": per_s}, index=timed.index)


def _of_streamed(timed: pd.DataFrame) -> dict[str, Any]:
    names = {"ttft": "ttft_{}_ms", "tpot": "tpot_{}_ms", "tokens_per_s": "tokens_per_s_{}"}
    times = streamed(timed)
    return {
        name.format(f"p{q}"): percentile(_known(times[measure]), q) for measure, name in names.items() for q in (50, 95)
    }


def percentile(values: np.ndarray, q: float) -> float | None:
    """Linear interpolation, as numpy's default; None without values."""
    return float(np.percentile(values, q)) if len(values) else None


def _known(values: pd.Series) -> np.ndarray:
    return np.asarray(values.dropna(), dtype=float)


def _sent_at(sent: pd.DataFrame) -> pd.Series:
    return sent["ts"] + pd.to_timedelta(sent["queue_ms"].fillna(0.0), unit="ms")


def _ended_at(sent: pd.DataFrame) -> pd.Series:
    queue, backoff, latency = (sent[name].fillna(0.0) for name in ("queue_ms", "backoff_ms", "latency_ms"))
    return sent["ts"] + pd.to_timedelta(queue + backoff + latency, unit="ms")


def _rate(moments: pd.Series) -> float | None:
    if len(moments) < 2:
        return None
    span_s = (moments.max() - moments.min()).total_seconds()
    return (len(moments) - 1) / span_s if span_s > 0 else None


def _duration_s(calls: pd.DataFrame) -> float | None:
    return float((_ended_at(calls).max() - calls["ts"].min()).total_seconds()) if len(calls) else None


def _in_flight(sent: pd.DataFrame, duration_s: float | None) -> dict[str, Any]:
    if sent.empty or not duration_s:
        return {"in_flight_mean": None, "in_flight_max": None}
    begins, ends = _sent_at(sent), _ended_at(sent)
    busy_s = float((ends - begins).dt.total_seconds().sum())
    starts, stops = (np.sort(moments.to_numpy("datetime64[ns]")) for moments in (begins, ends))
    # With the k-th begin there are k calls less those that have ended; at one moment an end comes before a begin.
    under_way = np.arange(1, len(starts) + 1) - np.searchsorted(stops, starts, side="right")
    return {"in_flight_mean": busy_s / duration_s, "in_flight_max": int(under_way.max())}
