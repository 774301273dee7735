"""The cost of recorded tokens under other rates, on another day, with another model; the bills stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import pandas as pd
from pandas.api.types import union_categoricals
from sqlalchemy import Engine, func, select

from gencost.analysis.recorded import frames
from gencost.analysis.recorded.runs import runs
from gencost.cost_tracker import CostTracker
from gencost.metrics_db import tables
from gencost.metrics_db.recorded_usage import USAGE_COLUMNS, recorded_usage
from gencost.types import Response, Usage

_COLUMNS = (
    *("request_id", "ts", "provider", "model", "status", "from_cache", "latency_ms", "cost_pico_usd"),
    *("response_model", "service_tier", "region", *USAGE_COLUMNS),
)
_SHARED = ("cell", "model", "reason")
_REMEMBERED = 50_000

_Price = tuple[int | None, str | None]
"""1e-12 USD, None if unknown; and why it is.
"""


@dataclass(frozen=True, kw_only=True)
class Repriced:
    """The calls of one cell, as billed and as priced again.

    Attributes:
        cell: its name, without what all of them share.
        model: ``provider:model`` asked.
        calls: answered by the provider.
        compared: of these, with a bill and a new price.
        repriced: of these, with a new price, whether they were billed or not.
        billed_pico_usd: exact sum over the compared, 1e-12 USD; None if nothing can be compared.
        compared_pico_usd: the same of their new prices.
        repriced_pico_usd: sum of the new prices; None if no call has one.
        reasons: why others have no new price.
    """

    cell: str
    model: str
    calls: int
    compared: int
    repriced: int
    billed_pico_usd: int | None
    compared_pico_usd: int | None
    repriced_pico_usd: int | None
    reasons: tuple[str, ...]


def reprice(engine: Engine, run_ids: Sequence[str], tracker: CostTracker, at: datetime | None) -> pd.DataFrame:
    """Price recorded calls again.

    Args:
        engine: the metrics DB.
        run_ids: of the calls.
        tracker: with the other rates.
        at: the day whose rates to take, at each call's own time of day; None takes those of the day of each call.

    Returns:
        One row an answer of a provider, a step of a live policy too: ``request_id, cell, model, cost_pico_usd`` as
        billed, ``repriced_pico_usd`` (both NA if unknown) and ``reason`` why there is no new price.
    """
    parts = []
    for calls in _answered(engine, run_ids, alone=True):
        shares = _machine_shares(engine, list(calls["request_id"]))
        costs = [_price(row, tracker, _moment(row, at), shares.get(row.request_id)) for row in calls.itertuples()]
        parts.append(_priced(calls, costs))
    return _together(parts)


@dataclass(frozen=True, kw_only=True)
class LengthScale:
    """The length of one model's answers as a multiple of another's.

    Attributes:
        prompts: that both answered.
        ratio: of their mean output tokens over these prompts; None without any.
    """

    prompts: int
    ratio: float | None


def what_if(engine: Engine, run_ids: Sequence[str], target: tuple[str, str], tracker: CostTracker) -> pd.DataFrame:
    """Price recorded calls as if another model had answered them, with today's rates.

    Args:
        engine: the metrics DB.
        run_ids: of the calls.
        target: provider and model.
        tracker: with the rates.

    Returns:
        As ``reprice``, and ``scaled_pico_usd``: with the output as much longer as the target's answers were, where it
        answered the same prompts earlier.
    """
    estimate, ratios, parts = _estimator(target, tracker), dict[Any, float | None](), []
    for calls in _answered(engine, run_ids):
        asked = _asked(calls)
        priced = _priced(calls, [estimate(counts, time, 1.0) for counts, time in asked])
        priced["scaled_pico_usd"] = pd.array([None] * len(priced), dtype="Int64")
        for pair, same_model in calls.groupby(["provider", "model"], observed=True):
            if pair not in ratios:
                ratios[pair] = scale(engine, (str(pair[0]), str(pair[1])), target).ratio
            ratio = ratios[pair]
            if ratio is not None:
                alike = (asked[place] for place in same_model.index)
                scaled = [estimate(counts, time, ratio)[0] for counts, time in alike]
                priced.loc[same_model.index, "scaled_pico_usd"] = pd.array(scaled, dtype="Int64")
        parts.append(priced)
    return _together(parts)


def scale(engine: Engine, source: tuple[str, str], target: tuple[str, str]) -> LengthScale:
    """Compare how long two models answered the same prompts, repeats averaged."""
    ours, theirs = (_mean_tokens(engine, *model) for model in (source, target))
    both = ours.index.intersection(theirs.index)
    total = float(ours[both].sum())
    return LengthScale(prompts=len(both), ratio=float(theirs[both].sum()) / total if total else None)


def per_cell(priced: pd.DataFrame, column: str = "repriced_pico_usd") -> list[Repriced]:
    """Sum the calls of each cell and model.

    Args:
        priced: from ``reprice`` or ``what_if``.
        column: with the new prices.
    """
    rows = []
    for (cell, model), part in priced.groupby(["cell", "model"], observed=True, sort=False):
        both = part[part["cost_pico_usd"].notna() & part[column].notna()]
        new = part[column].dropna()
        sums = [None if both.empty else sum(both[name].tolist()) for name in ("cost_pico_usd", column)]
        reasons = tuple(dict.fromkeys(part.loc[part[column].isna(), "reason"].dropna()))
        rows.append(
            Repriced(
                cell=str(cell),
                model=str(model),
                calls=len(part),
                compared=len(both),
                repriced=len(new),
                billed_pico_usd=sums[0],
                compared_pico_usd=sums[1],
                repriced_pico_usd=None if new.empty else sum(new.tolist()),
                reasons=reasons,
            )
        )
    return rows


def _answered(engine: Engine, run_ids: Sequence[str], *, alone: bool = False) -> Iterator[pd.DataFrame]:
    """Read the answers of providers, some thousand at a time."""
    for run in runs(engine, run_ids=run_ids):
        for calls in frames.parts_of(engine, run, _COLUMNS, alone=alone):
            answers = calls[(calls["status"] == "ok") & ~calls["from_cache"].astype(bool)]
            yield answers.assign(cell=run.cell).reset_index(drop=True)


def _priced(calls: pd.DataFrame, costs: Sequence[_Price]) -> pd.DataFrame:
    priced = calls[["request_id", "cell", "model", "cost_pico_usd"]].copy()
    models = calls["provider"].astype(str) + ":" + calls["model"].astype(str)
    priced["cell"], priced["model"] = priced["cell"].astype("category"), models.astype("category")
    priced["repriced_pico_usd"] = pd.array([pico for pico, _ in costs], dtype="Int64")
    priced["reason"] = pd.Categorical(pd.Series([reason for _, reason in costs], dtype=object))
    return priced


def _together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put priced calls under each other; what many of them share is kept once."""
    columns: dict[str, Any] = {}
    for name in list(parts[0]):
        values = [part.pop(name) for part in parts]
        columns[name] = union_categoricals(values) if name in _SHARED else pd.concat(values, ignore_index=True)
    return pd.DataFrame(columns, copy=False)


