"""The rates of one model as values: what a registry may say about them, and the flat block that a bill names.

Invariant: ``price_id`` hashes ``block`` and ``block`` holds every rate, so that a stored block and the stored usage
(for ``gpu_hour`` the stored latency, too) are enough to compute the bill again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation
from functools import cached_property
from typing import Any

from gencost.errors import PricingError
from gencost.values.token_counts import MORE_IN, MORE_OUT, UNITS

EXACT = Context(prec=200, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, Inexact])
"""Decimal arithmetic that fails rather than rounds, whatever the caller's own context is."""


@dataclass(frozen=True, kw_only=True)
class Rates:
    """The rates of tokens and fees; None names no rate.

    Attributes:
        input_usd_per_mtok: USD per million input tokens that are neither cached nor cache-written.
        output_usd_per_mtok: USD per million output tokens.
        cached_usd_per_mtok: per million input tokens read from the provider's cache.
        cache_write_usd_per_mtok: per million input tokens written to the cache for 5 minutes.
        cache_write_1h_usd_per_mtok: the same for one hour.
        reasoning_usd_per_mtok: per million reasoning tokens; None bills them as output, which is the usual rule.
        per_request_usd: a fee for each request; None charges none.
        web_search_usd: a fee for each web search.
        tiers: the rates of long requests, lowest threshold first; None if they are not named.
        more: other rates by name, see ``MORE_RATES``: of audio, images, citations, longer cache writes, fees of tools.
    """

    input_usd_per_mtok: Decimal | None = None
    output_usd_per_mtok: Decimal | None = None
    cached_usd_per_mtok: Decimal | None = None
    cache_write_usd_per_mtok: Decimal | None = None
    cache_write_1h_usd_per_mtok: Decimal | None = None
    reasoning_usd_per_mtok: Decimal | None = None
    per_request_usd: Decimal | None = None
    web_search_usd: Decimal | None = None
    tiers: tuple[Tier, ...] | None = None
    more: Mapping[str, Decimal] = field(default_factory=dict, hash=False)

    @cached_property
    def named(self) -> dict[str, Decimal]:
        """The rates that are not None, by their names."""
        return {**{name: rate for name in RATES if (rate := getattr(self, name)) is not None}, **self.more}


@dataclass(frozen=True, kw_only=True)
class Tier:
    """The rates of requests with more than ``above`` input tokens; they price the whole request.

    Attributes:
        above: input tokens, cached ones included; a request of exactly this many is still below.
        rates: of tokens; fees are those of the short request.
    """

    above: int
    rates: Rates


@dataclass(frozen=True, kw_only=True)
class Window:
    """Rates for a part of each day, UTC, half-open; ``to_minute`` below ``from_minute`` wraps over midnight.

    Attributes:
        from_minute: 0 to 1439, the first minute after midnight at which they hold.
        to_minute: the first at which they no longer do.
        rates: instead of the token rates outside the window; fees that it does not name stay.
    """

    from_minute: int
    to_minute: int
    rates: Rates

    def holds(self, minute: int) -> bool:
        """Whether the rates hold at this minute of the day."""
        if self.from_minute <= self.to_minute:
            return self.from_minute <= minute < self.to_minute
        return minute >= self.from_minute or minute < self.to_minute


@dataclass(frozen=True, kw_only=True)
class GpuHour:
    """A model on a machine of one's own: a call costs its share of the machine's time while it is answered.

    Attributes:
        usd_per_hour: what the machine costs.
        concurrency: how many calls were taken to share it, in blocks recorded before shares were measured; else None.
    """

    usd_per_hour: Decimal
    concurrency: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class ModelPricing(Rates):
    """The rates of one ``provider:model`` from one day on.

    Attributes:
        free: declared to cost nothing.
        on_top: its rates are a fee for the tokens on top of what the model costs that was served: a router's.
        gpu_hour: priced by time instead of tokens; None prices by tokens.
        service_tiers: rates of served tiers, e.g. ``batch``; each replaces all token rates.
        windows: rates by time of day; the first that holds counts.
        region_multiplier: region -> factor on the token rates, not on fees.
        from_date: the first day they hold, UTC; None holds from ever.
        applies: which window, service tier, long-context tier and region were resolved into these rates; None for the
            plain ones.
        source: where they were read.
        checked: the day on which they were last compared with the source; None if never.
        earlier: the rates that held before ``from_date``, latest first.
    """

    free: bool = False
    on_top: bool = False
    gpu_hour: GpuHour | None = None
    service_tiers: Mapping[str, Rates] = field(default_factory=dict)
    windows: tuple[Window, ...] = ()
    region_multiplier: Mapping[str, Decimal] = field(default_factory=dict)
    from_date: date | None = None
    applies: str | None = None
    source: str = ""
    checked: date | None = None
    earlier: tuple[ModelPricing, ...] = ()

    @property
    def list_usd_per_mtok(self) -> Decimal | None:
        """One number for how expensive it is: 3/4 input + 1/4 output rate, the customary blend; None by the hour."""
        if self.free:
            return Decimal(0)
        rates = (self.input_usd_per_mtok, self.output_usd_per_mtok)
        if rates == (None, None):
            return None
        paid_in, paid_out = (rate or Decimal(0) for rate in rates)
        return (3 * paid_in + paid_out) / 4

    @classmethod
    def from_block(cls, text: str) -> ModelPricing:
        """Read back the resolved block that a bill names, e.g. from the ``prices`` table.

        Args:
            text: what ``block`` gave.

        Raises:
            PricingError: it is no such block.
        """
        try:
            return _read(json.loads(text))
        except (ValueError, TypeError, AttributeError, KeyError, InvalidOperation):
            raise PricingError(f"block={text[:200]!r} is not a resolved rate block; it was damaged or edited") from None

    def at(self, moment: datetime) -> ModelPricing | None:
        """Find the rates that held at a moment.

        Args:
            moment: aware.

        Returns:
            None if no rate had begun by then.
        """
        day = moment.astimezone(UTC).date()
        for block in (self, *self.earlier):
            if block.from_date is None or block.from_date <= day:
                return block
        return None

    @cached_property
    def is_resolved(self) -> bool:
        """Whether nothing is left to choose: no tier, window or region."""
        return not (self.tiers or self.service_tiers or self.windows or self.region_multiplier)

    @property
    def needs_no_counts(self) -> bool:
        """Whether a call needs no counts to be priced: it is free, or billed by its time."""
        return self.free or self.gpu_hour is not None

    @cached_property
    def block(self) -> str:
        """Canonical JSON of the rates: sorted keys, decimals as plain text, what is None or empty left out."""
        return json.dumps(_shown(self), sort_keys=True, separators=(",", ":"))

    @cached_property
    def price_id(self) -> str:
        """SHA-256 (hex) of ``block``: the key of the ``prices`` table."""
        return hashlib.sha256(self.block.encode()).hexdigest()


