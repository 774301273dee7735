"""One cell in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from gencost.analysis.answer_facts import NO_FACTS, AnswerFacts, answer_facts
from gencost.analysis.failures import NO_FAILURE, CellOutcome
from gencost.analysis.overhead import NO_OVERHEAD, Overhead
from gencost.analysis.recorded.frames import SCORE_PREFIX
from gencost.analysis.recorded.runs import Run
from gencost.analysis.server_times import NO_TIMES, ServerTimes, server_times
from gencost.analysis.timing import Timing, chosen, timing
from gencost.types import PICO_PER_USD


@dataclass(frozen=True, kw_only=True)
class CellSummary:
    """A summary of the calls of one cell; unknown is None, never 0.

    Attributes:
        run: the cell.
        n: requests.
        ok: of these, answered.
        errors: of these, failed.
        pending: of these, sent without a known end.
        skipped: of these, never sent.
        cached: of the answered, from GenCost's response cache.
        timing: of the calls.
        server: what servers say of their times, and the times between the pieces of streams.
        cost_pico_usd_total: exact sum over the calls with a known cost, 1e-12 USD.
        cost_usd_mean: over the calls with a known cost.
        priced: answered calls with a known cost, declared-free ones included.
        unpriced: answered calls whose cost is unknown.
        cost_reasons: why -> how many calls, the most first: no price, no counts, or a part that has no rate.
        free: every call with a known cost is declared free.
        saved_pico_usd: what the answers from the cache would have cost, where known; None without any.
        provider_cost: the provider's own charge beside ours; None if it states none.
        overhead: calls that are paid for but no result.
        score_means: scorer -> mean over the calls it could score.
        score_counts: scorer -> how many calls it could score.
        tokens_in_total: over the calls with known usage.
        tokens_out_total: over the calls with known usage.
        price_notes: what is particular about its rates, for people.
        answers: which of them were cut off, blank, of another model or from the provider's prompt cache.
        untimed: answered calls, not from the cache, of unknown latency.
        outcome: which calls failed, and which answers no scorer could score.
    """

    run: Run
    n: int
    ok: int
    errors: int
    pending: int
    skipped: int
    cached: int
    timing: Timing
    cost_pico_usd_total: int | None
    cost_usd_mean: float | None
    priced: int
    unpriced: int
    cost_reasons: Mapping[str, int]
    free: bool
    saved_pico_usd: int | None
    provider_cost: ProviderCost | None
    overhead: Overhead
    score_means: Mapping[str, float]
    score_counts: Mapping[str, int]
    tokens_in_total: int | None
    tokens_out_total: int | None
    price_notes: tuple[str, ...] = ()
    server: ServerTimes = NO_TIMES
    answers: AnswerFacts = NO_FACTS
    untimed: int = 0
    outcome: CellOutcome = NO_FAILURE

    @property
    def cost_usd_total(self) -> Decimal | None:
        """The exact total in USD; None if no call has a known cost."""
        return None if self.cost_pico_usd_total is None else Decimal(self.cost_pico_usd_total) / PICO_PER_USD

    @property
    def all_calls_pico_usd(self) -> int | None:
        """The known cost of all calls of the cell, as ``gencost bill`` says: of answers and of the overhead."""
        beside = sum(self.overhead.pico_usd.values())
        return (self.cost_pico_usd_total or 0) + beside if self.overhead.pico_usd else self.cost_pico_usd_total

    @property
    def quality_mean(self) -> float | None:
        """Mean of the primary scorer; None if it scored nothing."""
        return self.score_means.get(self.run.score) if self.run.score is not None else None

    @property
    def unscored(self) -> int:
        """Answers that the primary scorer gave no value, or has not scored."""
        return 0 if self.run.score is None else self.ok - self.score_counts.get(self.run.score, 0)

    @property
    def cell(self) -> str:
        """The name of the cell."""
        return self.run.cell

    def metrics(self) -> dict[str, float]:
        """Flat metric names, unknown ones left out; ``cost_usd_total`` is one division of the exact integer."""
        pico, times = self.cost_pico_usd_total, asdict(self.timing)
        values = {  # MLflow shows the first few as columns
            "cost_usd_mean": self.cost_usd_mean,
            "latency_p50_ms": times.pop("latency_p50_ms"),
            "latency_p95_ms": times.pop("latency_p95_ms"),
            "quality_mean": self.quality_mean,
            "cost_usd_total": None if pico is None else pico / PICO_PER_USD,
            "errors": self.errors,
            "unpriced": self.unpriced,
            "calls": self.n,
            "ok": self.ok,
            "pending": self.pending,
            "skipped": self.skipped,
            "cached": self.cached,
            **times,
            **self.server.metrics(),
            "tokens_in_total": self.tokens_in_total,
            "tokens_out_total": self.tokens_out_total,
            "in_flight_asked": self.run.load.in_flight if self.run.load is not None and self.run.load.closed else None,
            "loop_lag_p99_ms": self.run.loop_lag_p99_ms,
            "client_bound": self.run.client_bound,
            "provider_cost_usd_total": None if self.provider_cost is None else self.provider_cost.charged_usd,
            **self.answers.metrics(),
            **self.overhead.metrics(),
            **{f"score_mean_{scorer}": mean for scorer, mean in self.score_means.items()},
        }
        return {name: float(value) for name, value in values.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class ProviderCost:
    """The cost that the provider says it charged, against our figures for the same calls.

    Attributes:
        calls: for which both are known.
        charged_usd: the provider's sum.
        ours_usd: our sum.
    """

    calls: int
    charged_usd: float
    ours_usd: float


SUMMARISED = (
    *("ts", "provider", "model", "status", "attempts", "latency_ms", "queue_ms", "backoff_ms", "from_cache", "ttft_ms"),
    *("server_ms", "server_ttft_ms", "response_model", "finish_reason", "blank", "usage_tokens_in", "usage_tokens_out"),
    *("usage_tokens_cached", "cost_pico_usd", "cost_status", "cost_reason", "price_id", "saved_pico_usd"),
    "provider_cost_usd",
)
"""The columns of ``frames.calls`` that a summary is made of, beside the scores."""


def summarise(
    calls: pd.DataFrame, run: Run, overhead: Overhead = NO_OVERHEAD, gaps_ms: Sequence[np.ndarray] = ()
) -> CellSummary:
    """Summarise one run.

    Args:
        calls: all of the run, from ``frames``.
        run: whose.
        overhead: what was paid beside its results.
        gaps_ms: see ``server_times``.
    """
    ok = chosen(calls, calls["status"] == "ok")
    return CellSummary(
        run=run,
        n=len(calls),
        ok=len(ok),
        errors=_count(calls, "error"),
        pending=_count(calls, "pending"),
        skipped=_count(calls, "skipped"),
        cached=int(ok["from_cache"].sum()),
        timing=_timing(run, calls),
        server=server_times(calls, gaps_ms),
        overhead=overhead,
        answers=answer_facts(ok),
        untimed=int((ok["latency_ms"].isna() & ~ok["from_cache"].astype(bool)).sum()),
        tokens_in_total=_total(ok["usage_tokens_in"]),
        tokens_out_total=_total(ok["usage_tokens_out"]),
        **_cost(ok),
        **_scores(ok),
    )


def _timing(run: Run, calls: pd.DataFrame) -> Timing:
    times = timing(calls)
    if run.replayed:
        return times.without_rates()
    return times if run.waited else times.without_places()


def _count(calls: pd.DataFrame, status: str) -> int:
    return int((calls["status"] == status).sum())


def _cost(ok: pd.DataFrame) -> dict[str, Any]:
    known = ok["cost_pico_usd"].dropna()
    pico = _total(ok["cost_pico_usd"])
    return {
        "cost_pico_usd_total": pico,
        "cost_usd_mean": None if pico is None else pico / len(known) / PICO_PER_USD,
        "priced": len(known),
        "unpriced": len(ok) - len(known),
        "cost_reasons": _reasons(ok.loc[ok["cost_pico_usd"].isna(), "cost_reason"]),
        "free": bool(len(known)) and bool((ok.loc[known.index, "cost_status"] == "free").all()),
        "saved_pico_usd": _total(ok["saved_pico_usd"]),
        "provider_cost": _provider_cost(ok),
    }


def _reasons(why: pd.Series) -> dict[str, int]:
    counts = why.dropna().astype(str).value_counts()
    return {str(reason): int(n) for reason, n in counts.items()}


def _provider_cost(ok: pd.DataFrame) -> ProviderCost | None:
    both = ok[ok["provider_cost_usd"].notna() & ok["cost_pico_usd"].notna()]
    if both.empty:
        return None
    ours_usd = sum(both["cost_pico_usd"].tolist()) / PICO_PER_USD
    return ProviderCost(calls=len(both), charged_usd=float(both["provider_cost_usd"].sum()), ours_usd=ours_usd)


def _scores(ok: pd.DataFrame) -> dict[str, Any]:
    columns = {c.removeprefix(SCORE_PREFIX): ok[c].dropna() for c in ok.columns if c.startswith(SCORE_PREFIX)}
    known = {scorer: values for scorer, values in columns.items() if len(values)}
    return {
        "score_means": {scorer: float(values.mean()) for scorer, values in known.items()},
        "score_counts": {scorer: len(values) for scorer, values in columns.items()},
    }


def _total(counts: pd.Series) -> int | None:
    known = counts.dropna()
    return None if known.empty else sum(known.tolist())  # an Int64 sum wraps