def _asked(calls: pd.DataFrame) -> list[tuple[tuple[Any, ...], tuple[int, int]]]:
    """Return the counts of each call, in the order of ``USAGE_COLUMNS``, and its hour and minute."""
    counts = [calls[name].astype(object).where(calls[name].notna(), None) for name in USAGE_COLUMNS]
    times = calls["ts"].dt
    return list(zip(zip(*counts, strict=True), zip(times.hour, times.minute, strict=True), strict=True))


def _estimator(
    target: tuple[str, str], tracker: CostTracker
) -> Callable[[tuple[Any, ...], tuple[int, int], float], _Price]:
    """Make a function that prices the counts of a call, scaled in length, at a time of today; it remembers results."""
    today = datetime.now(UTC)

    @lru_cache(maxsize=_REMEMBERED)
    def estimate(counts: tuple[Any, ...], time: tuple[int, int], ratio: float) -> _Price:
        at = today.replace(hour=time[0], minute=time[1])
        usage = _scaled(recorded_usage(dict(zip(USAGE_COLUMNS, counts, strict=True))), ratio)
        answer = Response(text="", usage=usage, latency_ms=0.0)
        cost = tracker.price(provider=target[0], model=target[1], response=answer, at=at)
        if tracker.is_by_the_hour(*target, at):
            return None, f"{':'.join(target)} is priced by gpu_hour: nobody knows how long it would have taken"
        return cost.pico_usd, cost.reason

    return estimate


def _scaled(usage: Usage | None, ratio: float) -> Usage | None:
    if usage is None or ratio == 1.0:
        return usage
    tokens_out, tokens_reasoning = round(usage.tokens_out * ratio), round(usage.tokens_reasoning * ratio)
    text_alone = replace(usage, more={}, calls=(), unread=())  # what another would do beside its text is not known
    return replace(text_alone, tokens_out=tokens_out, tokens_reasoning=tokens_reasoning)


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)


def _moment(row: Any, day: datetime | None) -> datetime:
    """The time of a call, on another day if one is named."""
    ts: datetime = row.ts.to_pydatetime()
    return ts if day is None else datetime.combine(day.date(), ts.timetz())


def _machine_shares(engine: Engine, request_ids: Sequence[str]) -> dict[str, float]:
    """Return the answers' shares of their machine's time, ms, by request; those without a record are left out."""
    attempts = tables.attempts
    query = select(attempts.c.request_id, attempts.c.machine_ms).where(
        attempts.c.request_id.in_(request_ids), attempts.c.error_type.is_(None), attempts.c.machine_ms.is_not(None)
    )
    with engine.connect() as connection:
        return {row.request_id: float(row.machine_ms) for row in connection.execute(query)}


def _price(row: Any, tracker: CostTracker, at: datetime, machine_ms: float | None) -> _Price:
    answer = Response(
        text="",
        usage=frames.usage_of(row),
        latency_ms=float(row.latency_ms),
        response_model=_text(row.response_model),
        service_tier=_text(row.service_tier),
        region=_text(row.region),
        machine_ms=machine_ms,
    )
    cost = tracker.price(provider=row.provider, model=row.model, response=answer, at=at)
    return cost.pico_usd, cost.reason


def _mean_tokens(engine: Engine, provider: str, model: str) -> pd.Series:
    requests, responses = tables.requests, tables.responses
    query = (
        select(requests.c.prompt_sha256, func.avg(responses.c.usage_tokens_out).label("tokens"))
        .select_from(requests.join(responses))
        .where(requests.c.provider == provider, requests.c.model == model, requests.c.role == "sample")
        .where(requests.c.status == "ok", requests.c.from_cache.is_(False))
        .where(responses.c.usage_tokens_out.is_not(None))
        .group_by(requests.c.prompt_sha256)
    )
    with engine.connect() as connection:
        return pd.read_sql(query, connection, index_col="prompt_sha256")["tokens"].astype("float64")
