"""A bill of recorded calls: how many, their tokens by bucket, cost, latency and errors, split by any keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement

from gencost.metrics_db.tables import requests
from gencost.types import PICO_PER_USD

DAYS_A_MONTH = 30


@dataclass(frozen=True, kw_only=True)
class BillRow:
    """The calls that have the same values of the keys; unknown is None, never 0.

    Attributes:
        keys: a value for each key; None where the call has none.
        calls: that were made: all but those skipped.
        tokens_in: all input tokens of the calls with known counts, cached and cache-written ones included.
        tokens_cached: read from a provider's cache.
        tokens_cache_write: written into it, for however long.
        tokens_out: all output tokens, reasoning included.
        tokens_reasoning: of thoughts.
        cost_pico_usd: exact, of all answers with a known cost and of failed tries that were billed.
        tries_pico_usd: the part of it that failed tries cost; None if none was billed.
        source_cost_pico_usd: what the logs say that they were read in.
        unpriced: answers without a known cost.
        errors: calls that failed.
        maybe_billed: calls that failed in a way that may be billed, of whose tries no cost is known.
        pending: calls without a known end, which may be billed.
        internal: calls of judges and of shadow evaluations, which are in it.
        first: when the first call was made; None without calls, as is ``last``.
        last: when the last one was made.
        p50_ms: of the latencies of answered calls that no cache of ours answered; so is ``p95_ms``.
    """

    keys: tuple[Any, ...]
    calls: int
    tokens_in: int | None
    tokens_cached: int | None
    tokens_cache_write: int | None
    tokens_out: int | None
    tokens_reasoning: int | None
    cost_pico_usd: int | None
    source_cost_pico_usd: int | None
    unpriced: int
    errors: int
    pending: int
    internal: int
    first: datetime | None
    last: datetime | None
    maybe_billed: int = 0
    tries_pico_usd: int | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None

    @property
    def cost_usd(self) -> Decimal | None:
        """The exact cost, USD."""
        return None if self.cost_pico_usd is None else Decimal(self.cost_pico_usd) / PICO_PER_USD

    @property
    def source_cost_usd(self) -> Decimal | None:
        """The logs' own cost, USD."""
        return None if self.source_cost_pico_usd is None else Decimal(self.source_cost_pico_usd) / PICO_PER_USD


@dataclass(frozen=True, kw_only=True)
class Bill:
    """A bill.

    Attributes:
        by: names of the keys.
        rows: the dearest first; where a key is a part of time, in the order of their keys.
        total: of all rows, without keys.
        replayed: answers that were given again from the record, which are not in it: they were paid for once.
    """

    by: tuple[str, ...]
    rows: tuple[BillRow, ...]
    total: BillRow
    replayed: int = 0

    @cached_property
    def days(self) -> float:
        """The days that the calls cover, from the first to the last: at least one."""
        first, last = self.total.first, self.total.last
        return 1.0 if first is None or last is None else max(1.0, (last - first) / timedelta(days=1))

    def month_usd(self, row: BillRow) -> float | None:
        """The cost of 30 days like those covered, USD; None if unknown."""
        return None if row.cost_usd is None else float(row.cost_usd) / self.days * DAYS_A_MONTH


@dataclass(frozen=True, kw_only=True)
class Billed:
    """The calls that a bill is about.

    Attributes:
        run_ids: of these runs; None takes every call, those outside runs too.
        since: made then or later; None has no beginning.
    """

    run_ids: Sequence[str] | None = None
    since: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The conditions of SQL that choose them."""
        chosen: list[ColumnElement[bool]] = [requests.c.status != "skipped"]
        if self.run_ids is not None:
            chosen.append(requests.c.run_id.in_(self.run_ids))
        if self.since is not None:
            chosen.append(requests.c.ts >= self.since)
        return chosen
