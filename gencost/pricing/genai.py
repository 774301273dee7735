"""The list prices of the package genai-prices as our own rates: offline, and only for the very model asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from gencost.pricing.names import listed, resold_by
from gencost.pricing.rates import EXACT, Found, ModelPricing, Rates, Tier, Window, is_token_rate, rate_fields
from gencost.pricing.resolve import served_tier
from gencost.values.token_counts import KINDS

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

    Price = Decimal | TieredPrices

PACKAGE = "genai-prices"

# name there -> name here, power of ten from its unit to ours (a fee per thousand -> a fee each)
_RATES = {
    "input_mtok": ("input_usd_per_mtok", 0),
    "output_mtok": ("output_usd_per_mtok", 0),
    "cache_read_mtok": ("cached_usd_per_mtok", 0),
    "cache_write_mtok": ("cache_write_usd_per_mtok", 0),
    "cache_write_1h_mtok": ("cache_write_1h_usd_per_mtok", 0),
    "output_reasoning_mtok": ("reasoning_usd_per_mtok", 0),
    "output_citation_mtok": ("citation_usd_per_mtok", 0),
    **{f"input_{kind}_mtok": (f"{kind}_in_usd_per_mtok", 0) for kind in KINDS},
    **{f"output_{kind}_mtok": (f"{kind}_out_usd_per_mtok", 0) for kind in KINDS},
    **{f"cache_{kind}_read_mtok": (f"cached_{kind}_usd_per_mtok", 0) for kind in KINDS},
    "requests_kcount": ("per_request_usd", -3),
    "web_searches_kcount": ("web_search_usd", -3),
    "social_searches_kcount": ("x_search_usd", -3),
    "storage_searches_kcount": ("file_search_usd", -3),
    "code_executions_kcount": ("code_execution_usd", -3),
    "audio_hours": ("audio_hour_usd", 0),
    "input_audio_hours": ("audio_hour_usd", 0),
    "input_mchars": ("character_usd", -6),
    "input_text_messages_kcount": ("text_message_usd", -3),
    "input_document_kpages": ("document_page_usd", -3),
    "input_annotated_document_kpages": ("annotated_page_usd", -3),
}

SAYABLE = frozenset(name for name, _ in _RATES.values())
"""The rates for which genai-prices has a name: of others it says nothing."""

# Google's one input price is of text, images and video, and of audio where it names no other
# (https://ai.google.dev/gemini-api/docs/pricing, read 2026-11-26); OpenRouter has its prices, and one of audio that is
# not in the list (openrouter.ai/google/gemini-2.5-flash, read 2026-11-27). xAI's is of text, audio and images
# (https://docs.x.ai/developers/rate-limits, read 2026-11-27).
_ONE_INPUT_PRICE: Mapping[str, tuple[str, ...]] = {
    "google": KINDS,
    "openrouter": ("image", "video"),
    "x-ai": ("audio", "image"),
}
_ITS_MODELS = {"openrouter": "google/"}
# Inference kept in the US costs 1.1 times as much (https://platform.claude.com/docs/en/manage-claude/data-residency,
# read 2026-11-26); only models of this rule can be served so.
_REGIONS = {"anthropic": {"us": Decimal("1.1")}}
# Batches cost half of these makers' prices for tokens, whatever day and model the list names them for; what a cache
# holds does so at Anthropic alone (https://platform.openai.com/docs/guides/batch and
# https://platform.claude.com/docs/en/build-with-claude/batch-processing, as quoted in leanlm.ai/blog/llm-batch-api;
# read 2026-11-27).
_HALF_IN_BATCHES = {"openai": False, "anthropic": True}
_BATCH, _HALF = "batch", Decimal("0.5")
# At the ordinary rates (https://console.groq.com/docs/flex-processing, read 2026-11-27).
_SAME_RATES = {"groq": "flex"}
# What genai-prices names for each request of these is the fee of the greatest search context (its own comment); the
# fees of the others by that one (https://docs.perplexity.ai/getting-started/pricing, read 2026-11-27).
_FEE_OF_GREATEST = ("perplexity",)
_FEES_OF_OTHERS = {Decimal("0.012"): ("0.005", "0.008"), Decimal("0.014"): ("0.006", "0.010")}
# Fees of tools that genai-prices does not name, USD each, from a day on which they were seen to hold
# (https://docs.x.ai/developers/pricing, read 2026-11-27; a page of May 2026 names the same).
_TOOL_FEES = {
    "x-ai": (
        date(2026, 5, 1),
        {"web_search": "0.005", "x_search": "0.005", "code_execution": "0.005", "file_search": "0.0025"},
    )
}


def find(provider: str, names: Sequence[str], at: datetime, *, allow_guess: bool) -> Found:
    """Find the list price of a model.

    Args:
        provider: its id in genai-prices; no other match is tried.
        names: the model's name, then other spellings of it that a stated rule allows.
        at: aware; the price of that day is taken.
        allow_guess: also take a price that genai-prices matched by a part of the name or from another provider; a
            name that it lists as a whole is none.

    Returns:
        The rates of that day, with windows, service tiers and long-context tiers; or why it has none.
    """
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - 0.3 s, only where the registry misses

    source = source_name()
    known = {it.id: it for it in get_snapshot().providers}
    seller = known.get(provider)
    if seller is None:
        return Found(reason=f"{source} has no provider {provider!r}")
    model = listed(seller, names)
    for other in resold_by(provider) if model is None else ():
        model = listed(known[other], names)
        if model is not None:
            seller = known[other]
            break
    guess = seller.find_model(names[0].lower(), all_providers=list(known.values())) if model is None else None
    if guess is not None and not allow_guess:
        return Found(
            reason=f"{source} matched {guess.id!r}, which is a guess: add an alias, or set pricing.allow_guess=true"
        )
    chosen = model or guess
    pricing = None if chosen is None else converted(chosen, at, seller.id)
    if pricing is None:
        return Found(reason=f"{source} has no price by the token for {names[0]!r} of {provider!r}")
    return Found(pricing=pricing, source=source)


@cache
def source_name() -> str:
    """Return the name of the installed package on bills: ``genai-prices==x.y.z``."""
    return f"{PACKAGE}=={version(PACKAGE)}"


def converted(model: ModelInfo, at: datetime, seller: str = "") -> ModelPricing | None:
    """Convert a model's prices of one day to GenCost's rates.

    Args:
        model: of genai-prices.
        at: the day, aware.
        seller: the provider, for what its own pages say about all its prices.

    Returns:
        None if it has none by the token on that day.
    """
    in_force = _in_force(model, at)
    if in_force is None:
        return None
    standard, start, windows = in_force
    rates = _rates(_plain(standard))
    if not rates.named:
        return None
    seller = seller if model.id.startswith(_ITS_MODELS.get(seller, "")) else ""
    tiers = {name: _of(seller, _rates(prices)) for name, prices in _variants(model, standard, at).items()}
    rates = _of(seller, rates)
    if seller in _HALF_IN_BATCHES and any(map(is_token_rate, rates.named)):
        tiers.setdefault(_BATCH, _halved(rates, cached=_HALF_IN_BATCHES[seller]))
    if seller in _SAME_RATES:
        tiers.setdefault(_SAME_RATES[seller], rates)
    return ModelPricing(
        **rate_fields({**_tool_fees(seller, at), **rates.named}),
        tiers=rates.tiers,
        service_tiers=tiers,
        windows=tuple(replace(window, rates=_of(seller, window.rates)) for window in windows),
        region_multiplier=_REGIONS.get(seller, {}),
        from_date=start,
        source=PACKAGE,
    )


def _of(seller: str, rates: Rates) -> Rates:
    """Add what the seller's pages say about all its prices."""
    named = dict(rates.named)
    for kind in _ONE_INPUT_PRICE.get(seller, ()):
        for name, same_as in ((f"{kind}_in", "input"), (f"cached_{kind}", "cached")):
            rate = named.get(f"{same_as}_usd_per_mtok")
            if rate is not None:
                named.setdefault(f"{name}_usd_per_mtok", rate)
    if seller in _FEE_OF_GREATEST and "per_request_usd" in named:
        named |= _fees_by_size(named.pop("per_request_usd"))
    if named == rates.named:
        return rates
    tiers = rates.tiers and tuple(replace(tier, rates=_of(seller, tier.rates)) for tier in rates.tiers)
    return Rates(**rate_fields(named), tiers=tiers)


