"""Which price a model has: the registry, its aliases, its name without a date, then genai-prices; no guess."""

from __future__ import annotations

import re
from datetime import date, datetime

from gencost.pricing import genai
from gencost.pricing.catalogue import Registry
from gencost.pricing.rates import Found

REGISTRY = "registry"
NO_FALLBACK = frozenset({"mock"})

_DATED = re.compile(
    r"(?P<name>.+?)(?:[-@](?P<y>\d{4})(?P<dash>-?)(?P<m>\d\d)(?P=dash)(?P<d>\d\d)|-(?P<mm>\d\d)(?P<dd>\d\d))"
)


def find_price(registry: Registry, provider: str, model: str, at: datetime) -> Found:
    """Find the rates of a model at a moment.

    Args:
        registry: with its settings.
        provider: the part of the key before the colon.
        model: the part after it.
        at: aware.

    Returns:
        The rates of that day; or why there are none.
    """
    asked = f"{provider}:{model}"
    key = registry.settings.aliases.get(asked, asked) if asked not in registry else asked
    provider, _, model = key.partition(":")
    names = names_of(model)
    for name in names:
        latest = registry.get(f"{provider}:{name}")
        pricing = latest.at(at) if latest is not None else None
        if pricing is not None:
            return Found(pricing=pricing, source=REGISTRY)
    reason = f"no price for {key} in the registry"
    if any(f"{provider}:{name}" in registry for name in names):
        reason = f"the rates of {key} in the registry begin after {at:%Y-%m-%d}"
    if registry.settings.fallback == "none" or provider in NO_FALLBACK:
        return Found(reason=reason)
    found = genai.find(provider, names, at, allow_guess=registry.settings.allow_guess)
    return found if found.pricing is not None else Found(reason=f"{reason}; {found.reason}")


def names_of(model: str) -> list[str]:
    """The names a price may stand under: the model's own, and the same without a date where it ends in one."""
    bare = without_date(model)
    return [model] if bare is None else [model, bare]


def without_date(model: str) -> str | None:
    """Take one date off the end of a model's name: ``-2024-08-06``, ``-20240806``, ``@20240806``, ``-0613`` (MMDD).

    Returns:
        None if the name does not end in a date that exists.
    """
    found = _DATED.fullmatch(model)
    if found is None:
        return None
    leap_year = "2000"
    digits = found["y"] or leap_year, found["m"] or found["mm"], found["d"] or found["dd"]
    try:
        date(*map(int, digits))
    except ValueError:
        return None
    return found["name"]
