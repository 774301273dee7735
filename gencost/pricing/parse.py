"""From one entry of a registry to ``ModelPricing``: every value checked, a wrong one named with place and remedy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from gencost.errors import PricingError, nearest
from gencost.pricing.rates import MORE_RATES, RATES, GpuHour, ModelPricing, Rates, Tier, Window, is_rate, rate_fields
from gencost.pricing.strict import check_block, check_names
from gencost.usage import PLAIN_TIERS

MOST_USD_PER_MTOK = 2000
MOST_DIGITS = 24
BASE_TIERS = tuple(sorted(PLAIN_TIERS))

_FLAT = {"input_per_million": "input_usd_per_mtok", "output_per_million": "output_usd_per_mtok"}
_NESTED = ("tiers", "service_tiers", "windows", "region_multiplier", "gpu_hour")
_ALL_RATES = (*RATES, *MORE_RATES)
_KEYS = (*_ALL_RATES, *_NESTED, "free", "on_top", "force", "from", "source", "checked", "note")


def history(key: str, entry: Any, place: str, *, recorded: bool = False) -> ModelPricing:
    """Read the dated blocks of one model.

    Args:
        key: ``provider:model``.
        entry: one block, or a list of them that grows by date.
        place: the file, for errors.
        recorded: read it as a run once did, without the checks of ``strict``.

    Returns:
        The latest rates, which know the earlier ones.

    Raises:
        PricingError: a value cannot be.
    """
    check_key(key, place)
    written = entry if isinstance(entry, list) else [entry]
    blocks = [_block(rates, f"{place}: {key}") for rates in written]
    for rates in () if recorded else written:
        check_names(key, rates, place, _FLAT)
        check_block(_named(rates, _KEYS, place), f"{place}: {key}")
    if not blocks:
        raise PricingError(f"{place}: {key}: has no rates; give input_usd_per_mtok and output_usd_per_mtok")
    starts = [block.from_date or date.min for block in blocks]
    if sorted(set(starts)) != starts:
        raise PricingError(f"{place}: {key}: `from` dates must grow from block to block: append, never edit")
    *earlier, latest = blocks
    return replace(latest, earlier=tuple(reversed(earlier)))


def check_key(key: str, place: str) -> None:
    """Refuse a key that is not of the form ``provider:model``."""
    provider, _, model = key.partition(":")
    if not provider or not model:
        raise PricingError(f'{place}: {key!r}: write "provider:model"')
    if any(part != part.strip() for part in (provider, model)):
        raise PricingError(f'{place}: {key!r}: write "{provider.strip()}:{model.strip()}", without spaces')


def _block(entry: Any, where: str) -> ModelPricing:
    named = _named(entry, _KEYS, where)
    free, force = _flag(named, "free", where), _flag(named, "force", where)
    share = None if named.get("gpu_hour") is None else _gpu_hour(named["gpu_hour"], where)
    priced_otherwise = "free: true" if free else "gpu_hour" if share is not None else None
    if priced_otherwise:
        for name in (*filter(is_rate, named), *_NESTED[:4], "gpu_hour" if free else "free"):
            if named.get(name):
                raise PricingError(
                    f"{where}.{name}={named[name]!r}: beside {priced_otherwise} it has no sense; drop one"
                )
        rates = Rates()
    else:
        rates = _rates(named, where, force)
    return ModelPricing(
        **{f.name: getattr(rates, f.name) for f in fields(Rates)},
        free=free,
        on_top=_flag(named, "on_top", where),
        gpu_hour=share,
        service_tiers=_service_tiers(named.get("service_tiers"), where, rates, force),
        windows=_windows(named.get("windows"), where, force),
        region_multiplier=_regions(named.get("region_multiplier"), where),
        from_date=_date(named, "from", where),
        source=str(named.get("source") or ""),
        checked=_date(named, "checked", where),
    )


_RATE_NAMES = "; rates are called input_usd_per_mtok, output_usd_per_mtok and so on"


def _named(entry: Any, keys: Iterable[str], where: str) -> dict[str, Any]:
    if not isinstance(entry, Mapping):
        raise PricingError(f"{where}={entry!r}: rates are a mapping like {{input_usd_per_mtok: 1, ...}}")
    named = {_FLAT.get(str(name), str(name)): value for name, value in entry.items()}
    for name in named:
        if name not in keys and not is_rate(name):
            raise PricingError(f"{where}.{name}: there is no such key{nearest(name, keys) or _RATE_NAMES}")
    return named


def _rates(named: Mapping[str, Any], where: str, force: bool) -> Rates:
    """Read rates that are complete by themselves: input and output are required."""
    values = _values(named, where, force)
    if "input_usd_per_mtok" not in values or "output_usd_per_mtok" not in values:
        raise PricingError(f"{where}: give input_usd_per_mtok and output_usd_per_mtok, or free: true, or gpu_hour")
    given = named.get("tiers")
    return Rates(**rate_fields(values), tiers=None if given is None else _tiers(given, where, force))


def _values(named: Mapping[str, Any], where: str, force: bool) -> dict[str, Any]:
    return {
        name: _rate(named[name], f"{where}.{name}", force)
        for name in named
        if is_rate(name) and named[name] is not None
    }


def _tiers(given: Any, where: str, force: bool) -> tuple[Tier, ...]:
    tiers: list[Tier] = []
    for n, entry in enumerate(_list(given, f"{where}.tiers", "{above: 200000, input_usd_per_mtok: 6, ...}")):
        here = f"{where}.tiers[{n}]"
        named = _named(entry, ("above", *_ALL_RATES), here)
        above, values = named.get("above"), _values(named, here, force)
        if type(above) is not int or above < 1:
            raise PricingError(f"{here}.above={above!r}: write the input tokens above which it holds, a whole number")
        if tiers and above <= tiers[-1].above:
            raise PricingError(f"{here}.above={above}: must be more than the tier before it, {tiers[-1].above}")
        if not values:
            raise PricingError(f"{here}: names no rate; give at least one, or drop the tier")
        tiers.append(Tier(above=above, rates=Rates(**rate_fields(values))))
    return tuple(tiers)


def _service_tiers(given: Any, where: str, base: Rates, force: bool) -> dict[str, Rates]:
    """Read rates by tier; a plain tier is allowed among them if it repeats the block's own rates."""
    tiers: dict[str, Rates] = {}
    for name, entry in _mapping(given, f"{where}.service_tiers", "{batch: {input_usd_per_mtok: 1, ...}}").items():
        here = f"{where}.service_tiers.{name}"
        if name != name.lower():
            raise PricingError(f"{here}: write a tier in lower case")
        rates = _rates(_named(entry, ("tiers", *_ALL_RATES), here), here, force)
        if name not in BASE_TIERS:
            tiers[name] = rates
        elif rates != base:
            raise PricingError(f"{here}: {', '.join(BASE_TIERS)} are billed at the block's own rates: change those")
    return tiers