def _halved(rates: Rates, *, cached: bool) -> Rates:
    """Half of the rates of tokens, in long requests, too; those of caches only if they are halved."""
    named = {
        name: rate for name, rate in rates.named.items() if is_token_rate(name) and (cached or "cache" not in name)
    }
    half = {name: EXACT.multiply(rate, _HALF) for name, rate in named.items()}
    tiers = tuple(replace(tier, rates=_halved(tier.rates, cached=cached)) for tier in rates.tiers or ())
    return Rates(**rate_fields(half), tiers=tiers)


def _tool_fees(seller: str, at: datetime) -> dict[str, Decimal]:
    since, fees = _TOOL_FEES.get(seller, (None, {}))
    return {f"{tool}_usd": Decimal(fee) for tool, fee in fees.items()} if since and since <= at.date() else {}


def _fees_by_size(greatest: Decimal) -> dict[str, Decimal]:
    low_and_medium = _FEES_OF_OTHERS.get(greatest, ())
    fees = zip(("request_low_usd", "request_medium_usd"), map(Decimal, low_and_medium), strict=False)
    return {"request_high_usd": greatest, **dict(fees)}


def _in_force(model: ModelInfo, at: datetime) -> tuple[ModelPrice, date | None, tuple[Window, ...]] | None:
    """Find the prices of a day, its first day, and the windows that override them: there, later entries win."""
    if not isinstance(model.prices, list):
        return model.prices, None, ()
    prices: tuple[ModelPrice, date | None] | None = None
    windows: list[Window] = []
    for entry in model.prices:
        constraint = entry.constraint
        if constraint is None or not hasattr(constraint, "start_date"):
            begin, end = getattr(constraint, "start_time", None), getattr(constraint, "end_time", None)
            if begin is None or end is None:
                prices, windows = (entry.prices, None), []
            else:
                rates = _rates(_plain(entry.prices))
                windows.insert(0, Window(from_minute=_minute(begin), to_minute=_minute(end), rates=rates))
        elif constraint.active(at):
            prices, windows = (entry.prices, constraint.start_date), []
    return None if prices is None else (*prices, tuple(windows))


