"""From everything a price says to the one flat block that a call is billed by: window, tier, long context, region."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gencost.pricing.rates import EXACT, ModelPricing, Window, clock, is_token_rate, rate_fields
from gencost.usage import SAME_TIER, is_plain


@dataclass(frozen=True, kw_only=True)
class Offer:
    """The resolved rates of one price for one served tier, window and region; only the request's length is open.

    Attributes:
        steps: highest first, the last above -1: more input tokens than this -> the rates of the whole request; None
            where the price names none.
        service_tier: as the provider named it; None for the price's own rates.
        lacks: what the price does not name at all for such a call; None if it names it.
    """

    steps: tuple[tuple[int, ModelPricing | None], ...]
    service_tier: str | None = None
    lacks: str | None = None

    def rates(self, tokens_in: int) -> ModelPricing | None:
        """Choose the rates of a request by all its input tokens; None if the price names none."""
        for above, rates in self.steps:
            if tokens_in > above:
                return rates
        return None

    def gap(self, tokens_in: int) -> str:
        """Say why there are no rates for a request of that many input tokens."""
        if self.lacks is not None:
            return self.lacks
        above = next(above for above, _ in self.steps if tokens_in > above)
        tier = f"the served tier {self.service_tier!r}" if self.service_tier else "this time of day"
        if above < 0:
            return f"the price names no rates for {tier}: add it under service_tiers"
        return f"the price names no long-context rates for {tier}, above {above} input tokens: give it tiers"


def offer_of(pricing: ModelPricing, *, service_tier: str | None, window: Window | None, region: str | None) -> Offer:
    """Resolve all of a price but the length of the request.

    A served tier or a window names its own token rates and its own long-context tiers: none of them is inherited, since
    a discount seldom holds for all. Fees that it does not name are inherited.

    Args:
        pricing: the rates of the day.
        service_tier: as the provider named it; None and the plain ones (``PLAIN_TIERS``) are the price's own rates, as
            is one that was only asked for (``ASKED``) and that the price does not name.
        window: the one that holds; None outside all of them.
        region: where the call is served; a region that the price does not name pays its plain rates.
    """
    tier = _tier_of(pricing, service_tier)
    if pricing.free or pricing.gpu_hour is not None:
        return Offer(steps=((-1, pricing),))
    rates = pricing.service_tiers.get(tier) if tier else window.rates if window else pricing
    if rates is None:
        return Offer(steps=((-1, None),), service_tier=tier)
    labels = [f"service_tier={tier}"] if tier else []
    if window is not None and not tier:
        labels.append(f"window={clock(window.from_minute)}-{clock(window.to_minute)}")
    fees = {name: rate for name, rate in pricing.named.items() if not is_token_rate(name)}
    base = {**fees, **rates.named}
    steps: list[tuple[int, ModelPricing | None]] = [(-1, _flat(pricing, base, labels, region))]
    if rates.tiers is None:
        steps += [(it.above, None) for it in pricing.tiers or ()]
    for it in rates.tiers or ():
        long = {**base, **it.rates.named}
        steps.append((it.above, _flat(pricing, long, [*labels, f"tokens_in>{it.above}"], region)))
    return Offer(steps=tuple(reversed(steps)), service_tier=tier)


def lacking(what: str) -> Offer:
    """An offer without rates, for what a price does not name at all.

    Args:
        what: for people.
    """
    return Offer(steps=((-1, None),), lacks=what)


ASKED = "asked: "
"""Begins the name of a tier that was asked for where the provider does not say which it served."""


def asked_tier(name: Any) -> str | None:
    """Name a tier that was asked for and that nobody says was served; None for the ordinary rates.

    Args:
        name: as it stands among the parameters of a call; None where it asks for none.
    """
    return None if not isinstance(name, str) or is_plain(name) else f"{ASKED}{name}"


def _tier_of(pricing: ModelPricing, name: str | None) -> str | None:
    if name is None or not name.startswith(ASKED):
        return served_tier(name)
    asked = served_tier(name.removeprefix(ASKED))
    return asked if asked in pricing.service_tiers else None


def served_tier(name: str | None) -> str | None:
    """Read the tier that a provider says it served; None is the price's own rates."""
    tier = None if is_plain(name) else str(name).strip().lower()
    return tier if tier is None else SAME_TIER.get(tier, tier)


def every_offer(pricing: ModelPricing, region: str | None) -> Iterator[Offer]:
    """Every way in which a call could be billed: each service tier, each window, the plain rates."""
    yield offer_of(pricing, service_tier=None, window=None, region=region)
    for window in pricing.windows:
        yield offer_of(pricing, service_tier=None, window=window, region=region)
    for tier in pricing.service_tiers:
        yield offer_of(pricing, service_tier=tier, window=None, region=region)


def _flat(pricing: ModelPricing, rates: dict[str, Any], labels: list[str], region: str | None) -> ModelPricing:
    factor = pricing.region_multiplier.get(region) if region is not None else None
    if factor is not None:
        labels = [*labels, f"region={region}"]
        rates = {name: EXACT.multiply(rate, factor) if is_token_rate(name) else rate for name, rate in rates.items()}
    if not labels and pricing.is_resolved:
        return pricing
    return ModelPricing(
        **rate_fields(rates),
        on_top=pricing.on_top,
        from_date=pricing.from_date,
        applies=", ".join(labels) or None,
        source=pricing.source,
        checked=pricing.checked,
    )
