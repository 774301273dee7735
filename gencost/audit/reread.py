"""Read recorded usage again with today's reader, and keep what changes beside what was recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gencost.analysis.recorded.request_facts import Evidence, Facts, evidence, run_ids
from gencost.audit.billing import corrected_usage, reading_of
from gencost.audit.origin import origin_of, read_json
from gencost.cost_tracker import CostTracker
from gencost.errors import UsageError
from gencost.metrics_db import Engine
from gencost.metrics_db.corrections import add_corrections
from gencost.metrics_db.recorded_usage import recorded_usage
from gencost.types import Cost, Response, Usage
from gencost.usage import READER
from gencost.values.token_counts import usage_facts


@dataclass(frozen=True, kw_only=True)
class ChangedAnswer:
    """One answer whose usage or cost today's reader reads otherwise.

    Attributes:
        request_id: of the call.
        model: ``provider:model`` asked.
        before: the counts that hold now; None without any.
        after: the counts as they are read again; None without possible ones.
        before_pico_usd: the cost as it holds now, 1e-12 USD; None if unknown.
        cost: the new bill.
        reader: version and protocol.
    """

    request_id: str
    model: str
    before: Usage | None
    after: Usage | None
    before_pico_usd: int | None
    cost: Cost
    reader: str


def reread(engine: Engine, chosen: Sequence[str] | None, *, apply: bool) -> Iterator[ChangedAnswer]:
    """Read the usage of recorded answers again.

    Args:
        engine: the metrics DB.
        chosen: ids of the runs; None reads every answer, those outside any run, too.
        apply: write what changes into ``corrections``.
    """
    for run_id in chosen if chosen is not None else [*run_ids(engine), None]:
        origin = origin_of(engine, run_id)
        tracker = origin.tracker or CostTracker()
        changes = [it for seen in evidence(engine, run_id=run_id) if (it := _change(seen, tracker)) is not None]
        if apply and changes:
            _write(engine, changes, tracker)
        yield from changes


def _change(seen: Evidence, tracker: CostTracker) -> ChangedAnswer | None:
    response = seen.response
    raw = None if response is None else read_json(response["raw_usage_json"])
    if response is None or not isinstance(raw, dict) or seen.request["from_cache"]:
        return None
    reading, protocol = reading_of(response, raw)
    answer = Response(
        text=str(response["response"]),
        usage=reading.usage,
        usage_problem=reading.problem,
        latency_ms=seen.request["latency_ms"] or 0.0,
        machine_ms=seen.attempts[-1]["machine_ms"] if seen.attempts else None,
        response_model=response["response_model"],
        service_tier=reading.service_tier or response["service_tier"],
        region=reading.region,
    )
    request = seen.request
    cost = tracker.price(provider=request["provider"], model=request["model"], response=answer, at=request["ts"])
    before, pico = _holds(response, seen.correction)
    if before == reading.usage and pico == cost.pico_usd:
        return None
    return ChangedAnswer(
        request_id=request["request_id"],
        model=f"{request['provider']}:{request['model']}",
        before=before,
        after=reading.usage,
        before_pico_usd=pico,
        cost=cost,
        reader=f"{READER} {protocol}",
    )


def _holds(response: Facts, correction: Facts | None) -> tuple[Usage | None, int | None]:
    """The counts and the cost as they hold now."""
    if correction is None:
        try:
            return recorded_usage(response), response["cost_pico_usd"]
        except UsageError:
            return None, response["cost_pico_usd"]
    return corrected_usage(correction), correction["cost_pico_usd"]


def _write(engine: Engine, changes: Sequence[ChangedAnswer], tracker: CostTracker) -> None:
    now = datetime.now(UTC)
    named = {
        name for change in changes for name in (change.cost.price_id, *change.cost.other_price_ids) if name is not None
    }
    add_corrections(
        engine, [_row(change, now) for change in changes], [tracker.price_row(name) for name in sorted(named)]
    )


def _row(change: ChangedAnswer, now: datetime) -> dict[str, Any]:
    cost = change.cost
    return {
        "request_id": change.request_id,
        "reader": change.reader,
        "ts": now,
        "usage_json": None if change.after is None else json.dumps(usage_facts(change.after), sort_keys=True),
        "cost_pico_usd": cost.pico_usd,
        "cost_status": cost.status,
        "cost_reason": cost.reason,
        "price_id": cost.price_id,
        "other_price_ids": json.dumps(cost.other_price_ids) if cost.other_price_ids else None,
    }