def _windows(given: Any, where: str, force: bool) -> tuple[Window, ...]:
    windows: list[Window] = []
    for n, entry in enumerate(_list(given, f"{where}.windows", '{from: "16:30", to: "00:30", ...}')):
        here = f"{where}.windows[{n}]"
        named = _named(entry, ("from", "to", "tiers", *_ALL_RATES), here)
        begin, end = _minute(named, "from", here), _minute(named, "to", here)
        if begin == end:
            raise PricingError(f"{here}: from and to are both {named['from']}: a window has a length")
        windows.append(Window(from_minute=begin, to_minute=end, rates=_rates(named, here, force)))
    return tuple(windows)


def _minute(named: Mapping[str, Any], name: str, where: str) -> int:
    value = named.get(name)
    if not isinstance(value, str) or not (time := re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", value)):
        raise PricingError(f'{where}.{name}={value!r}: write a time of day, UTC, in quotes: "16:30"')
    return int(time[1]) * 60 + int(time[2])


def _regions(given: Any, where: str) -> dict[str, Decimal]:
    here = f"{where}.region_multiplier"
    factors: dict[str, Decimal] = {}
    for name, value in _mapping(given, here, "{eu: 1.1}").items():
        factor = decimal_of(value)
        if factor is None or not 0 < factor <= 10:
            raise PricingError(f"{here}.{name}={value!r}: a multiplier is a number above 0, at most 10")
        factors[name] = factor
    return factors


def _gpu_hour(given: Any, where: str) -> GpuHour:
    here = f"{where}.gpu_hour"
    named = _named(given, ("usd_per_hour", "concurrency"), here)
    usd, shared = decimal_of(named.get("usd_per_hour")), decimal_of(named.get("concurrency"))
    if "concurrency" not in named:
        shared = None
    if usd is None or usd < 0:
        raise PricingError(f"{here}.usd_per_hour={named.get('usd_per_hour')!r}: give USD for one hour, a number >= 0")
    if "concurrency" in named and (shared is None or shared <= 0):
        raise PricingError(f"{here}.concurrency={named['concurrency']!r}: drop it: how many share it is measured")
    return GpuHour(usd_per_hour=usd, concurrency=shared)


def _rate(value: Any, where: str, force: bool) -> Decimal:
    rate = decimal_of(value)
    if rate is None or rate < 0 or (rate > MOST_USD_PER_MTOK and not force):
        raise PricingError(
            f"{where}={value!r}: a rate is a number from 0 to {MOST_USD_PER_MTOK} USD; "
            "where more is true, add force: true to its block"
        )
    return rate


def decimal_of(value: Any) -> Decimal | None:
    """Read a number exactly as it is written; None if it is not a finite number of at most 24 digits."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    if isinstance(value, bool) or not number.is_finite():
        return None
    return number if max(len(number.as_tuple().digits), abs(number.adjusted())) <= MOST_DIGITS else None


def _flag(named: Mapping[str, Any], name: str, where: str) -> bool:
    value = named.get(name)
    if value is not None and not isinstance(value, bool):
        raise PricingError(f"{where}.{name}={value!r}: write true or false")
    return value is True


def _date(named: Mapping[str, Any], name: str, where: str) -> date | None:
    value = named.get(name)
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        return datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise PricingError(f"{where}.{name}={value!r}: write a day as 2026-01-31") from None


def _list(given: Any, where: str, example: str) -> list[Any]:
    if given is not None and not isinstance(given, list | tuple):
        raise PricingError(f"{where}={given!r}: write a list like [{example}]")
    return list(given or ())


def _mapping(given: Any, where: str, example: str) -> dict[str, Any]:
    if given is not None and not isinstance(given, Mapping):
        raise PricingError(f"{where}={given!r}: write a mapping like {example}")
    return {str(name): value for name, value in (given or {}).items()}
