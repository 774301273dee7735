"""Recompute what the failed tries of a call were billed: their counts were named, or their machine was paid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gencost.analysis.recorded.request_facts import Evidence, Facts
from gencost.audit.billing import usd_exactly
from gencost.audit.figure_check import FigureCheck, compared
from gencost.audit.origin import read_json
from gencost.errors import PricingError, UsageError
from gencost.pricing import ModelPricing, cost_of
from gencost.pricing.cost import machine_cost
from gencost.values.token_counts import usage_from


def failed_tries(seen: Evidence) -> Iterator[FigureCheck]:
    """Check the cost of each failed try that names its rates."""
    for attempt in seen.attempts:
        block = seen.try_blocks.get(str(attempt["price_id"]))
        if block is not None:
            yield _cost(attempt, block)


def _cost(attempt: Facts, block: str) -> FigureCheck:
    figure, recorded = f"cost of failed try {attempt['attempt']}", attempt["cost_pico_usd"]
    counts = read_json(attempt["usage_json"])
    try:
        pricing = ModelPricing.from_block(block)
        if pricing.gpu_hour is not None:
            again = machine_cost(pricing, attempt["machine_ms"])
        else:
            again = cost_of(usage_from(counts) if isinstance(counts, Mapping) else None, pricing)
    except (PricingError, UsageError) as error:
        return FigureCheck(figure=figure, holds=False, recorded=usd_exactly(recorded), recomputed=str(error))
    if isinstance(counts, Mapping) and counts.get("calls"):
        return FigureCheck(figure=figure, holds=None, recorded=usd_exactly(recorded), recomputed="has calls inside")
    return compared(figure, usd_exactly(recorded), usd_exactly(again.pico_usd))