def _minute(clock: time) -> int:
    """The minute of the UTC day; a time without a zone is UTC there."""
    offset = clock.utcoffset()
    shift = 0 if offset is None else offset.seconds // 60
    return (clock.hour * 60 + clock.minute - shift) % 1440


def _variants(model: ModelInfo, standard: ModelPrice, at: datetime) -> dict[str, dict[str, Price]]:
    """The prices of each service tier on a day, over the standard ones; of several entries the first wins."""
    tiers: dict[str, dict[str, Price]] = {}
    for variant in reversed(model.price_variants or ()):
        name = _tier_of(variant.when)
        if name is not None and (variant.constraint is None or variant.constraint.active(at)):
            tiers[name] = {**tiers.get(name, _plain(standard)), **_plain(variant.prices)}
    return tiers


def _tier_of(when: Mapping[str, str]) -> str | None:
    """The tier that a request context means; None for the plain rates, and for what no response says."""
    for key, value in when.items():
        if len(when) == 1 and (key in ("service_tier", "speed") or (key, value) == ("processing", "batch")):
            return served_tier(value)
    return None


def _plain(prices: ModelPrice) -> dict[str, Price]:
    return {name: price for name in _RATES if (price := prices.__dict__.get(name)) is not None}


def _rates(prices: Mapping[str, Price]) -> Rates:
    """Gather tiers that are written there for each rate by their thresholds; which one holds is the same: above it."""
    base: dict[str, Any] = {}
    long: dict[int, dict[str, Any]] = {}
    for there, price in prices.items():
        name, power = _RATES[there]
        base[name] = (price if isinstance(price, Decimal) else price.base).scaleb(power, EXACT)
    tiered = {_RATES[there][0]: price.tiers for there, price in prices.items() if not isinstance(price, Decimal)}
    for above in sorted({tier.start for tiers in tiered.values() for tier in tiers}):
        reached = {name: [tier.price for tier in tiers if tier.start <= above] for name, tiers in tiered.items()}
        flat = {name: rate for name, rate in base.items() if is_token_rate(name)}  # a rate without tiers holds for all
        long[above] = flat | {name: prices[-1] for name, prices in reached.items() if prices}
    tiers = tuple(Tier(above=above, rates=Rates(**rate_fields(it))) for above, it in long.items())
    return Rates(**rate_fields(base), tiers=tiers)
