"""The price of a model: the registry, its aliases, its name without a date, then genai-prices; no guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from gencost.pricing import genai
from gencost.pricing.names import FREE, LITELLM, ONLINE, names_of, provider_of, spellings, variants_of
from gencost.pricing.rates import Found, ModelPricing
from gencost.pricing.registry import Registry

REGISTRY = "registry"
COMMAND_LINE = "command line"
NO_FALLBACK = frozenset({"mock"})

# https://openrouter.ai/docs/features/web-search (read 2026-11-27): up to 5 results at 4 USD a thousand by default.
_ONLINE_USD = Decimal("0.02")
# Models of these makers search with what their makers sell, at the makers' fees, but those that others serve.
_OWN_SEARCH = ("openai", "anthropic", "perplexity", "x-ai")
_SERVED_BY_OTHERS = "openai/gpt-oss"
_ZERO = Decimal(0)
# Its tokens are free, not what it searches (https://openrouter.ai/docs/web-search, read 2026-11-27).
_FREE_ONLINE = ModelPricing(
    input_usd_per_mtok=_ZERO,
    output_usd_per_mtok=_ZERO,
    cached_usd_per_mtok=_ZERO,
    per_request_usd=_ONLINE_USD,
    source=genai.PACKAGE,
)


def find_price(registry: Registry, provider: str, model: str, at: datetime) -> Found:
    """Find the rates of a model at a moment.

    Args:
        registry: with its settings.
        provider: the part of the key before the colon.
        model: the part after it.
        at: aware.

    Returns:
        The rates of that day; or why there are none: what was looked up, where, and the line to add.
    """
    given = registry.settings.given.get(f"{provider}:{model}")
    if given is not None:
        return Found(pricing=given, source=COMMAND_LINE)
    keys = _keys(registry, provider, model)
    begins = False
    for key in keys:
        latest = registry.get(key)
        pricing = latest.at(at) if latest is not None else None
        if pricing is not None:
            return Found(pricing=pricing, source=REGISTRY)
        begins = begins or latest is not None
    reason = f"no price for {keys[0]} in the registry"
    if begins:
        reason = f"the rates of {keys[0]} in the registry begin after {at:%Y-%m-%d}"
    if registry.settings.fallback == "none" or provider in NO_FALLBACK:
        return Found(reason=f"{reason}; {_remedy(keys[0])}")
    seller, _, name = keys[0].partition(":")
    match = _in_genai(registry, seller, name, at)
    return match if match.pricing is not None else Found(reason=f"{reason}; {match.reason}; {_remedy(keys[0])}")


def _remedy(key: str) -> str:
    return (
        f'add under models in conf/pricing/NAME.yaml: "{key}": {{input_usd_per_mtok: ..., output_usd_per_mtok: ...}}, '
        "and run with --config-dir conf pricing=NAME, or give model.price.input_usd_per_mtok=... and "
        "model.price.output_usd_per_mtok=..."
    )


def _keys(registry: Registry, provider: str, model: str) -> list[str]:
    """The keys of the registry that may have the price, first the one that was asked for or its alias."""
    asked = f"{provider}:{model}"
    key = registry.settings.aliases.get(asked, asked) if asked not in registry else asked
    provider, _, model = key.partition(":")
    keys = [f"{provider}:{name}" for name in names_of(model)]
    if provider.lower() in LITELLM:  # the true provider's own row
        true, slash, name = model.partition("/")
        true, name = (true, name) if slash else provider_of(provider, model)
        keys += [f"{true}:{it}" for it in names_of(name)]
    return keys


def _in_genai(registry: Registry, provider: str, model: str, at: datetime) -> Found:
    seller, name = provider_of(provider, model)
    variants = variants_of(name) if seller == "openrouter" else []
    if ONLINE in variants and _searches_itself(name):
        return Found(reason="its maker's own search answers with it, of which no list names the fee")
    if _is_free(seller, name, variants):
        free = _FREE_ONLINE if ONLINE in variants else ModelPricing(free=True, source=genai.PACKAGE)
        return Found(pricing=free, source=genai.source_name())
    match = genai.find(seller, spellings(seller, name), at, allow_guess=registry.settings.allow_guess)
    if match.pricing is not None and ONLINE in variants:
        fee = (match.pricing.per_request_usd or _ZERO) + _ONLINE_USD
        return replace(match, pricing=replace(match.pricing, per_request_usd=fee))
    return match


def _searches_itself(model: str) -> bool:
    name = model.lstrip("~")
    return name.startswith(_OWN_SEARCH) and not name.startswith(_SERVED_BY_OTHERS)


def _is_free(seller: str, model: str, variants: Sequence[str]) -> bool:
    """Whether its name is the seller's declaration that it is free: OpenRouter's, Together's (together.ai/models)."""
    return FREE in variants or (seller == "together" and model.lower().endswith("-free"))
