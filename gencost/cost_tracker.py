"""CostTracker: what one call cost, and what all of them cost so far."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from gencost.errors import PricingError
from gencost.pricing import ModelPricing, Registry, cost_of, load_pricing
from gencost.types import PICO_PER_USD, Cost, Response, Usage

_SHOWN = Decimal("0.000001")
SOURCE = "registry"


class CostTracker:
    """Prices calls from a registry and keeps running totals.

    Args:
        pricing: from ``load_pricing``; None loads the shipped registry.

    Attributes:
        pico_usd: exact total of what was added, 1e-12 USD; unpriced calls are not in it.
        statuses: how many added calls were ``priced``, ``free``, ``unpriced``, ``partial``.
    """

    def __init__(self, pricing: Registry | None = None) -> None:
        self._pricing = load_pricing() if pricing is None else pricing
        self._used: dict[str, ModelPricing] = {}
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
        if ":" not in key:
            raise PricingError(f'{key!r}: write "provider:model"')
        usage = Usage(tokens_in=tokens_in, tokens_out=tokens_out, **parts)
        pricing = self._rates(key, datetime.now(UTC))
        usd = cost_of(usage, pricing).usd if pricing is not None else None
        return None if usd is None else float(usd.quantize(_SHOWN, ROUND_HALF_EVEN))

    def price(self, *, provider: str, model: str, response: Response, at: datetime) -> Cost:
        """Price one answer: by the model that was served, else by the one that was asked.

        Args:
            provider: the part of the key before the colon.
            model: asked for.
            response: names the served model and the tokens.
            at: when it was asked, aware.

        Returns:
            ``unpriced`` with a reason where there are no rates or no tokens.
        """
        if response.usage is None:
            return Cost(pico_usd=None, status="unpriced", reason="the provider gave no usable token counts")
        served = response.response_model or model
        pricing = self._rates(f"{provider}:{served}", at) or self._rates(f"{provider}:{model}", at)
        if pricing is None:
            return Cost(pico_usd=None, status="unpriced", reason=f"no price for {provider}:{served} in the registry")
        self._used[pricing.price_id] = pricing
        return cost_of(response.usage, pricing)

    def known(self, provider: str, model: str) -> bool:
        """Whether a call made now would have a price."""
        return self._rates(f"{provider}:{model}", datetime.now(UTC)) is not None

    def worst_pico_usd(self, provider: str, model: str, tokens_in: int, tokens_out: int) -> int | None:
        """The most that a call made now can cost, 1e-12 USD: each token in its dearest bucket; None without a price.

        Args:
            provider: the part of the key before the colon.
            model: the part after it.
            tokens_in: the most input tokens.
            tokens_out: the most output tokens.
        """
        pricing = self._rates(f"{provider}:{model}", datetime.now(UTC))
        if pricing is None:
            return None
        into = (pricing.input_usd_per_mtok, pricing.cache_write_usd_per_mtok, pricing.cache_write_1h_usd_per_mtok)
        out = (pricing.output_usd_per_mtok, pricing.reasoning_usd_per_mtok)
        usd = sum(
            tokens * max((rate for rate in rates if rate is not None), default=Decimal(0)) / 10**6
            for tokens, rates in ((tokens_in, into), (tokens_out, out))
        )
        return math.ceil((usd + (pricing.per_request_usd or 0)) * PICO_PER_USD)

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
        return {"price_id": price_id, "block": self._used[price_id].block, "source": SOURCE}

    def _rates(self, key: str, at: datetime) -> ModelPricing | None:
        found = self._pricing.get(key)
        return None if found is None else found.at(at)
