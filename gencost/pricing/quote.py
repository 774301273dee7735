"""The price of a model on a day as it was served: found and resolved once, for every call served like this."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from gencost.pricing.lookup import COMMAND_LINE, REGISTRY, find_price
from gencost.pricing.names import LITELLM, may_stand_for, with_place
from gencost.pricing.rates import Found, ModelPricing, Window
from gencost.pricing.registry import Registry
from gencost.pricing.resolve import ASKED, Offer, lacking, offer_of
from gencost.types import CostBasis

_NO_OFFER = Offer(steps=())


class Asked(NamedTuple):
    """The key that a price is looked up by.

    Attributes:
        provider: the part of a price key before the colon.
        model: that was asked.
        served: that the provider says it served; None or empty if it did not say.
        tier: that was served; None if unknown.
        region: where it was served, if that may have rates of its own.
        day: of the call, UTC.
    """

    provider: str
    model: str
    served: str | None
    tier: str | None
    region: str | None
    day: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Quote:
    """The price of a model: how calls are billed, inside each window of the day, and what comes on top.

    Attributes:
        found: the price and its source, or the reason why there is no price.
        basis: whose rates they are.
        plain: outside all windows.
        windowed: by time of day.
        on_top: a fee of the router that was asked; None without one.
    """

    found: Found
    basis: CostBasis
    plain: Offer = _NO_OFFER
    windowed: tuple[tuple[Window, Offer], ...] = ()
    on_top: ModelPricing | None = None

    @property
    def is_declared(self) -> bool:
        """Whether its price is the user's own."""
        return self.found.source in (REGISTRY, COMMAND_LINE)

    def offer(self, at: datetime) -> Offer:
        """Choose by time of day, UTC."""
        if self.windowed:
            minute = at.hour * 60 + at.minute
            for window, offer in self.windowed:
                if window.holds(minute):
                    return offer
        return self.plain


class Quotes:
    """Quotes of one registry, each made once.

    Args:
        registry: with its settings.
    """

    def __init__(self, registry: Registry) -> None:
        """Start with none."""
        self._registry = registry
        self._made: dict[Asked, Quote] = {}
        self._offers: dict[tuple[int, str | None, str | None], tuple[ModelPricing, list[Offer]]] = {}

    def of(self, asked: Asked, moment: datetime) -> Quote:
        """Find and resolve a price.

        Args:
            asked: what was asked and served.
            moment: of the call, UTC.
        """
        quote = self._made.get(asked)
        if quote is None:
            quote = self._made[asked] = self._quote(asked, moment)
        return quote

    def of_inside(self, asked: Asked, model: str | None, moment: datetime) -> Quote:
        """Find the price of a call inside the answer: another model has its own price or none.

        Args:
            asked: the call that it is inside of.
            model: that answered it; None is the model of the answer.
            moment: of the call, UTC.
        """
        if model is None or model in (asked.served, asked.model):
            return self.of(asked, moment)
        inside = asked._replace(served=model)
        return self.of(inside._replace(model=_with_prefix(inside)), moment)

    def _quote(self, asked: Asked, moment: datetime) -> Quote:
        first = find_price(self._registry, asked.provider, asked.model, moment)
        on_top = first.pricing if first.pricing is not None and first.pricing.on_top else None
        if on_top is not None and asked.served in (None, "", asked.model):
            return Quote(found=Found(reason=_ROUTED.format(f"{asked.provider}:{asked.model}")), basis="requested")
        price, basis = self._served(asked, first, moment)
        if price.pricing is None:
            return Quote(found=price, basis=basis)
        pricing, offers = self._resolved(price.pricing, asked.tier, asked.region)
        if offers[0].service_tier is not None and str(asked.tier).startswith(ASKED):
            basis = "requested"
        windowed = tuple(zip(pricing.windows, offers[1:], strict=True))
        return Quote(found=price, basis=basis, plain=offers[0], windowed=windowed, on_top=on_top)

    def _served(self, asked: Asked, first: Found, moment: datetime) -> tuple[Found, CostBasis]:
        if not asked.served:
            return first, "requested"
        if asked.served == asked.model:
            return first, "served"
        if first.source == COMMAND_LINE:  # whatever name the server has for it
            return first, "requested"
        served = find_price(self._registry, asked.provider, _with_prefix(asked), moment)
        if served.pricing is not None or first.pricing is None or first.pricing.on_top:
            return served, "served"
        if may_stand_for(asked.model, asked.served, declared=first.source == REGISTRY):
            return first, "requested"
        return served, "served"

    def _resolved(
        self, pricing: ModelPricing, tier: str | None, region: str | None
    ) -> tuple[ModelPricing, list[Offer]]:
        """Resolve each price once, so that days that share rates share their blocks."""
        key = (id(pricing), tier, region)
        if key not in self._offers:
            windows = (None, *pricing.windows)
            served = None if region is None else _same_word(region, pricing.region_multiplier)
            if region is not None and not pricing.needs_no_counts and served is None:
                offers = [lacking(_NO_REGION.format(region))] * len(windows)
            else:
                where = served or self._registry.settings.region
                offers = [offer_of(pricing, service_tier=tier, window=it, region=where) for it in windows]
            self._offers[key] = (pricing, offers)
        return self._offers[key]


_NO_REGION = "the price names no rates for the served region {!r}: add it under region_multiplier"
_ROUTED = "{} is a fee on top of the model that its router chooses, and the provider did not name that"


def _same_word(name: str, names: Iterable[str]) -> str | None:
    """Find a name as it is written among others, in small or capital letters."""
    return next((it for it in names if it.lower() == name.strip().lower()), None)


def _with_prefix(asked: Asked) -> str:
    """The served model; litellm's answers leave out the true provider before it, others more."""
    served = with_place(asked.provider, asked.model, str(asked.served))
    prefix, slash, _ = asked.model.partition("/")
    if asked.provider.lower() in LITELLM and slash and not served.startswith(f"{prefix}/"):
        return f"{prefix}/{served}"
    return served
