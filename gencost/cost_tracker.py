"""CostTracker: what one call cost, and what all of them cost so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from operator import attrgetter
from typing import Any

from gencost.errors import PricingError
from gencost.pricing import ModelPricing, Registry, cost_of, every_offer, find_price, load_pricing, worst_of
from gencost.pricing.cost import NO_USAGE, beside_free, machine_cost
from gencost.pricing.lookup import REGISTRY
from gencost.pricing.quote import Asked, Quote, Quotes
from gencost.pricing.resolve import asked_tier
from gencost.pricing.search_fees import with_search_fees
from gencost.types import PICO_PER_USD, Attempt, Cost, Record, Request, Response, Usage
from gencost.values.altered import altered

_SHOWN = Decimal("0.000001")
_COST = attrgetter("cost")


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
        self._registry = registry if isinstance(registry, Registry) else Registry(_checked(registry))
        self._used: dict[str, tuple[ModelPricing, str]] = {}
        self._sources: set[tuple[str, str]] = set()  # two lists may name the same rates
        self._quotes = Quotes(self._registry)
        self.pico_usd = 0
        self.statuses: Counter[str] = Counter()

    @property
    def pricing(self) -> Mapping[str, Any] | None:
        """The registry as it was read, see ``Registry.content``."""
        return self._registry.content

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
        provider, colon, model = str(key).partition(":")
        if not colon:
            raise PricingError(f'{key!r}: write "provider:model"')
        usage = Usage(tokens_in=tokens_in, tokens_out=tokens_out, **parts)
        now = datetime.now(UTC)
        response = Response(text="", usage=usage, latency_ms=0.0)
        usd = self.price(provider=provider, model=model, response=response, at=now).usd
        return None if usd is None else float(usd.quantize(_SHOWN, ROUND_HALF_EVEN))

    def price(
        self, *, provider: str, model: str, response: Response, at: datetime, machine_ms: float | None = None
    ) -> Cost:
        """Price one answer: by the model and tier that were served, else by the model that was asked.

        Args:
            provider: the part of the key before the colon.
            model: asked for.
            response: names the served model and tier, the tokens and, for ``gpu_hour``, the latency.
            at: when it was asked, aware.
            machine_ms: its share of a machine's time, for ``gpu_hour``; None takes the response's own.

        Returns:
            ``unpriced`` with a reason where there are no rates or no tokens; ``partial`` with a reason where there are
            rates, but not for all of it or not for the served tier.
        """
        moment = at.astimezone(UTC)
        usage, day = response.usage, moment.date()
        asked = Asked(provider, model, response.response_model, response.service_tier, response.region, day)
        quote = self._quotes.of(asked, moment)
        if quote.found.pricing is None:
            return Cost(pico_usd=None, status="unpriced", reason=quote.found.reason)
        tokens_in = 0 if usage is None else usage.calls[0].usage.tokens_in if usage.calls else usage.tokens_in
        offer = quote.offer(moment)
        rates = offer.rates(tokens_in)
        if rates is None:
            return Cost(pico_usd=None, status="partial", reason=offer.gap(tokens_in), basis=quote.basis)
        if usage is None and response.usage_problem is not None and not rates.needs_no_counts:
            return Cost(pico_usd=None, status="unpriced", reason=f"{NO_USAGE}: {response.usage_problem}")
        if usage is not None and usage.web_searches and not quote.is_declared:
            rates = with_search_fees(rates, asked, usage)
        if usage is not None and (usage.calls or quote.on_top is not None):
            return self._with_others(usage, rates, quote, (asked, moment))
        if rates.gpu_hour is not None:
            busy_ms = response.machine_ms if machine_ms is None else machine_ms
            return self._named(machine_cost(rates, busy_ms, response.latency_ms), rates, quote)
        if rates.free and (pieces := beside_free(usage, rates, declared=quote.is_declared)) is not None:
            cost = Cost(pico_usd=None, status="partial", reason=pieces)
        else:
            cost = cost_of(usage, rates)
        return self._named(cost, rates, quote)

    def _with_others(self, usage: Usage, rates: ModelPricing, quote: Quote, at: tuple[Asked, datetime]) -> Cost:
        """Bill an answer that contains other calls, each at its own model's rates, with fees on top."""
        asked, moment = at
        others: list[ModelPricing] = []
        for call in usage.calls:
            inside = self._quotes.of_inside(asked, call.model, moment)
            tokens_in = call.usage.tokens_in
            priced = inside.offer(moment).rates(tokens_in) if inside.found.pricing is not None else None
            if priced is None:
                why = inside.found.reason or inside.offer(moment).gap(tokens_in)
                reason = f"a call inside the answer, of {call.model or asked.served or asked.model}: {why}"
                return Cost(pico_usd=None, status="partial", reason=reason, basis=quote.basis)
            others.append(priced)
            self._used[priced.price_id] = (priced, inside.found.source)
            self._sources.add((priced.price_id, inside.found.source))
        if quote.on_top is not None:
            others.append(quote.on_top)
            self._used[quote.on_top.price_id] = (quote.on_top, REGISTRY)
            self._sources.add((quote.on_top.price_id, REGISTRY))
        return self._named(cost_of(usage, rates, others=others), rates, quote)

    def _named(self, cost: Cost, rates: ModelPricing, quote: Quote) -> Cost:
        if cost.price_id is not None:
            self._used[cost.price_id] = (rates, quote.found.source)
            self._sources.add((cost.price_id, quote.found.source))
        return cost if quote.basis == "served" else altered(cost, basis=quote.basis)

    def account(
        self, request: Request, attempts: Sequence[Attempt], response: Response | None
    ) -> tuple[tuple[Attempt, ...], Response | None, Cost | None]:
        """Price an answer and each try before it; what failed tries cost goes into the running total at once.

        Args:
            request: what was asked.
            attempts: every try on the wire.
            response: the answer; None if every try failed.

        Returns:
            The tries with their costs; the answer with its share of a machine's time, and its cost, which is that of
            the last try alone. None for both without an answer.
        """
        asked: dict[str, Any] = {"provider": request.provider, "model": request.model, "at": request.ts}
        tier = request.params.get("service_tier")
        if response is None:
            failed = tuple(self._try_priced(attempt, asked, tier) for attempt in attempts)
            self.pico_usd += sum(attempt.cost_pico_usd or 0 for attempt in failed)
            return failed, None, None
        response = response if tier is None else _with_tier(response, tier)
        cost = self._priced(response, attempts[-1].machine_ms if attempts else None, asked)
        if not attempts:
            return (), response, cost
        last = altered(attempts[-1], cost=cost)
        if len(attempts) == 1:
            return (last,), response, cost
        failed = tuple(self._try_priced(attempt, asked, tier) for attempt in attempts[:-1])
        self.pico_usd += sum(attempt.cost_pico_usd or 0 for attempt in failed)
        return (*failed, last), response, cost

    def _try_priced(self, attempt: Attempt, asked: Mapping[str, Any], tier: Any) -> Attempt:
        """Price a failed try by what is known of it; a machine that is paid by the hour was still used."""
        billed = attempt.billed
        if billed is None:
            if attempt.machine_ms is None or not self._on_a_machine(asked):
                return attempt
            billed = Response(text="", usage=None, latency_ms=attempt.service_ms)
        return altered(attempt, cost=self._priced(_with_tier(billed, tier), attempt.machine_ms, asked))

    def _priced(self, response: Response, machine_ms: float | None, asked: Mapping[str, Any]) -> Cost:
        """Price an answer; if looking its price up fails, it alone has no cost."""
        try:
            cost = self.price(response=response, machine_ms=machine_ms, **asked)
        except Exception as error:  # noqa: BLE001 - a door: recorded as the reason of this call
            reason = f"its price could not be looked up: {type(error).__name__}: {error}"
            cost = Cost(pico_usd=None, status="unpriced", reason=reason)
        if cost.pico_usd is not None or not response.cost_is_recorded or response.provider_cost_usd is None:
            return cost
        return Cost(pico_usd=round(response.provider_cost_usd * PICO_PER_USD), status="priced", basis="recorded")

    def _on_a_machine(self, asked: Mapping[str, Any]) -> bool:
        try:
            return self.is_by_the_hour(asked["provider"], asked["model"], asked["at"])
        except Exception:  # noqa: BLE001 - a door: a failed try whose price cannot be looked up has none
            return False

    def is_by_the_hour(self, provider: str, model: str, at: datetime) -> bool:
        """Whether a model runs on a machine that is paid by the hour."""
        moment = at.astimezone(UTC)
        pricing = self._quotes.of(Asked(provider, model, None, None, None, moment.date()), moment).found.pricing
        return pricing is not None and pricing.gpu_hour is not None

    def worst_pico_usd(
        self, provider: str, model: str, tokens_in: int, max_tokens_out: int, longest_s: float | None = None
    ) -> int | None:
        """Bound what a call made now could cost: its dearest service tier and window, nothing read from a cache.

        Args:
            provider: the part of the key before the colon.
            model: the part after it.
            tokens_in: the most input tokens; they choose among the long-context tiers.
            max_tokens_out: the most output tokens, reasoning included.
            longest_s: the most seconds that a try may take, for a machine paid by the hour; None if unknown.

        Returns:
            1e-12 USD, request fees included, web searches not, as nobody knows how many; None without a price, and for
            ``gpu_hour`` without ``longest_s``.
        """
        pricing = find_price(self._registry, provider, model, datetime.now(UTC)).pricing
        if pricing is None:
            return None
        if pricing.gpu_hour is not None:
            return None if longest_s is None else machine_cost(pricing, longest_s * 1000).pico_usd
        offers = every_offer(pricing, self._registry.settings.region)
        return max((worst_of(offer, tokens_in, max_tokens_out) for offer in offers), default=None)

    def list_usd_per_mtok(self, provider: str, model: str) -> float | None:
        """The list price of a model, see ``ModelPricing``; None without one."""
        pricing = find_price(self._registry, provider, model, datetime.now(UTC)).pricing
        usd = None if pricing is None else pricing.list_usd_per_mtok
        return None if usd is None else float(usd)

    def rates_today(self, provider: str, model: str) -> ModelPricing | None:
        """The rates that a call made now would be billed by; None without a price."""
        return find_price(self._registry, provider, model, datetime.now(UTC)).pricing

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

    def price_rows(self, record: Record) -> list[dict[str, Any]]:
        """The rows of ``prices`` for all rates that a call and its tries were priced by."""
        names: list[str | None] = []
        for cost in (record.cost, *map(_COST, record.attempts)):
            if cost is not None:
                names += [cost.price_id, *cost.other_price_ids]
        return list(map(self.price_row, filter(None, dict.fromkeys(names))))

    def price_row(self, price_id: str) -> dict[str, Any]:
        """The row of ``prices`` for rates that a call was priced by."""
        pricing, source = self._used[price_id]
        return {"price_id": price_id, "block": pricing.block, "source": source}

    def sources(self) -> set[tuple[str, str]]:
        """The price_id of all rates that a call was priced by, each with every list that they are from."""
        return self._sources


def _with_tier(response: Response, asked: Any) -> Response:
    """Name the tier that was asked for where the provider does not say which it served: then its rates hold, if any."""
    tier = asked_tier(asked) if response.service_tier is None else None
    return response if tier is None else altered(response, service_tier=tier)


def _checked(pricing: Any) -> Mapping[str, ModelPricing]:
    """Refuse what is not a registry.

    Raises:
        PricingError: it is not a mapping, or a value of it has no rates.
    """
    if isinstance(pricing, Mapping) and all(isinstance(rates, ModelPricing) for rates in pricing.values()):
        return pricing
    raise PricingError(f"pricing={repr(pricing)[:80]}: give what gencost.load_pricing(...) returns")
