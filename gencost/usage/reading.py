"""Everything that the bill of one answer rests on, read in one call from what the provider sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gencost.types import Usage
from gencost.usage.charged import charged_usd
from gencost.usage.lines import PLAIN_TIERS, READER
from gencost.usage.numbers import OBJECT, shown
from gencost.usage.read_counts import read_counts
from gencost.values.at_once import set_at_once

_TIERS = ("service_tier", "serviceTier", "trafficType", "traffic_type")
_MAY_NAME_TIERS = frozenset({*_TIERS, "extra_properties", "speed"})
_ANYWHERE = ("global", "not_available", "")


@set_at_once
@dataclass(frozen=True, kw_only=True)
class UsageReading:
    """The facts from a provider that its bill rests on.

    Attributes:
        usage: None if there are no counts that can be true.
        raw: the usage as sent, see ``merge.Usages``; None if there was none.
        reader: version and protocol of the reader; None if nothing was sent.
        problem: why counts that were sent cannot be used, for people; None if they can.
        items: what the answer holds that is billed by the piece, by unit.
        service_tier: that was served, as named; a speed that is billed apart is one, too.
        region: where it was served, if that may have rates of its own; None if not.
        charged_usd: what the provider says it charged.
    """

    usage: Usage | None = None
    raw: Mapping[str, Any] | None = None
    reader: str | None = None
    problem: str | None = None
    items: Mapping[str, int] = field(default_factory=dict)
    service_tier: str | None = None
    region: str | None = None
    charged_usd: Decimal | None = None


def read_usage(
    raw: Any,
    protocol: str,
    *,
    text: bool = False,
    items: Mapping[str, int] | None = None,
    service_tier: Any = None,
) -> UsageReading:
    """Read one answer.

    Args:
        raw: its usage, see ``merge.Usages``; anything but an object is ignored.
        protocol: ``chat``, ``messages`` or ``responses``.
        text: whether the model wrote anything: a text, a function's call, a thought.
        items: what it holds that is billed by the piece, see ``items``.
        service_tier: as named beside the usage; the usage may name one, too.
    """
    counted = read_counts(raw, protocol, text=text, items=items)
    raw = raw if isinstance(raw, OBJECT) else None
    sent: Mapping[str, Any] = raw or {}
    region = _word(sent.get("inference_geo"))
    return UsageReading(
        usage=counted.usage,
        raw=raw,
        reader=None if raw is None else f"{READER} {protocol}",
        problem=counted.problem,
        items=dict(items or {}),
        service_tier=_tier(service_tier, sent),
        region=region if region is not None and region.lower() not in _ANYWHERE else None,
        charged_usd=None if raw is None else charged_usd(raw),
    )


def _of_vertex(more: Any) -> tuple[Any, ...]:
    """The tier that Vertex AI's OpenAI endpoint names, deeper in its usage than its own protocol does.

    Source: https://cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/overview (read 2026-11-26).
    """
    google = more.get("google") if isinstance(more, Mapping) else None
    return (google.get("traffic_type"),) if isinstance(google, Mapping) else ()


def _tier(beside: Any, sent: Mapping[str, Any]) -> str | None:
    """The tier that was served, as named beside the usage or in it; a tier with rates of its own takes precedence."""
    if not beside and _MAY_NAME_TIERS.isdisjoint(sent):
        return None
    named = (beside, *(sent.get(key) for key in _TIERS), *_of_vertex(sent.get("extra_properties")))
    tiers = [word for name in named if (word := _word(name))]
    speed = _word(sent.get("speed"))
    billed = dict.fromkeys(name for name in (*tiers, speed) if name and not is_plain(name))
    return "+".join(billed) or next(iter(tiers), None)


def _word(value: Any) -> str | None:
    """The name of a tier or a region; of what is not a text, the text for people, which no price list names.

    Bedrock names a tier as an object of its type alone
    (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ServiceTier.html, read 2026-11-27).
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, OBJECT) and tuple(value) == ("type",) and isinstance(value["type"], str):
        return str(value["type"])
    return shown(value) if value else None


def is_plain(tier: str | None) -> bool:
    """Whether the name of a served tier means the ordinary rates."""
    return tier is None or tier.strip().lower() in PLAIN_TIERS or not tier.strip()
