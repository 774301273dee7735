"""The amount that a provider says it charged for one answer."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

_TICKS_PER_USD = Decimal(10) ** 10  # https://docs.x.ai/developers/cost-tracking (read 2026-11-24)
_MOST_USD = 10**9
_WHOLE = ("total_cost", "total", "total_usd", "amount")
_KEYS = frozenset({"cost", "cost_in_usd_ticks", "estimated_cost", "response_cost", "total_cost"})
_CURRENCIES = ("currency", "cost_currency")
_USD = ("USD", "US$", "$")
_PLACES = ("estimated_cost", "response_cost", "total_cost")


def charged_usd(raw: Mapping[str, Any]) -> Decimal | None:
    """Read what the provider says it charged, USD; None if it did not say.

    OpenRouter's ``cost`` is in credits of 1 USD; with a key of one's own (``is_byok``) it is the fee alone and the
    vendor's charge stands beside it (openrouter.ai/docs/use-cases/usage-accounting). Perplexity's ``cost`` is an object
    with ``total_cost`` (docs.perplexity.ai/api-reference/sonar-post), xAI counts in ticks of 1e-10 USD
    (docs.x.ai/developers/cost-tracking), DeepInfra says ``estimated_cost`` (docs.deepinfra.com). All as of 2026-11-26.

    Args:
        raw: ``usage`` as sent.
    """
    if _KEYS.isdisjoint(raw):
        return None
    cost = raw.get("cost")
    if not _in_usd(raw):
        return None
    if isinstance(cost, Mapping):
        return next((usd for name in _WHOLE if (usd := amount(cost.get(name))) is not None), None)
    if cost is None:
        ticks = amount(raw.get("cost_in_usd_ticks"), _TICKS_PER_USD)
        others = (amount(raw.get(place)) for place in _PLACES)
        return ticks if ticks is not None else next((usd for usd in others if usd is not None), None)
    charged, details = amount(cost), raw.get("cost_details")
    if charged is None or raw.get("is_byok") is not True:
        return charged
    vendor = amount(details.get("upstream_inference_cost")) if isinstance(details, Mapping) else None
    return None if vendor is None else charged + vendor


def _in_usd(raw: Mapping[str, Any]) -> bool:
    """Whether no word names another currency; a rate of exchange would be a guess."""
    holders = [raw, *(inner for key in _KEYS if isinstance(inner := raw.get(key), Mapping))]
    named = [holder.get(word) for holder in holders for word in _CURRENCIES if holder.get(word)]
    return all(isinstance(currency, str) and currency.strip().upper() in _USD for currency in named)


def amount(value: Any, per_usd: Decimal = Decimal(1)) -> Decimal | None:
    """Read an amount of money, USD; None if it is not a possible one."""
    if value is None or isinstance(value, bool | Mapping | list):
        return None
    try:
        usd = Decimal(str(value)) / per_usd
    except (InvalidOperation, ValueError):
        return None
    return usd if usd.is_finite() and 0 <= usd <= _MOST_USD else None
