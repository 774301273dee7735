"""The price registry: ``"provider:model"`` -> dated rates, read from YAML or JSON, wrong ones refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from gencost.errors import PricingError, nearest
from gencost.paths import conf_dir

MOST_USD_PER_MTOK = 2000

_FLAT = {"input_per_million": "input_usd_per_mtok", "output_per_million": "output_usd_per_mtok"}


@dataclass(frozen=True, kw_only=True)
class ModelPricing:
    """The rates of one ``provider:model`` from one day on.

    Attributes:
        input_usd_per_mtok: USD per million input tokens that are neither cached nor cache-written.
        output_usd_per_mtok: USD per million output tokens.
        cached_usd_per_mtok: per million input tokens read from the provider's cache; None names no rate.
        cache_write_usd_per_mtok: per million input tokens written to the cache for 5 minutes; None names no rate.
        cache_write_1h_usd_per_mtok: the same for one hour; None names no rate.
        reasoning_usd_per_mtok: per million reasoning tokens; None bills them as output, which is the usual rule.
        per_request_usd: a fee for each request; None charges none.
        free: declared to cost nothing.
        from_date: the first day they hold, UTC; None holds from ever.
        source: where they were read.
        checked: the day somebody compared them with the source; None if nobody did.
        earlier: the rates that held before ``from_date``, latest first.
    """

    input_usd_per_mtok: Decimal | None = None
    output_usd_per_mtok: Decimal | None = None
    cached_usd_per_mtok: Decimal | None = None
    cache_write_usd_per_mtok: Decimal | None = None
    cache_write_1h_usd_per_mtok: Decimal | None = None
    reasoning_usd_per_mtok: Decimal | None = None
    per_request_usd: Decimal | None = None
    free: bool = False
    from_date: date | None = None
    source: str = ""
    checked: date | None = None
    earlier: tuple[ModelPricing, ...] = ()

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
    def block(self) -> str:
        """Canonical JSON of the rates: sorted keys, decimals as plain text, what is None left out."""
        values = {name: getattr(self, name) for name in _RATES if getattr(self, name) is not None}
        shown = {name: format(value.normalize(), "f") for name, value in values.items()}
        if self.from_date is not None:
            shown["from"] = self.from_date.isoformat()
        if self.free:
            shown["free"] = "true"
        return json.dumps(shown, sort_keys=True, separators=(",", ":"))

    @cached_property
    def price_id(self) -> str:
        """SHA-256 (hex) of ``block``: the key of the ``prices`` table."""
        return hashlib.sha256(self.block.encode()).hexdigest()


_RATES = tuple(f.name for f in fields(ModelPricing) if f.name.endswith(("_mtok", "_usd")))
_KEYS = (*_RATES, "free", "from", "source", "checked", "note")

Registry = dict[str, ModelPricing]


def load_pricing(source: Path | str | Mapping[str, Any] | None = None) -> Registry:
    """Read a price registry.

    Args:
        source: a YAML file of the form of ``conf/pricing/default.yaml``; a JSON file of the flat form
            ``{"openai:gpt-4o": {"input_per_million": 5.0, "output_per_million": 15.0}}``; either already parsed; None
            is the shipped ``conf/pricing/default.yaml``.

    Returns:
        ``"provider:model"`` -> the latest rates, which know the earlier ones.

    Raises:
        PricingError: the file cannot be read, or names a price that cannot be.
    """
    if isinstance(source, Mapping):
        content, place = dict(source), "pricing"
    else:
        path = conf_dir() / "pricing" / "default.yaml" if source is None else Path(source)
        content, place = _parsed(path), str(path)
    models = content.pop("models") if "models" in content else None
    if models is None:
        content, models = {}, content
    _check_settings(content, place)
    if not isinstance(models, Mapping):
        raise PricingError(f'{place}: models is to map "provider:model" to rates')
    return {str(key): _history(str(key), entry, place) for key, entry in models.items()}


def _parsed(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))  # JSON is YAML, too
    except OSError as error:
        raise PricingError(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise PricingError(f"{path}: cannot be read: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise PricingError(f'{path}: a mapping of "provider:model" to rates is expected')
    return content


def _check_settings(settings: Mapping[str, Any], place: str) -> None:
    for key in settings:
        if key != "currency":
            raise PricingError(f"{place}: {key}: there is no such key{nearest(str(key), ['currency', 'models'])}")
    if settings.get("currency", "USD") != "USD":
        raise PricingError(
            f"{place}: currency={settings['currency']!r}: only USD; a rate of exchange is a guess about a day, "
            "convert the rates and say so in their source"
        )


def _history(key: str, entry: Any, place: str) -> ModelPricing:
    if ":" not in key.strip(":"):
        raise PricingError(f'{place}: {key!r}: write "provider:model"')
    blocks = [_block(key, rates, place) for rates in (entry if isinstance(entry, list) else [entry])]
    if not blocks:
        raise PricingError(f"{place}: {key}: has no rates")
    starts = [block.from_date or date.min for block in blocks]
    if sorted(set(starts)) != starts:
        raise PricingError(f"{place}: {key}: `from` dates must grow from block to block: append, never edit")
    *earlier, latest = blocks
    values = {f.name: getattr(latest, f.name) for f in fields(ModelPricing)}
    return ModelPricing(**{**values, "earlier": tuple(reversed(earlier))})


def _block(key: str, rates: Any, place: str) -> ModelPricing:
    if not isinstance(rates, Mapping):
        raise PricingError(f"{place}: {key}: rates are a mapping like {{input_usd_per_mtok: 1, ...}}")
    named = {_FLAT.get(str(name), str(name)): value for name, value in rates.items()}
    for name in named:
        if name not in _KEYS:
            raise PricingError(f"{place}: {key}.{name}: there is no such key{nearest(name, _KEYS)}")
    values: dict[str, Any] = {
        name: _rate(key, name, named[name], place) for name in _RATES if named.get(name) is not None
    }
    free = named.get("free", False) is True
    if not free and ("input_usd_per_mtok" not in values or "output_usd_per_mtok" not in values):
        raise PricingError(f"{place}: {key}: give input_usd_per_mtok and output_usd_per_mtok, or free: true")
    return ModelPricing(
        **values,
        free=free,
        from_date=_date(key, "from", named.get("from"), place),
        source=str(named.get("source", "")),
        checked=_date(key, "checked", named.get("checked"), place),
    )


def _rate(key: str, name: str, value: Any, place: str) -> Decimal:
    try:
        rate = Decimal(str(value)) if not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        rate = Decimal("NaN")
    if not rate.is_finite() or not 0 <= rate <= MOST_USD_PER_MTOK:
        raise PricingError(f"{place}: {key}.{name}={value!r}: a rate is a number from 0 to {MOST_USD_PER_MTOK} USD")
    return rate


def _date(key: str, name: str, value: Any, place: str) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise PricingError(f"{place}: {key}.{name}={value!r}: write a day as 2026-01-31") from None
