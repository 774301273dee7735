"""The texts, tokens and cost of one call, under MLflow's names."""

from __future__ import annotations

from decimal import Decimal

from gencost.analysis.recorded.request_facts import Evidence, Facts
from gencost.audit.billing import bill
from gencost.errors import PricingError, UsageError
from gencost.types import PICO_PER_USD
from gencost.values.token_counts import MORE_OUT

_OUT = frozenset({"output", "reasoning", *MORE_OUT})


def token_usage(response: Facts | None) -> dict[str, int] | None:
    """The recorded counts under MLflow's names; None if unknown."""
    if response is None or response["usage_tokens_in"] is None or response["usage_tokens_out"] is None:
        return None
    tokens_in, tokens_out = response["usage_tokens_in"], response["usage_tokens_out"]
    written = (response["usage_tokens_cache_write"] or 0) + (response["usage_tokens_cache_write_1h"] or 0)
    counts = {"input_tokens": tokens_in, "output_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}
    if response["usage_tokens_cached"]:
        counts["cache_read_input_tokens"] = response["usage_tokens_cached"]
    if written:
        counts["cache_creation_input_tokens"] = written
    return counts


def llm_cost(call: Evidence) -> dict[str, float] | None:
    """The recorded cost, USD, under MLflow's names; None if unknown. What is not output, a fee too, counts as input."""
    pico = None if call.response is None else call.response["cost_pico_usd"]
    if pico is None:
        return None
    out = _output_pico_usd(call) if pico else 0
    return {
        "input_cost": (pico - out) / PICO_PER_USD,
        "output_cost": out / PICO_PER_USD,
        "total_cost": pico / PICO_PER_USD,
    }


def _output_pico_usd(call: Evidence) -> int:
    """The output's share of the bill, made again from tokens and rates; 0 where that cannot be done."""
    if call.response is None:
        return 0
    try:
        lines = bill(call).lines
    except (PricingError, UsageError):
        return 0
    usd = sum((line.usd or Decimal(0) for line in lines if line.bucket in _OUT), Decimal(0))
    return min(round(usd * PICO_PER_USD), int(call.response["cost_pico_usd"]))
