"""Fees of web searches that depend on more than the model: on the tool that searched, and on who sells the model."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from gencost.pricing.names import ONLINE, provider_of, variants_of
from gencost.pricing.quote import Asked
from gencost.pricing.rates import ModelPricing
from gencost.types import Usage
from gencost.values.token_counts import PREVIEW

# A search by ``web_search_preview`` costs 25 USD a thousand with models that do not reason, and what it finds nothing;
# any other 10 USD, beside the tokens of what it finds (https://openai.com/api/pricing, built-in tools, as quoted in
# community.openai.com/t/1363698 and modelcostwatch.com/openai/tool-costs/web-search, read 2026-11-27), before that by
# the size of what it brought in.
_SINCE = date(2025, 9, 1)
_NOT_REASONING = re.compile(r"(?:gpt-4o|gpt-4\.1|gpt-4\.5|gpt-4-turbo)\b")
_PREVIEW_USD, _SEARCH_USD = Decimal("0.025"), Decimal("0.01")
_SEARCHES_ALWAYS = re.compile(r"gpt-5-search-api\b")
# Azure's search for OpenAI's models is Bing's, at fees of its own, which no list names
# (https://learn.microsoft.com/azure/ai-foundry/openai/how-to/web-search, read 2026-11-27).
_OF_OPENAI = re.compile(r"(?:gpt-|o\d|codex|computer-use)")


def with_search_fees(rates: ModelPricing, asked: Asked, usage: Usage) -> ModelPricing:
    """Give listed rates the fees of the searches of an answer; rates of the user's own say them themselves.

    Args:
        rates: resolved, from a list of prices.
        asked: what was asked and served.
        usage: of an answer with searches.
    """
    if usage.web_searches == 1 and ONLINE in variants_of(asked.model):
        return replace(rates, web_search_usd=Decimal(0))  # the one that the fee of the request is for
    seller, model = provider_of(asked.provider, asked.model)
    name = (asked.served or model).rpartition("/")[2].lower()
    if seller == "azure" and _OF_OPENAI.match(name):
        return replace(rates, web_search_usd=None)
    if seller != "openai":
        return rates
    known = asked.day >= _SINCE
    if usage.more.get(PREVIEW) and _NOT_REASONING.match(name):
        return replace(rates, **_fee_of_preview(rates) if known else {"web_search_usd": None})
    if known and rates.web_search_usd is None and _SEARCHES_ALWAYS.match(name):
        return replace(rates, web_search_usd=_SEARCH_USD)
    return rates


def _fee_of_preview(rates: ModelPricing) -> dict[str, Any]:
    return {"more": {**rates.more, f"{PREVIEW}_usd": _PREVIEW_USD}}
