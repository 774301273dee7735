"""Compare the registry with genai-prices: where they disagree, what is missing, what nobody looked at for long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from gencost.pricing import genai
from gencost.pricing.lookup import NO_FALLBACK
from gencost.pricing.names import provider_of, spellings
from gencost.pricing.rates import ModelPricing, Rates, is_token_rate
from gencost.pricing.registry import Registry

STALE_DAYS = 90


@dataclass(frozen=True, kw_only=True)
class Remark:
    """One thing about the price of one model.

    Attributes:
        key: ``provider:model``.
        kind: ``differs``, ``missing`` (in genai-prices) or ``stale``.
        what: for people.
    """

    key: str
    kind: str
    what: str


def compare(registry: Registry, now: datetime | None = None) -> list[Remark]:
    """Compare today's rates.

    Args:
        registry: from ``load_pricing``.
        now: aware; None is now.
    """
    at = now or datetime.now(UTC)
    return [remark for key, latest in registry.items() for remark in _remarks(key, latest, at)]


def _remarks(key: str, latest: ModelPricing, at: datetime) -> Iterator[Remark]:
    pricing = latest.at(at)
    if pricing is None:
        return
    if pricing.checked is None or (at.date() - pricing.checked).days > STALE_DAYS:
        when = "never" if pricing.checked is None else f"on {pricing.checked}"
        yield Remark(key=key, kind="stale", what=f"checked {when}: read its source again and set checked")
    provider, _, model = key.partition(":")
    if provider in NO_FALLBACK or pricing.free or pricing.gpu_hour is not None:
        return
    seller, name = provider_of(provider, model)
    listed = genai.find(seller, spellings(seller, name), at, allow_guess=False)
    if listed.pricing is None:
        yield Remark(key=key, kind="missing", what=str(listed.reason))
        return
    tiers = set(pricing.service_tiers)
    ours, theirs = _flat(pricing, tiers), _flat(listed.pricing, tiers)
    for name in sorted({*ours, *theirs}):
        if ours.get(name) != theirs.get(name) and (name in theirs or _rate_of(name) in genai.SAYABLE):
            shown = (f"{rates[name].normalize():f}" if name in rates else "none" for rates in (ours, theirs))
            yield Remark(key=key, kind="differs", what=f"{name}: registry {next(shown)}, {listed.source} {next(shown)}")


def _flat(pricing: ModelPricing, service_tiers: set[str]) -> dict[str, Decimal]:
    """Every rate by its place: those of long requests, too, and token rates of the service tiers the registry names."""
    flat = _long(pricing, "")
    for tier, rates in pricing.service_tiers.items():
        if tier in service_tiers:
            tier_rates = _long(rates, f"service_tiers.{tier}.")
            flat |= {name: rate for name, rate in tier_rates.items() if is_token_rate(_rate_of(name))}
    return flat


def _rate_of(place: str) -> str:
    return place.rpartition(".")[2].partition(" ")[0]


def _long(rates: Rates, place: str) -> dict[str, Decimal]:
    flat = {f"{place}{name}": rate for name, rate in rates.named.items()}
    for tier in rates.tiers or ():
        flat |= {f"{place}{name} above {tier.above} tokens": rate for name, rate in tier.rates.named.items()}
    return flat
