"""The arithmetic of a bill: each token in exactly one bucket, an exact sum, rounded once to the pico-dollar."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from gencost.errors import PricingError
from gencost.pricing.rates import EXACT, TOKEN_RATES, GpuHour, ModelPricing
from gencost.pricing.resolve import Offer
from gencost.types import PICO_PER_USD, Cost, CostLine, Usage

_IN = tuple(name for name in TOKEN_RATES if name.startswith(("input", "cache")))
_OUT = tuple(name for name in TOKEN_RATES if name not in _IN)
_ZERO = Decimal(0)
_NO_USAGE = "the provider gave no usable token counts"
_MS_PER_HOUR = 3_600_000


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


def fees(usage: Usage, pricing: ModelPricing) -> list[tuple[str, int, Decimal | None]]:
    """List what is billed by the piece: fee, how many, USD each (None: no rate); what there is none of is left out."""
    parts: list[tuple[str, int, Decimal | None]] = []
    if pricing.per_request_usd is not None:
        parts.append(("request", 1, pricing.per_request_usd))
    if usage.web_searches:
        parts.append(("web_search", usage.web_searches, pricing.web_search_usd))
    return parts


def cost_of(usage: Usage | None, pricing: ModelPricing, latency_ms: float | None = None) -> Cost:
    """Bill one request.

    Args:
        usage: inclusive counts; None if the provider gave none, which only ``free`` and ``gpu_hour`` can price.
        pricing: resolved rates: nothing is left to choose, see ``resolve.offer_of``.
        latency_ms: sent -> last byte, only used by ``gpu_hour``; None if unknown.

    Returns:
        ``free`` if declared so, ``partial`` without a total if something was used that has no rate, ``unpriced`` if
        the counts (for ``gpu_hour`` the latency) are unknown, else ``priced``.

    Raises:
        PricingError: the rates are not resolved.
    """
    if pricing.free:
        return Cost(pico_usd=0, status="free", price_id=pricing.price_id)
    if pricing.gpu_hour is not None:
        return _busy_share(pricing, pricing.gpu_hour, latency_ms)
    if usage is None:
        return Cost(pico_usd=None, status="unpriced", reason=_NO_USAGE)
    if not pricing.is_resolved:
        raise PricingError("these rates have tiers, windows or regions: choose among them with offer_of() first")
    lines = tuple(
        [_token_line(*part) for part in buckets(usage, pricing)] + [_fee_line(*part) for part in fees(usage, pricing)]
    )
    total = _ZERO
    for line in lines:
        if line.usd is None:
            return _partial(pricing, lines)
        total = EXACT.add(total, line.usd)
    return Cost(pico_usd=pico_of(total), status="priced", price_id=pricing.price_id, lines=lines)


def worst_of(offer: Offer, tokens_in: int, tokens_out: int) -> int:
    """Bound what a request of at most so many tokens could be billed by one offer, without web searches.

    Returns:
        1e-12 USD: input at the dearest input or cache rate, output at the dearer of output and reasoning, request fee.
    """
    worst = _ZERO
    for above, rates in offer.steps:
        if rates is not None and tokens_in > above:
            ins, outs = (max(rates.named.get(name, _ZERO) for name in names) for names in (_IN, _OUT))
            usd = EXACT.add(EXACT.multiply(tokens_in, ins), EXACT.multiply(tokens_out, outs)).scaleb(-6, EXACT)
            worst = max(worst, EXACT.add(usd, rates.per_request_usd or _ZERO))
    return pico_of(worst)


def pico_of(usd: Decimal) -> int:
    """Round USD half-even to whole pico-USD (1e-12 USD)."""
    return int(usd.scaleb(12, EXACT).to_integral_value(context=EXACT))


def _token_line(bucket: str, tokens: int, rate: Decimal | None) -> CostLine:
    usd = None if rate is None else EXACT.multiply(tokens, rate).scaleb(-6, EXACT)
    return CostLine(bucket=bucket, tokens=tokens, usd_per_mtok=rate, usd=usd)


def _fee_line(bucket: str, count: int, fee: Decimal | None) -> CostLine:
    usd = None if fee is None else EXACT.multiply(count, fee)
    return CostLine(bucket=bucket, tokens=count, usd_per_mtok=None, usd=usd, usd_each=fee)


def _partial(pricing: ModelPricing, lines: tuple[CostLine, ...]) -> Cost:
    missing = [line.bucket for line in lines if line.usd is None]
    named = [name if name == "web_search" else f"{name} tokens" for name in missing]
    reason = f"no rate for {', '.join(named)}"
    return Cost(pico_usd=None, status="partial", price_id=pricing.price_id, lines=lines, reason=reason)


def _busy_share(pricing: ModelPricing, share: GpuHour, latency_ms: float | None) -> Cost:
    """USD/h x latency / concurrency, as a fraction since 1/3600 has no end as a decimal; rounded once."""
    if latency_ms is None:
        return Cost(pico_usd=None, status="unpriced", reason="no latency to price by gpu_hour")
    hours = Fraction(Decimal(repr(latency_ms))) / _MS_PER_HOUR
    pico = round(Fraction(share.usd_per_hour) * hours / Fraction(share.concurrency) * PICO_PER_USD)
    usd = Decimal(pico).scaleb(-12, EXACT)
    line = CostLine(bucket="gpu_hour", tokens=1, usd_per_mtok=None, usd=usd, usd_each=usd)
    return Cost(pico_usd=pico, status="priced", price_id=pricing.price_id, lines=(line,))
