"""The arithmetic of a bill: each token in exactly one bucket, an exact sum, rounded once to the pico-dollar."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from gencost.pricing.catalogue import ModelPricing
from gencost.types import PICO_PER_USD, Cost, CostLine, Usage

_MTOK = Decimal(10) ** 6


def buckets(usage: Usage, pricing: ModelPricing) -> list[tuple[str, int, Decimal | None]]:
    """Split inclusive counts so that each token is in exactly one bucket.

    Args:
        usage: inclusive counts.
        pricing: reasoning tokens have a bucket of their own only where it names a rate for them.

    Returns:
        Bucket, tokens, USD per million (None: no rate); empty buckets are left out.
    """
    written = usage.tokens_cache_write + usage.tokens_cache_write_1h
    reasoning = usage.tokens_reasoning if pricing.reasoning_usd_per_mtok is not None else 0
    parts = [
        ("input", usage.tokens_in - usage.tokens_cached - written, pricing.input_usd_per_mtok),
        ("cached", usage.tokens_cached, pricing.cached_usd_per_mtok),
        ("cache_write", usage.tokens_cache_write, pricing.cache_write_usd_per_mtok),
        ("cache_write_1h", usage.tokens_cache_write_1h, pricing.cache_write_1h_usd_per_mtok),
        ("output", usage.tokens_out - reasoning, pricing.output_usd_per_mtok),
        ("reasoning", reasoning, pricing.reasoning_usd_per_mtok),
    ]
    return [part for part in parts if part[1]]


def cost_of(usage: Usage, pricing: ModelPricing) -> Cost:
    """Bill one request.

    Args:
        usage: inclusive counts.
        pricing: the rates that held.

    Returns:
        ``free`` if declared so, ``partial`` without a total if a bucket has tokens but no rate, else ``priced``.
    """
    if pricing.free:
        return Cost(pico_usd=0, status="free", price_id=pricing.price_id)
    lines = tuple(
        CostLine(bucket=bucket, tokens=tokens, usd_per_mtok=rate, usd=None if rate is None else tokens * rate / _MTOK)
        for bucket, tokens, rate in buckets(usage, pricing)
    )
    missing = [line.bucket for line in lines if line.usd is None]
    if missing:
        reason = f"no rate for {', '.join(missing)} tokens"
        return Cost(pico_usd=None, status="partial", price_id=pricing.price_id, lines=lines, reason=reason)
    total = sum((line.usd for line in lines if line.usd is not None), pricing.per_request_usd or Decimal(0))
    pico = int((total * PICO_PER_USD).to_integral_value(ROUND_HALF_EVEN))
    return Cost(pico_usd=pico, status="priced", price_id=pricing.price_id, lines=lines)
