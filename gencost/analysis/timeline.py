"""The timeline of a run: the totals of its calls at set moments, the same while they run and years later.

Invariant: a moment's figures depend on the recorded calls that had ended by then, and on nothing else.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

import numpy as np
from sqlalchemy import Engine, and_, func, select

from gencost.analysis.recorded.policy_steps import MadeFor, made_for
from gencost.metrics_db import tables
from gencost.types import PICO_PER_USD

# Moments get rarer as a run gets longer, so that hours of it stay a few thousand points.
_RARER = 1000


@dataclass(frozen=True, kw_only=True)
class Point:
    """The totals of a run's calls at one moment.

    Attributes:
        step: seconds since the run started.
        at: that moment, UTC.
        metrics: by name, unknown ones left out; of the calls that had ended.
    """

    step: int
    at: datetime
    metrics: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class _Call:
    """One call that has ended."""

    ended_at: datetime
    ok: bool
    latency_ms: float | None
    pico_usd: int | None
    tokens_in: int | None
    tokens_out: int | None
    score: float | None

    def after(self, steps: MadeFor) -> _Call:
        """The same, as the answer of a policy: with what was done for it before."""
        times, costs = (self.latency_ms, steps.latency_ms), (self.pico_usd, steps.pico_usd)
        latency_ms, pico_usd = (None if None in parts else sum(parts) for parts in (times, costs))  # type: ignore[arg-type]
        return replace(self, latency_ms=latency_ms, pico_usd=pico_usd)


class Timeline:
    """The moments of one run, read from the metrics DB as they come.

    Args:
        engine: the metrics DB.
        run_id: the run.
        started_at: when it started, UTC.
        score: the scorer whose mean is its quality; None if it has none.
        every_s: seconds between moments, at least 1.
    """

    def __init__(self, engine: Engine, run_id: str, started_at: datetime, score: str | None, every_s: int) -> None:
        self._engine = engine
        self._run_id = run_id
        self._started_at = started_at
        self._score = score
        self._moments = moments(every_s)
        self._next_s = next(self._moments)
        self._calls: dict[str, _Call] = {}
        self._whole: dict[str, _Call] = {}
        self._seen = 0
        self._since = started_at - timedelta(days=1)

    def new_points(self, until: datetime) -> list[Point]:
        """Return the moments that have not been returned before.

        Args:
            until: whatever ended before must be committed.

        Returns:
            Oldest first; a moment before which no further call ended is left out.
        """
        if self._at(self._next_s) > until:
            return []
        self._read()
        calls = sorted((self._calls | self._whole).values(), key=lambda call: call.ended_at)
        ends, sums = [call.ended_at for call in calls], _Sums(calls)
        points = []
        while (at := self._at(self._next_s)) <= until:
            count = bisect.bisect_right(ends, at)
            if count > self._seen:
                points.append(Point(step=self._next_s, at=at, metrics=sums.first(count)))
                self._seen = count
            self._next_s = next(self._moments)
        return points

    def _at(self, seconds: int) -> datetime:
        return self._started_at + timedelta(seconds=seconds)

    def _read(self) -> None:
        """Read what was not read yet: every request older than the oldest pending one has been."""
        requests = tables.requests
        pending = select(func.min(requests.c.ts)).where(
            requests.c.run_id == self._run_id,
            requests.c.role.in_(("sample", "step")),
            requests.c.parent_request_id.is_(None),
            (requests.c.status == "pending") | (requests.c.role == "step"),
        )
        newest = select(func.max(requests.c.ts)).where(requests.c.run_id == self._run_id)
        with self._engine.connect() as connection:
            oldest_pending, latest = connection.scalar(pending), connection.scalar(newest)
            for row in connection.execute(_query(self._run_id, self._score, self._since)):
                self._calls[row.request_id] = _call(row)
            for answer, steps in made_for(connection, [self._run_id]).items():
                if answer in self._calls:
                    self._whole[answer] = self._calls[answer].after(steps)
        self._since = oldest_pending or latest or self._since


def moments(every_s: int) -> Iterator[int]:
    """Seconds since the start: evenly spaced at first, later a thousandth of the time that has passed apart."""
    second = every_s
    while True:
        yield second
        second += max(every_s, second // _RARER)


def _query(run_id: str, score: str | None, since: datetime) -> Any:
    requests, responses, attempts, scores = tables.requests, tables.responses, tables.attempts, tables.scores
    last = and_(attempts.c.request_id == requests.c.request_id, attempts.c.attempt == requests.c.attempts)
    primary = and_(scores.c.request_id == requests.c.request_id, scores.c.scorer == score)
    return (
        select(
            requests.c.request_id,
            requests.c.ts,
            requests.c.status,
            requests.c.latency_ms,
            attempts.c.ts.label("sent_at"),
            attempts.c.service_ms,
            responses.c.cost_pico_usd,
            responses.c.usage_tokens_in,
            responses.c.usage_tokens_out,
            scores.c.value,
        )
        .select_from(requests.outerjoin(responses).outerjoin(attempts, last).outerjoin(scores, primary))
        .where(requests.c.run_id == run_id, requests.c.role == "sample", requests.c.ts >= since)
        .where(requests.c.status.in_(("ok", "error")))
        .order_by(scores.c.version)  # of a scorer in several versions, the newest
    )


def _call(row: Any) -> _Call:
    ended_at = row.ts if row.sent_at is None else row.sent_at + timedelta(milliseconds=row.service_ms or 0.0)
    return _Call(
        ended_at=ended_at,
        ok=row.status == "ok",
        latency_ms=row.latency_ms if row.status == "ok" else None,
        pico_usd=row.cost_pico_usd,
        tokens_in=row.usage_tokens_in,
        tokens_out=row.usage_tokens_out,
        score=row.value,
    )


class _Sums:
    """Running sums over calls in the order they ended."""

    def __init__(self, calls: Sequence[_Call]) -> None:
        self._ok = list(accumulate(int(call.ok) for call in calls))
        self._pico = _known([call.pico_usd for call in calls])
        self._tokens_in = _known([call.tokens_in for call in calls])
        self._tokens_out = _known([call.tokens_out for call in calls])
        self._latency_ms = np.array([call.latency_ms for call in calls], dtype="float64")
        self._score = np.array([call.score for call in calls], dtype="float64")

    def first(self, count: int) -> dict[str, float]:
        """Figures of the first ``n`` calls, under the names they have at the end of the run."""
        (pico, priced), (tokens_in, _), (tokens_out, _) = (
            (total[count - 1], known[count - 1]) for total, known in (self._pico, self._tokens_in, self._tokens_out)
        )
        latency_ms, score = (values[:count][~np.isnan(values[:count])] for values in (self._latency_ms, self._score))
        figures: dict[str, float | None] = {  # MLflow shows the first few as columns
            "cost_usd_mean": pico / priced / PICO_PER_USD if priced else None,
            "latency_p50_ms": np.percentile(latency_ms, 50) if len(latency_ms) else None,
            "latency_p95_ms": np.percentile(latency_ms, 95) if len(latency_ms) else None,
            "quality_mean": score.mean() if len(score) else None,
            "cost_usd_total": pico / PICO_PER_USD if priced else None,
            "errors": count - self._ok[count - 1],
            "unpriced": self._ok[count - 1] - priced,
            "calls": count,
            "ok": self._ok[count - 1],
            "tokens_in_total": tokens_in,
            "tokens_out_total": tokens_out,
        }
        return {name: float(value) for name, value in figures.items() if value is not None}


def _known(values: Sequence[int | None]) -> tuple[list[int], list[int]]:
    """Running sum of the known values, and how many they are."""
    return list(accumulate(value or 0 for value in values)), list(
        accumulate(int(value is not None) for value in values)
    )
