"""The list prices of the package genai-prices as our own rates: offline, and only for the very model asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from gencost.pricing.rates import EXACT, Found, ModelPricing, Rates, Tier, Window
from gencost.pricing.resolve import served_tier

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider, TieredPrices

    Price = Decimal | TieredPrices

PACKAGE = "genai-prices"

_PROVIDERS = {"xai": "x-ai", "gemini": "google", "bedrock": "aws"}

# name there -> name here, power of ten from its unit to ours (a fee per thousand -> a fee each)
_RATES = {
    "input_mtok": ("input_usd_per_mtok", 0),
    "output_mtok": ("output_usd_per_mtok", 0),
    "cache_read_mtok": ("cached_usd_per_mtok", 0),
    "cache_write_mtok": ("cache_write_usd_per_mtok", 0),
    "cache_write_1h_mtok": ("cache_write_1h_usd_per_mtok", 0),
    "output_reasoning_mtok": ("reasoning_usd_per_mtok", 0),
    "requests_kcount": ("per_request_usd", -3),
    "web_searches_kcount": ("web_search_usd", -3),
}


def find(provider: str, names: Sequence[str], at: datetime, *, allow_guess: bool) -> Found:
    """Find the list price of a model.

    Args:
        provider: its id in genai-prices, or one of a few other names for it; no other match is tried.
        names: the model's name, and the same without a date where it ends in one.
        at: aware; the price of that day is taken.
        allow_guess: also take a price that genai-prices matched by a part of the name or from another provider; a
            name that it lists as a whole is none.

    Returns:
        The rates of that day, with windows, service tiers and long-context tiers; or why there are none.
    """
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - 0.3 s, only where the registry misses

    source = source_name()
    known = {it.id: it for it in get_snapshot().providers}
    seller = known.get(_PROVIDERS.get(provider.lower(), provider.lower()))
    if seller is None:
        return Found(reason=f"{source} has no provider {provider!r}")
    wanted = [name.lower() for name in names]
    model = _named(seller, wanted[0]) or seller.find_model(wanted[0]) or _named(seller, wanted[-1])
    if model is None and allow_guess:
        model = seller.find_model(wanted[0], all_providers=list(known.values()))
    if model is not None and not (allow_guess or model.id.lower() in wanted or _listed(model.match, wanted[0])):
        return Found(
            reason=f"{source} matched {model.id!r}, which is a guess: add an alias, or set pricing.allow_guess=true"
        )
    pricing = None if model is None else converted(model, at)
    if pricing is None:
        return Found(reason=f"{source} has no price by the token for {names[0]!r}")
    return Found(pricing=pricing, source=source)


def source_name() -> str:
    """How bills name the installed package: ``genai-prices==x.y.z``."""
    return f"{PACKAGE}=={version(PACKAGE)}"


def _listed(clause: object, asked: str) -> bool:
    """Whether a model's entry lists this very name as one of its own, not just a part of it."""
    if (name := getattr(clause, "equals", None)) is not None:
        return str(name).lower() == asked
    return any(_listed(part, asked) for part in getattr(clause, "or_", None) or ())


def _named(seller: Provider, asked: str) -> ModelInfo | None:
    return next((model for model in seller.models if model.id.lower() == asked), None)


def converted(model: ModelInfo, at: datetime) -> ModelPricing | None:
    """Write a model's prices of one day as our own rates.

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
    flat: dict[str, Any] = {**rates.named, "tiers": rates.tiers}
    tiers = {name: _rates(prices) for name, prices in _variants(model, standard, at).items()}
    return ModelPricing(**flat, service_tiers=tiers, windows=windows, from_date=start, source=PACKAGE)


def _in_force(model: ModelInfo, at: datetime) -> tuple[ModelPrice, date | None, tuple[Window, ...]] | None:
    """Find the prices of a day, its first day, and the windows that override them: there, later entries win."""
    if not isinstance(model.prices, list):
        return model.prices, None, ()
    found: tuple[ModelPrice, date | None] | None = None
    windows: list[Window] = []
    for entry in model.prices:
        constraint = entry.constraint
        if constraint is None or not hasattr(constraint, "start_date"):
            begin, end = getattr(constraint, "start_time", None), getattr(constraint, "end_time", None)
            if begin is None or end is None:
                found, windows = (entry.prices, None), []
            else:
                rates = _rates(_plain(entry.prices))
                windows.insert(0, Window(from_minute=_minute(begin), to_minute=_minute(end), rates=rates))
        elif constraint.active(at):
            found, windows = (entry.prices, constraint.start_date), []
    return None if found is None else (*found, tuple(windows))


def _minute(clock: time) -> int:
    """The minute of the UTC day; a time without a zone is UTC there."""
    offset = clock.utcoffset()
    shift = 0 if offset is None else offset.seconds // 60
    return (clock.hour * 60 + clock.minute - shift) % 1440


def _variants(model: ModelInfo, standard: ModelPrice, at: datetime) -> dict[str, dict[str, Price]]:
    """The prices of each service tier on a day: its own over the standard ones; there, the first entry wins."""
    tiers: dict[str, dict[str, Price]] = {}
    for variant in reversed(model.price_variants or ()):
        name = _tier_of(variant.when)
        if name is not None and (variant.constraint is None or variant.constraint.active(at)):
            tiers[name] = {**tiers.get(name, _plain(standard)), **_plain(variant.prices)}
    return tiers


def _tier_of(when: Mapping[str, str]) -> str | None:
    """The tier that a request context means; None for the plain rates, and for what no response says."""
    for key, value in when.items():
        if len(when) == 1 and (key == "service_tier" or (key, value) == ("processing", "batch")):
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
        long[above] = {name: prices[-1] for name, prices in reached.items() if prices}
    return Rates(**base, tiers=tuple(Tier(above=above, rates=Rates(**it)) for above, it in long.items()))
