"""The arithmetic of a bill: each token in exactly one bucket, an exact sum, rounded once to the pico-dollar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import partial

from gencost.errors import PricingError
from gencost.pricing.kinds import Part, more_buckets
from gencost.pricing.rates import EXACT, ModelPricing
from gencost.pricing.resolve import Offer
from gencost.types import PICO_PER_USD, Cost, CostLine, CostStatus, Usage
from gencost.values.token_counts import CACHE_WRITE, KINDS, MORE_IN, MORE_OUT, MOST_COUNT, PREVIEW, UNITS, UNSPLIT

_ZERO = Decimal(0)
GPU_HOUR = "gpu_hour"
NO_USAGE = "the provider gave no usable token counts"
_MS_PER_HOUR = 3_600_000
_S_PER_HOUR = 3600
_MOST_USD = Decimal(MOST_COUNT).scaleb(-12)
_ON_TOP = "fee on top"
_TEXT_OUT = ("output_usd_per_mtok", "reasoning_usd_per_mtok", "citation_usd_per_mtok")
_SIZES = ("request_low", "request_medium", "request_high")


def buckets(usage: Usage, pricing: ModelPricing) -> list[Part]:
    """Split inclusive counts so that each token is in exactly one bucket.

    Args:
        usage: inclusive counts.
        pricing: reasoning tokens have a bucket of their own only where it names a rate for them.

    Returns:
        Bucket, tokens, USD per million (None: no rate); empty buckets are left out.
    """
    reasoning = usage.tokens_reasoning if pricing.reasoning_usd_per_mtok is not None else 0
    if usage.more:
        return more_buckets(usage, pricing, reasoning)
    written = usage.tokens_cache_write + usage.tokens_cache_write_1h
    parts = [
        ("input", usage.tokens_in - usage.tokens_cached - written, pricing.input_usd_per_mtok),
        ("cached", usage.tokens_cached, pricing.cached_usd_per_mtok),
        ("cache_write", usage.tokens_cache_write, pricing.cache_write_usd_per_mtok),
        ("cache_write_1h", usage.tokens_cache_write_1h, pricing.cache_write_1h_usd_per_mtok),
        ("output", usage.tokens_out - reasoning, pricing.output_usd_per_mtok),
        ("reasoning", reasoning, pricing.reasoning_usd_per_mtok),
    ]
    return [part for part in parts if part[1]]


def fees(usage: Usage, pricing: ModelPricing) -> list[Part]:
    """List what is billed by the piece: fee, how many, USD each (None: no rate); zero counts are left out.

    A request whose search context has a size pays the fee of that size instead of the one of every request.
    """
    if not usage.more:
        request = _request_fee(pricing) if pricing.more or pricing.per_request_usd is not None else []
        searches: list[Part] = (
            [("web_search", usage.web_searches, pricing.web_search_usd)] if usage.web_searches else []
        )
        return [*request, *searches]
    named = pricing.named
    sized = next((name for name in _SIZES if usage.more.get(name)), None)
    parts: list[Part] = [] if sized is not None else _request_fee(pricing)
    if usage.web_searches:
        parts += _searches(usage, pricing)
    if sized is not None:
        any_size = None if any(f"{name}_usd" in named for name in _SIZES) else pricing.per_request_usd
        parts.append((sized, 1, named.get(f"{sized}_usd", any_size)))
    others = usage.more.items()
    units = [(name, count) for name, count in others if name not in (sized, PREVIEW) and not _is_of_tokens(name)]
    return [*parts, *((name, count, named.get(f"{name}_usd", _by_the_hour(name, named))) for name, count in units)]


def _searches(usage: Usage, pricing: ModelPricing) -> list[Part]:
    """Web searches; those by a preview are billed like the others where the price names no fee for them."""
    fee = pricing.more.get(f"{PREVIEW}_usd")
    preview = 0 if fee is None else min(usage.more.get(PREVIEW, 0), usage.web_searches)
    parts = (("web_search", usage.web_searches - preview, pricing.web_search_usd), (PREVIEW, preview, fee))
    return [part for part in parts if part[1]]


def _request_fee(pricing: ModelPricing) -> list[Part]:
    """The fee of a request whose size is not named; unknown where fees differ by size."""
    if pricing.per_request_usd is not None:
        return [("request", 1, pricing.per_request_usd)]
    return [("request", 1, None)] if pricing.more and any(f"{name}_usd" in pricing.more for name in _SIZES) else []


def _is_of_tokens(name: str) -> bool:
    return name in MORE_IN or name in MORE_OUT or name.startswith((CACHE_WRITE, UNSPLIT))


def _by_the_hour(unit: str, named: Mapping[str, Decimal]) -> Decimal | None:
    """The rate of a second of audio where only the hour has one, rounded half-even to 1e-18 USD."""
    hour = named.get("audio_hour_usd") if unit == "audio_second" else None
    return None if hour is None else Decimal(round(Fraction(hour) / _S_PER_HOUR * 10**18)).scaleb(-18, EXACT)


def beside_free(usage: Usage | None, pricing: ModelPricing, *, declared: bool) -> str | None:
    """Name the paid searches and tools that an answer of a free model used.

    Source: https://openrouter.ai/docs/features/web-search (read 2026-11-27).

    Args:
        usage: None if the provider gave no counts.
        pricing: its rates.
        declared: the user declared it free, with everything it uses.
    """
    if not pricing.free or declared or usage is None:
        return None
    pieces = [f"{name} x {count}" for name, count, _ in fees(usage, pricing)]
    return f"its tokens are free, not {', '.join(pieces)}" if pieces else None


def cost_of(usage: Usage | None, pricing: ModelPricing, others: Sequence[ModelPricing] = ()) -> Cost:
    """Bill one request.

    Args:
        usage: inclusive counts; None if the provider gave none, which only ``free`` can price.
        pricing: resolved rates of tokens: nothing is left to choose, see ``resolve.offer_of``.
        others: resolved rates of each of ``usage.calls``, then of each fee on top.

    Returns:
        ``free`` if declared so, ``partial`` without a total if something was used that has no rate or that nobody
        reads, ``unpriced`` if the counts are unknown or the sum is more than can be
        stored, else ``priced``.

    Raises:
        PricingError: the rates are not resolved.
    """
    if pricing.free:
        return Cost(pico_usd=0, status="free", price_id=pricing.price_id)
    if usage is None:
        return Cost(pico_usd=None, status="unpriced", reason=NO_USAGE)
    if not pricing.is_resolved:
        raise PricingError("these rates have tiers, windows or regions: choose among them with offer_of() first")
    return _summed(usage, pricing, others)


def _summed(usage: Usage, pricing: ModelPricing, others: Sequence[ModelPricing]) -> Cost:
    lines = partial(_lines, usage, pricing, others)
    if usage.calls or others:
        total = _total((), [(line.bucket, 1, line.usd) for line in lines()])
    else:
        total = _total(buckets(usage, pricing), fees(usage, pricing))
    pico: int | None = None
    status: CostStatus = "partial"
    reason = None
    if total is None or usage.unread:
        reason = _partly(lines(), usage.unread)
    elif total > _MOST_USD:
        status, reason = "unpriced", _too_much(total)
    else:
        status, pico = "priced", pico_of(total)
    named = tuple(price.price_id for price in others) if others else ()
    return Cost.billed(
        lines, pico_usd=pico, status=status, price_id=pricing.price_id, reason=reason, other_price_ids=named
    )


def _too_much(usd: Decimal) -> str:
    return f"${usd:,.2f} is more than one bill holds (${_MOST_USD:,.2f})"


def _total(tokens: Sequence[Part], fees: Sequence[Part]) -> Decimal | None:
    """Add up the parts of a bill, USD; None if one has no rate."""
    total = _ZERO
    for _, count, rate in tokens:
        if rate is None:
            return None
        total = EXACT.add(total, EXACT.multiply(count, rate))
    total = total.scaleb(-6, EXACT)
    for _, count, fee in fees:
        if fee is None:
            return None
        total = EXACT.add(total, EXACT.multiply(count, fee))
    return total


def _lines(usage: Usage, pricing: ModelPricing, others: Sequence[ModelPricing]) -> tuple[CostLine, ...]:
    if not usage.calls and not others:
        return tuple([_token_line(*part) for part in buckets(usage, pricing)] + _fee_lines(usage, pricing))
    parts: list[tuple[Usage, ModelPricing, str | None]] = [(usage, pricing, None)]
    if usage.calls:
        parts = [(call.usage, rates, call.model) for call, rates in zip(usage.calls, others, strict=False)]
    lines = [_token_line(*part, model) for counts, rates, model in parts for part in buckets(counts, rates)]
    lines += _fee_lines(usage, pricing)
    for on_top in others[len(usage.calls) :]:
        lines += [_token_line(*part, _ON_TOP) for part in buckets(_plain(usage), on_top) if part[2]]
    return tuple(lines)


def _fee_lines(usage: Usage, pricing: ModelPricing) -> list[CostLine]:
    named = fees(usage, pricing)
    return [_fee_line(*part) for part in named] if named else []


def _plain(usage: Usage) -> Usage:
    """All tokens as input and output: a fee on top knows no other kinds."""
    return Usage(tokens_in=usage.tokens_in, tokens_out=usage.tokens_out)


def worst_of(offer: Offer, tokens_in: int, tokens_out: int) -> int:
    """Bound the bill of a request of at most as many tokens by one offer, without web searches and tools.

    Returns:
        1e-12 USD: input at the dearest rate of input or of any cache, output at the dearer of output and reasoning,
        request fee.
    """
    worst = _ZERO
    for above, rates in offer.steps:
        if rates is not None and tokens_in > above:
            named = rates.named
            ins = max((rate for name, rate in named.items() if _may_be_in(name)), default=_ZERO)
            outs = max(named.get(name, _ZERO) for name in _TEXT_OUT)
            usd = EXACT.add(EXACT.multiply(tokens_in, ins), EXACT.multiply(tokens_out, outs)).scaleb(-6, EXACT)
            fee = max((rate for name, rate in named.items() if name.startswith("request_")), default=_ZERO)
            worst = max(worst, EXACT.add(usd, max(fee, rates.per_request_usd or _ZERO)))
    return pico_of(worst)


def _may_be_in(rate: str) -> bool:
    """Whether a rate may bill the input of a text."""
    kinds = any(kind in rate for kind in KINDS)
    return rate.startswith(("input", "cache")) and rate.endswith("_mtok") and not kinds


def pico_of(usd: Decimal) -> int:
    """Round USD half-even to whole pico-USD (1e-12 USD)."""
    return int(usd.scaleb(12, EXACT).to_integral_value(context=EXACT))


def _token_line(bucket: str, tokens: int, rate: Decimal | None, model: str | None = None) -> CostLine:
    usd = None if rate is None else EXACT.multiply(tokens, rate).scaleb(-6, EXACT)
    return CostLine(bucket=bucket, tokens=tokens, usd_per_mtok=rate, usd=usd, model=model)


def _fee_line(bucket: str, count: int, fee: Decimal | None) -> CostLine:
    usd = None if fee is None else EXACT.multiply(count, fee)
    return CostLine(bucket=bucket, tokens=count, usd_per_mtok=None, usd=usd, usd_each=fee)


def _partly(lines: tuple[CostLine, ...], unread: tuple[str, ...]) -> str:
    """Say what a bill lacks: rates, each with its key, and what nobody reads."""
    reasons = []
    missing = list(dict.fromkeys(line.bucket for line in lines if line.usd is None))
    if UNSPLIT in missing:
        missing.remove(UNSPLIT)
        reasons.append(
            "cached tokens are not split into text and others, and the price does not give them one rate "
            "(cached_image_usd_per_mtok and the like)"
        )
    if missing:
        keys = [_rate_of(name) for name in missing]
        named = [name if _is_fee(name) else f"{name} tokens" for name in missing]
        reasons.append(f"no rate for {', '.join(named)}: add {', '.join(keys)}")
    if unread:
        reasons.append(f"counted, but not known what for: {'; '.join(unread)}")
    return "; ".join(reasons)


def _rate_of(bucket: str) -> str:
    if bucket == "request":
        return "per_request_usd"
    return f"{bucket}_usd" if _is_fee(bucket) else f"{bucket}_usd_per_mtok"


def _is_fee(bucket: str) -> bool:
    return bucket in ("request", "web_search") or bucket in UNITS


def machine_cost(pricing: ModelPricing, machine_ms: float | None, latency_ms: float | None = None) -> Cost:
    """Bill one request by the time of the machine that answered it.

    USD/h x its share of the machine's time, as a fraction since 1/3600 has no end as a decimal; rounded once.

    Args:
        pricing: with ``gpu_hour``.
        machine_ms: its share, see ``Response.machine_ms``; None if unknown.
        latency_ms: of a call recorded before shares were measured: then it is divided by the block's ``concurrency``.
    """
    share = pricing.gpu_hour
    if share is None:
        raise PricingError("these rates are not a gpu_hour")
    ms, shared = machine_ms, Decimal(1)
    if ms is None and share.concurrency is not None:
        ms, shared = latency_ms, share.concurrency
    if ms is None:
        return Cost(pico_usd=None, status="unpriced", reason="no time on the machine to price by gpu_hour")
    hours = Fraction(Decimal(repr(ms))) / _MS_PER_HOUR
    pico = round(Fraction(share.usd_per_hour) * hours / Fraction(shared) * PICO_PER_USD)
    usd = Decimal(pico).scaleb(-12, EXACT)
    if usd > _MOST_USD:
        return Cost(pico_usd=None, status="unpriced", price_id=pricing.price_id, reason=_too_much(usd))
    line = CostLine(bucket=GPU_HOUR, tokens=1, usd_per_mtok=None, usd=usd, usd_each=usd)
    return Cost(pico_usd=pico, status="priced", price_id=pricing.price_id, lines=(line,))