RATES = tuple(f.name for f in fields(Rates) if f.name not in ("tiers", "more"))
MORE_RATES = (*(f"{name}_usd_per_mtok" for name in (*MORE_IN, *MORE_OUT)), *(f"{unit}_usd" for unit in UNITS))
_CACHE_WRITE = re.compile(r"cache_write_\d+[smhd]_usd_per_mtok")


def is_rate(name: str) -> bool:
    """Whether a price may name such a rate."""
    return name in RATES or name in MORE_RATES or _CACHE_WRITE.fullmatch(name) is not None


def is_token_rate(name: str) -> bool:
    """Whether a rate is per token, not a fee."""
    return name.endswith("_usd_per_mtok")


def rate_fields(named: Mapping[str, Decimal]) -> dict[str, Any]:
    """Sort rates by name into the fields of ``Rates``."""
    rates = {name: rate for name, rate in named.items() if name in RATES}
    more = {name: rate for name, rate in named.items() if name not in RATES}
    return {**rates, "more": more} if more else rates


@dataclass(frozen=True, kw_only=True)
class Found:
    """The result of a search for a price.

    Attributes:
        pricing: the rates of the day; None without any.
        source: ``registry`` or ``genai-prices==x.y.z``; empty without rates.
        reason: why there are no rates, for people; None if there are.
    """

    pricing: ModelPricing | None = None
    source: str = ""
    reason: str | None = None


def _number(value: Decimal) -> str:
    return format(value.normalize(EXACT), "f")


def _shown(pricing: ModelPricing) -> dict[str, Any]:
    shown: dict[str, Any] = _rates_shown(pricing)
    if pricing.from_date is not None:
        shown["from"] = pricing.from_date.isoformat()
    shown |= {flag: "true" for flag in ("free", "on_top") if getattr(pricing, flag)}
    if pricing.applies is not None:
        shown["applies"] = pricing.applies
    if pricing.gpu_hour is not None:
        shown["gpu_hour"] = {
            f.name: _number(value) for f in fields(GpuHour) if (value := getattr(pricing.gpu_hour, f.name)) is not None
        }
    if pricing.service_tiers:
        shown["service_tiers"] = {name: _rates_shown(rates) for name, rates in pricing.service_tiers.items()}
    if pricing.windows:
        shown["windows"] = [
            {"from": clock(it.from_minute), "to": clock(it.to_minute), **_rates_shown(it.rates)}
            for it in pricing.windows
        ]
    if pricing.region_multiplier:
        shown["region_multiplier"] = {name: _number(factor) for name, factor in pricing.region_multiplier.items()}
    return shown


def _rates_shown(rates: Rates) -> dict[str, Any]:
    shown: dict[str, Any] = {name: _number(rate) for name, rate in rates.named.items()}
    if rates.tiers:
        shown["tiers"] = [{"above": tier.above, **_rates_shown(tier.rates)} for tier in rates.tiers]
    return shown


def clock(minute: int) -> str:
    """Write a minute of the day as ``16:30``."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _read(shown: dict[str, Any]) -> ModelPricing:
    rest = {**shown}
    rates = {name: _finite(rest.pop(name)) for name in list(rest) if is_rate(name)}
    share = rest.pop("gpu_hour", None)
    begins, free, applies = rest.pop("from", None), rest.pop("free", "false"), rest.pop("applies", None)
    on_top = rest.pop("on_top", "false")
    if rest or free not in ("true", "false") or on_top not in ("true", "false"):
        raise ValueError(f"{sorted(rest)} is not part of a resolved block")
    return ModelPricing(
        **rate_fields(rates),
        free=free == "true",
        on_top=on_top == "true",
        gpu_hour=None if share is None else GpuHour(**{name: _finite(value) for name, value in share.items()}),
        from_date=None if begins is None else date.fromisoformat(begins),
        applies=applies,
    )


def _finite(text: str) -> Decimal:
    number = Decimal(text)
    if not isinstance(text, str) or not number.is_finite() or number < 0:
        raise ValueError(f"{text!r} is not a rate")
    return number
