"""CostTracker: what one call cost, and what all of them cost so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from gencost.errors import PricingError
from gencost.pricing import (
    Found,
    ModelPricing,
    Offer,
    Registry,
    Window,
    cost_of,
    every_offer,
    find_price,
    load_pricing,
    offer_of,
    worst_of,
)
from gencost.types import PICO_PER_USD, Cost, CostBasis, Response, Usage

_Asked = tuple[str, str, str | None, str | None, date]
"""Provider, model asked for, model served, tier served, day (UTC)."""

_SHOWN = Decimal("0.000001")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Quote:
    """What was found for one model and served tier on one day: how it is billed, and inside each window."""

    found: Found
    basis: CostBasis
    plain: Offer
    windowed: tuple[tuple[Window, Offer], ...]

    def offer(self, at: datetime) -> Offer:
        if self.windowed:
            minute = at.hour * 60 + at.minute
            for window, offer in self.windowed:
                if window.holds(minute):
                    return offer
        return self.plain


_NO_OFFER = Offer(steps=())


class CostTracker:
    """Prices calls from a registry and keeps running totals.

    Args:
        pricing: from ``load_pricing``; a plain mapping has default settings; None loads the shipped registry.

    Attributes:
        pico_usd: exact total of what was added, 1e-12 USD; unpriced calls are not in it.
        statuses: how many added calls were ``priced``, ``free``, ``unpriced``, ``partial``.
    """

    def __init__(self, pricing: Mapping[str, ModelPricing] | None = None) -> None:
        registry = load_pricing() if pricing is None else pricing
        self._registry = registry if isinstance(registry, Registry) else Registry(registry)
        self._used: dict[str, tuple[ModelPricing, str]] = {}
        self._quotes: dict[_Asked, _Quote] = {}
        self._offers: dict[tuple[int, str | None], tuple[ModelPricing, list[Offer]]] = {}
        self.pico_usd = 0
        self.statuses: Counter[str] = Counter()

    def compute_cost_usd(self, key: str, *, tokens_in: int, tokens_out: int, **parts: Any) -> float | None:
        """Price token counts at today's rates.

        Args:
            key: ``"provider:model"``.
            tokens_in: all input tokens.
            tokens_out: all output tokens.
            **parts: other counts of ``Usage``, e.g. ``tokens_cached``.

        Returns:
            USD, rounded half-even to 6 decimals from the exact amount; None if there is no price.

        Raises:
            PricingError: the key is not of the form ``provider:model``.
            UsageError: the counts cannot be true.
        """
        provider, colon, model = key.partition(":")
        if not colon:
            raise PricingError(f'{key!r}: write "provider:model"')
        usage = Usage(tokens_in=tokens_in, tokens_out=tokens_out, **parts)
        now = datetime.now(UTC)
        usd = self._cost((provider, model, None, None, now.date()), usage, None, now).usd
        return None if usd is None else float(usd.quantize(_SHOWN, ROUND_HALF_EVEN))

    def price(self, *, provider: str, model: str, response: Response, at: datetime) -> Cost:
        """Price one answer: by the model and tier that were served, else by the model that was asked.

        Args:
            provider: the part of the key before the colon.
            model: asked for.
            response: names the served model and tier, the tokens and, for ``gpu_hour``, the latency.
            at: when it was asked, aware.

        Returns:
            ``unpriced`` with a reason where there are no rates or no tokens; ``partial`` with a reason where there are
            rates, but not for all of it or not for the served tier.
        """
        moment = at.astimezone(UTC)
        asked = (provider, model, response.response_model, response.service_tier, moment.date())
        return self._cost(asked, response.usage, response.latency_ms, moment)

    def worst_pico_usd(self, provider: str, model: str, tokens_in: int, max_tokens_out: int) -> int | None:
        """Bound what a call made now could cost: its dearest service tier and window, nothing read from a cache.

        Args:
            provider: the part of the key before the colon.
            model: the part after it.
            tokens_in: the most input tokens; they choose among the long-context tiers.
            max_tokens_out: the most output tokens, reasoning included.

        Returns:
            1e-12 USD, request fees included, web searches not, as nobody knows how many; None without a price, and for
            ``gpu_hour``, as nobody knows how long.
        """
        pricing = find_price(self._registry, provider, model, datetime.now(UTC)).pricing
        if pricing is None or pricing.gpu_hour is not None:
            return None
        offers = every_offer(pricing, self._registry.settings.region)
        return max((worst_of(offer, tokens_in, max_tokens_out) for offer in offers), default=None)

    def known(self, provider: str, model: str) -> bool:
        """Whether a call made now would have a price."""
        return find_price(self._registry, provider, model, datetime.now(UTC)).pricing is not None

    def add(self, cost: Cost) -> None:
        """Add one call to the totals."""
        self.statuses[cost.status] += 1
        self.pico_usd += cost.pico_usd or 0

    @property
    def total_usd(self) -> Decimal:
        """Exact total of the priced calls, USD."""
        return Decimal(self.pico_usd) / PICO_PER_USD

    def price_row(self, price_id: str) -> dict[str, Any]:
        """The row of ``prices`` for rates that a call was priced by."""
        pricing, source = self._used[price_id]
        return {"price_id": price_id, "block": pricing.block, "source": source}

    def sources(self) -> dict[str, str]:
        """The price_id of all rates that a call was priced by -> where they are from."""
        return {price_id: source for price_id, (_, source) in self._used.items()}

    def _cost(self, asked: _Asked, usage: Usage | None, latency_ms: float | None, moment: datetime) -> Cost:
        quote = self._quotes.get(asked)
        if quote is None:
            quote = self._quotes[asked] = self._quote(asked, moment)
        if quote.found.pricing is None:
            return Cost(pico_usd=None, status="unpriced", reason=quote.found.reason)
        offer = quote.offer(moment)
        tokens_in = usage.tokens_in if usage is not None else 0
        rates = offer.rates(tokens_in)
        if rates is None:
            return Cost(pico_usd=None, status="partial", reason=offer.gap(tokens_in), basis=quote.basis)
        cost = cost_of(usage, rates, latency_ms)
        if cost.price_id is not None:
            self._used[cost.price_id] = (rates, quote.found.source)
        return cost if quote.basis == "served" else replace(cost, basis=quote.basis)

    def _quote(self, asked: _Asked, moment: datetime) -> _Quote:
        provider, model, served, tier, _ = asked
        found, basis = self._search(provider, model, served, moment)
        if found.pricing is None:
            return _Quote(found=found, basis=basis, plain=_NO_OFFER, windowed=())
        pricing, offers = self._resolved(found.pricing, tier)
        windowed = tuple(zip(pricing.windows, offers[1:], strict=True))
        return _Quote(found=found, basis=basis, plain=offers[0], windowed=windowed)

    def _search(self, provider: str, model: str, served: str | None, moment: datetime) -> tuple[Found, CostBasis]:
        first = find_price(self._registry, provider, served or model, moment)
        if served is None:
            return first, "requested"
        if first.pricing is None and served != model:
            second = find_price(self._registry, provider, model, moment)
            if second.pricing is not None:
                return second, "requested"
        return first, "served"

    def _resolved(self, pricing: ModelPricing, tier: str | None) -> tuple[ModelPricing, list[Offer]]:
        """Resolve each price once, so that days that share rates share their blocks."""
        key = (id(pricing), tier)
        if key not in self._offers:
            region = self._registry.settings.region
            windows = (None, *pricing.windows)
            offers = [offer_of(pricing, service_tier=tier, window=it, region=region) for it in windows]
            self._offers[key] = (pricing, offers)
        return self._offers[key]
