"""Refuse what can be read as a price and is none: units of one token, rates left out of a tier, dates of the future.

A price list that a run recorded is read without these, so that its calls can be audited as they were billed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from gencost.errors import PricingError
from gencost.pricing.rates import is_rate, is_token_rate
from gencost.usage import SAME_TIER

LEAST_USD_PER_MTOK = Decimal("0.0001")
MOST_RATE_DIGITS = 15
_OF_FIVE_MINUTES = "cache_write_5m_usd_per_mtok"
_ODD = re.compile(r"-?0\d+(\.\d*)?|.*_.*")


def check_names(key: str, entry: Mapping[Any, Any], place: str, same: Mapping[str, str]) -> None:
    """Check the names in one block of rates as they are written.

    Args:
        key: of the model.
        entry: a mapping.
        place: the file, for errors.
        same: names of rates -> other names of the same.

    Raises:
        PricingError: one cannot be printed, or says what another says, too, or what no served tier is called.
    """
    if not key.isprintable():
        raise PricingError(f"{place}: {key!r}: write it without line breaks and control characters")
    for name, other in same.items():
        if name in entry and other in entry:
            raise PricingError(f"{place}: {key}: {name} and {other} are the same rate; drop one of the two")
    tiers = entry.get("service_tiers")
    for name in map(str, tiers if isinstance(tiers, Mapping) else ()):
        here = f"{place}: {key}.service_tiers.{name}"
        if not name or name != name.strip():
            raise PricingError(f"{here}: write the name of a tier, without spaces around it")
        if name in SAME_TIER:
            raise PricingError(f"{here}: a call that was served so is billed as {SAME_TIER[name]}: write that")


def check_block(entry: Any, where: str) -> None:
    """Check one block of rates as it is written.

    Args:
        entry: a mapping; anything else is refused elsewhere.
        where: the file and the model, for errors.

    Raises:
        PricingError: it holds what is not a price.
    """
    if not isinstance(entry, Mapping):
        return
    _check_regions(entry.get("region_multiplier"), where)
    for place, rates in _all_rates(entry, where):
        for name, value in rates.items():
            if name == _OF_FIVE_MINUTES:
                raise PricingError(f"{place}.{name}: write cache_write_usd_per_mtok, which is that of 5 minutes")
            if is_rate(str(name)) and value is not None:
                _check_rate(value, f"{place}.{name}", per_token=is_token_rate(str(name)) and not entry.get("force"))
        _check_tiers(rates, place)
    _check_checked(entry.get("checked"), where)
    share = entry.get("gpu_hour")
    if isinstance(share, Mapping) and "concurrency" in share:
        raise PricingError(
            f"{where}.gpu_hour.concurrency={share['concurrency']!r}: drop it: how many share the machine is measured"
        )


def _check_regions(factors: Any, where: str) -> None:
    """A served region is looked up in any letters, so that two names that differ in those alone are one."""
    names = [str(name).strip().lower() for name in factors] if isinstance(factors, Mapping) else []
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise PricingError(f"{where}.region_multiplier: {twice!r} stands there twice, in other letters; drop one")


def _all_rates(entry: Mapping[Any, Any], where: str) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    yield where, entry
    tiers = entry.get("service_tiers")
    for name, rates in tiers.items() if isinstance(tiers, Mapping) else ():
        if isinstance(rates, Mapping):
            yield f"{where}.service_tiers.{name}", rates
    windows = entry.get("windows")
    for n, rates in enumerate(windows if isinstance(windows, list) else ()):
        if isinstance(rates, Mapping):
            yield f"{where}.windows[{n}]", rates


def _check_tiers(rates: Mapping[Any, Any], where: str) -> None:
    """A long request that pays the short rate for one kind of token is a price that nobody wrote."""
    tiers = rates.get("tiers")
    for n, tier in enumerate(tiers if isinstance(tiers, list) else ()):
        if not isinstance(tier, Mapping):
            continue
        here = f"{where}.tiers[{n}]"
        for name in tier:
            if is_rate(str(name)) and tier[name] is not None:
                _check_rate(tier[name], f"{here}.{name}", per_token=False)
        missing = [str(name) for name in rates if is_token_rate(str(name)) and tier.get(name) is None]
        if missing and any(is_rate(str(name)) for name in tier):
            raise PricingError(f"{here}: lacks {', '.join(missing)} of the short request: tiers inherit nothing")


def _check_rate(value: Any, where: str, *, per_token: bool) -> None:
    if isinstance(value, str) and _ODD.fullmatch(value):
        raise PricingError(f"{where}={value!r}: write the number without leading zeros and underscores")
    try:
        rate = Decimal(str(value))
        digits = len(rate.normalize().as_tuple().digits)
    except ArithmeticError:
        return
    if digits > MOST_RATE_DIGITS and rate.is_finite():
        raise PricingError(
            f"{where}={value!r}: has {digits} digits, which no price list has: round it to {MOST_RATE_DIGITS}"
        )
    if per_token and 0 < rate < LEAST_USD_PER_MTOK:
        raise PricingError(
            f"{where}={value!r}: looks like USD for one token; rates are USD per million tokens. Where it is true, add "
            "force: true to its block"
        )


def _check_checked(value: Any, where: str) -> None:
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        return
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    if day > tomorrow:
        raise PricingError(f"{where}.checked={value}: is in the future; write the day somebody compared the rates")
