"""Read a price registry from YAML or JSON; wrong entries are refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gencost.errors import PricingError, nearest
from gencost.paths import conf_dir
from gencost.pricing.inherit import read_list
from gencost.pricing.lookup import find_price
from gencost.pricing.parse import check_key, history
from gencost.pricing.registry import Fallback, Registry, Settings

# Routers whose own rates are a fee on top of the served model's, whatever a price list says about them
# (https://azure.microsoft.com/pricing/details/azure-openai, model router; read 2026-11-26).
_ROUTERS = ("azure:model-router",)
_SETTINGS = ("currency", "aliases", "fallback", "allow_guess", "region", "given")


def load_pricing(source: Path | str | Mapping[str, Any] | None = None, *, recorded: bool = False) -> Registry:
    """Read a price registry.

    Args:
        source: a YAML file of the form of ``conf/pricing/default.yaml``; a JSON file of the flat form
            ``{"openai:gpt-4o": {"input_per_million": 5.0, "output_per_million": 15.0}}``; either already parsed; None
            is the shipped ``conf/pricing/default.yaml``. A file may begin with others, see ``read_list``.
        recorded: it is what a run recorded: read it as it was read then, without the checks that were added since.

    Returns:
        ``"provider:model"`` -> the latest rates, which know the earlier ones.

    Raises:
        PricingError: the file cannot be read, or names a price that cannot be.
    """
    if not isinstance(source, Path | str | Mapping | None):
        raise PricingError(f"pricing={source!r}: give the path of a file, or what it holds")
    if isinstance(source, Mapping):
        content, place = dict(source), "pricing"
    else:
        path = conf_dir() / "pricing" / "default.yaml" if source is None else Path(source)
        content, place = read_list(path), str(path)
    read = dict(content)
    if "models" in content:
        models = content.pop("models")
        models = {} if models is None else models
    else:
        content, models = {}, content
    if not isinstance(models, Mapping):
        raise PricingError(f'{place}: models is to map "provider:model" to rates')
    settings = _settings(content, place)
    named = {str(key): history(str(key), entry, place, recorded=recorded) for key, entry in models.items()}
    registry = Registry(named, settings)
    registry.content = read
    for router in _ROUTERS:
        if router in registry:
            registry[router] = replace(registry[router], on_top=True)
    _check_against(registry, place)
    if not recorded:
        _check_aliases(registry, place)
    return registry


def _settings(given: Mapping[str, Any], place: str) -> Settings:
    for key in given:
        if key not in _SETTINGS:
            raise PricingError(f"{place}: {key}: there is no such key{nearest(str(key), [*_SETTINGS, 'models'])}")
    if given.get("currency", "USD") != "USD":
        raise PricingError(
            f"{place}: currency={given['currency']!r}: only USD; a rate of exchange is a guess about a day, "
            "convert the rates and say so in their source"
        )
    guess, region = given.get("allow_guess", False), given.get("region")
    fallback: Fallback = given.get("fallback", "genai-prices")
    if not isinstance(guess, bool):
        raise PricingError(f"{place}: allow_guess={guess!r}: write true or false")
    if fallback not in ("genai-prices", "none"):
        raise PricingError(f"{place}: fallback={fallback!r}: choose genai-prices or none")
    if region is not None and not isinstance(region, str):
        raise PricingError(f"{place}: region={region!r}: write the name of a region_multiplier, or null")
    by_hand = given.get("given") or {}
    if not isinstance(by_hand, Mapping):
        raise PricingError(f'{place}: given={by_hand!r}: write a mapping of "provider:model" to rates')
    on_command_line = {str(key): history(str(key), it, "model.price") for key, it in by_hand.items()}
    aliases = _aliases(given.get("aliases"), place)
    return Settings(aliases=aliases, fallback=fallback, allow_guess=guess, region=region, given=on_command_line)


def _aliases(given: Any, place: str) -> dict[str, str]:
    if given is not None and not isinstance(given, Mapping):
        raise PricingError(
            f'{place}: aliases={given!r}: write a mapping like {{"openai:gpt-4o-latest": "openai:gpt-4o"}}'
        )
    aliases = {str(name): str(key) for name, key in (given or {}).items()}
    for name, key in aliases.items():
        check_key(name, f"{place}: aliases")
        check_key(key, f"{place}: aliases.{name}")
        if key in aliases:
            raise PricingError(f"{place}: aliases.{name}={key!r}: is an alias, too; name the model itself")
    return aliases


def _check_against(registry: Registry, place: str) -> None:
    """Refuse settings that name what the models do not have."""
    settings = registry.settings
    for name in settings.aliases:
        if name in registry:
            raise PricingError(f"{place}: aliases.{name}: has rates of its own under models; drop one of the two")
    regions = {
        name for latest in registry.values() for it in (latest, *latest.earlier) for name in it.region_multiplier
    }
    if settings.region is not None and settings.region not in regions:
        known = f"choose from {', '.join(sorted(regions))}" if regions else "no model has a region_multiplier"
        raise PricingError(f"{place}: region={settings.region!r}: {known}{nearest(settings.region, regions)}")


def _check_aliases(registry: Registry, place: str) -> None:
    """Refuse an alias of a model that nobody has a price for."""
    for name, key in registry.settings.aliases.items():
        provider, _, model = key.partition(":")
        if find_price(registry, provider, model, datetime.now(UTC)).pricing is None:
            raise PricingError(f"{place}: aliases.{name}={key!r}: there is no price for it; add it under models")
