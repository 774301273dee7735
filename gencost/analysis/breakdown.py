"""The parts of the bill of each cell: input, cached input, cache writes, output, reasoning, fees, machine time."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from gencost.analysis.recorded.columns import Labels
from gencost.analysis.recorded.frames import KnownFacts, of_run, usage_of
from gencost.analysis.recorded.request_facts import prices
from gencost.analysis.results import Results
from gencost.analysis.timing import chosen
from gencost.errors import PricingError, UsageError
from gencost.metrics_db.recorded_usage import USAGE_COLUMNS
from gencost.pricing import ModelPricing
from gencost.pricing.cost import buckets, cost_of, fees
from gencost.types import PICO_PER_USD, Usage
from gencost.values.token_counts import CACHE_WRITE, MORE_IN, MORE_OUT, USAGE_COUNTS

NOT_SPLIT = "not split"
_OTHER_KINDS = "audio, images, video"
_KIND_OF = {
    "input": "input",
    "cached": "cached input",
    "cache_write": "cache write",
    "output": "output",
    "reasoning": "reasoning",
    "citation": "output",
    **dict.fromkeys((*MORE_IN, *MORE_OUT[:-1]), _OTHER_KINDS),
}
KINDS = (*dict.fromkeys(_KIND_OF.values()), "fees", "machine time", NOT_SPLIT)

_COLUMNS = ("status", "from_cache", "cost_pico_usd", "price_id", "other_price_ids", *USAGE_COLUMNS)
_PER_MTOK = Decimal(1_000_000)


@dataclass(frozen=True, kw_only=True)
class Breakdown:
    """The bill of one cell by what it was for.

    Attributes:
        cell: its name.
        calls: answered calls with a known cost that the provider billed.
        usd: kind, one of ``KINDS`` -> its sum over these calls; what cost nothing is left out.
    """

    cell: str
    calls: int
    usd: Mapping[str, float]


def breakdown(engine: Engine, results: Results) -> list[Breakdown]:
    """Split the bill of each cell, in their order.

    Rates are linear in tokens, so the calls of one rate block are split by their sums. Each call was rounded to the
    pico-dollar, so the parts add up to the bill but for half a pico-dollar a call. Reasoning that is billed as output
    is shown apart, at the rate of output.

    Args:
        engine: the metrics DB, which has the rates.
        results: of the cells.
    """
    blocks = {row["price_id"]: row["block"] for row in prices(engine)}
    known = KnownFacts(scorers={}, prompt_ids=Labels())
    return [_breakdown(run.cell, of_run(engine, run, _COLUMNS, known=known), blocks) for run in results.runs]


def _breakdown(cell: str, calls: pd.DataFrame, blocks: Mapping[str, str]) -> Breakdown:
    billed = chosen(
        calls, (calls["status"] == "ok") & calls["cost_pico_usd"].notna() & ~calls["from_cache"].astype(bool)
    )
    usd = defaultdict[str, Decimal](Decimal)
    alike = billed["usage_more_json"].isna() & billed["other_price_ids"].isna()
    for price_id, group in chosen(billed, alike).groupby("price_id", observed=True):
        for kind, amount in _split(group, blocks.get(str(price_id), "")).items():
            usd[kind] += amount
    for row in billed[~alike].itertuples():
        for kind, amount in _split_one(row, blocks).items():
            usd[kind] += amount
    return Breakdown(cell=cell, calls=len(billed), usd={kind: float(usd[kind]) for kind in KINDS if usd.get(kind)})


def _split(group: pd.DataFrame, block: str) -> dict[str, Decimal]:
    """Split the bills of calls that have one rate block; one that was damaged gives their sum alone."""
    total = Decimal(sum(group["cost_pico_usd"].tolist())) / PICO_PER_USD
    try:
        pricing = ModelPricing.from_block(block)
    except PricingError:
        return {NOT_SPLIT: total}
    if pricing.free:
        return {}
    if pricing.gpu_hour is not None:
        return {"machine time": total}
    return _by_rates(group, pricing)


def _split_one(row: Any, blocks: Mapping[str, str]) -> dict[str, Decimal]:
    """Split the bill of one call that counts more than the usual, or has calls inside of it."""
    usd = defaultdict[str, Decimal](Decimal)
    try:
        listed = [] if pd.isna(row.other_price_ids) else json.loads(row.other_price_ids)
        others = [ModelPricing.from_block(blocks[it]) for it in listed]
        for line in cost_of(usage_of(row), ModelPricing.from_block(blocks[row.price_id]), others).lines:
            usd["fees" if line.usd_each is not None else _kind(line.bucket)] += line.usd or 0
    except (PricingError, UsageError, ValueError, KeyError, TypeError):
        return {NOT_SPLIT: Decimal(int(row.cost_pico_usd)) / PICO_PER_USD}
    return dict(usd)


def _kind(bucket: str) -> str:
    return "cache write" if bucket.startswith(CACHE_WRITE) else _KIND_OF[bucket]


def _by_rates(group: pd.DataFrame, pricing: ModelPricing) -> dict[str, Decimal]:
    counts: dict[str, Any] = {name: sum(group[f"usage_{name}"].dropna().tolist()) for name in USAGE_COUNTS}
    usage, usd = Usage(**counts), defaultdict[str, Decimal](Decimal)
    if pricing.reasoning_usd_per_mtok is None:
        pricing = replace(pricing, reasoning_usd_per_mtok=pricing.output_usd_per_mtok)
    for bucket, tokens, rate in buckets(usage, pricing):
        usd[_kind(bucket)] += tokens * (rate or 0) / _PER_MTOK
    for fee, count, each in fees(usage, pricing):
        usd["fees"] += (len(group) if fee == "request" else count) * (each or 0)
    return dict(usd)
