"""A usage beside the one that was read: the fuller of both holds, and where they contradict no cost does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gencost.providers.answer import Answer
from gencost.traffic.bodies import with_usage
from gencost.traffic.other_counters import is_counter, uncounted
from gencost.traffic.values import parsed
from gencost.types import Usage

_NAMES = frozenset({"usage", "usageMetadata", "usage_metadata", "token_usage", "tokenUsage"})
_DEEPEST = 6
_MOST_DIGITS = 40
_ORIGINAL = "original_usage."
_OTHER_UNITS = ("CHARACTERS", "MILLISECONDS", "SECONDS", "IMAGES", "REQUESTS")  # of Langfuse's older exports
_SPEED = re.compile(r"per_token|tokens_per_s", re.IGNORECASE)
_PARTS = ("tokens_cached", "tokens_cache_write", "tokens_cache_write_1h", "tokens_reasoning", "web_searches")


def with_numbers(usage: Mapping[str, Any]) -> dict[str, Any]:
    """A usage whose counts may be digits in quotes, as databases write large ones; embeddings have no output.

    Opik keeps the provider's words behind ``original_usage.``; speeds that Kong writes among the counts are none;
    counts of another ``unit``, characters or seconds, are not tokens.
    """
    unit = usage.get("unit")
    if isinstance(unit, str) and unit.upper() in _OTHER_UNITS:
        return {f"{unit}.{name}": it for name, it in usage.items()}
    original = {name.removeprefix(_ORIGINAL): it for name, it in usage.items() if name.startswith(_ORIGINAL)}
    usage = _nested(original) if original else usage
    counts = {
        name: int(it) if isinstance(it, str) and it.isdecimal() and len(it) < _MOST_DIGITS else it
        for name, it in usage.items()
        if _SPEED.search(name) is None
    }
    if "output" not in counts and counts.get("total") is not None and counts["total"] == counts.get("input"):
        counts["output"] = 0
    return counts


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Objects of names with dots: ``prompt_tokens_details.cached_tokens``."""
    nested: dict[str, Any] = {}
    for name, value in flat.items():
        *around, last = name.split(".")
        target: Any = nested
        for step in around:
            target = target.setdefault(step, {}) if isinstance(target, dict) else None
        if isinstance(target, dict):
            target[last] = value
        else:  # a number stands where the object should: under its whole name nobody reads it
            nested[name] = value
    return nested


def usage_names(body: Mapping[str, Any]) -> frozenset[str]:
    """The keys of an object that hold a whole usage."""
    return _NAMES & body.keys()


def usages_in(body: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Find the usage objects inside a body of any library, LangChain's messages for instance."""
    body = parsed(body)
    inside = body if isinstance(body, list) else body.values() if isinstance(body, Mapping) else ()
    if isinstance(body, Mapping):
        yield from (usage for name in usage_names(body) if isinstance(usage := body[name], Mapping) and usage)
    for value in inside if depth < _DEEPEST else ():
        if isinstance(value, Mapping | list):
            yield from usages_in(value, depth + 1)


def with_fuller(answer: Answer, others: Iterable[Mapping[str, Any]], tier: str | None = None) -> Answer:
    """Set the usage of an answer to the fullest one of its record.

    Args:
        answer: as read; without a usage it stays as it is.
        others: as sent, of whatever protocol.
        tier: that was served, if the log says it.
    """
    for raw in others:
        if answer.reading.usage is None or raw == answer.reading.raw:
            continue
        other = with_usage(answer, raw, "chat", tier)
        before, after = answer.reading.usage, other.reading.usage
        if other is answer or after is None:  # it cannot be read
            missing: Mapping[str, Any] = uncounted({name: it for name, it in raw.items() if is_counter(name)}, answer)
        elif after == before or _is_part(after, before):
            continue
        elif _is_part(before, after) or (after.unread and _is_more(after, before)):
            answer = other
            continue
        else:
            missing = raw if after.unread else uncounted({"usage": raw}, answer)
        if missing:
            answer = _doubted(answer, missing, tier)
    return answer


def protocol_of(answer: Answer) -> str:
    """The protocol by which the usage of an answer was read."""
    return str(answer.reading.reader).partition(" ")[2]


def _doubted(answer: Answer, missing: Mapping[str, Any], tier: str | None) -> Answer:
    raw = {**(answer.reading.raw or {}), "another usage": dict(missing)}
    return with_usage(answer, raw, protocol_of(answer), tier)


def _is_part(usage: Usage, fuller: Usage) -> bool:
    """Whether a usage is contained in another: it may leave out parts, or count them beside its totals."""
    known = _counts(fuller)
    written = sum(count for name, count in known.items() if "write" in name)
    plain = fuller.tokens_in - fuller.tokens_cached
    return (
        usage.tokens_in in (fuller.tokens_in, plain, plain - written)
        and usage.tokens_out in (fuller.tokens_out, fuller.tokens_out - fuller.tokens_reasoning)
        and not usage.unread
        and all(count in (0, known.get(name)) for name, count in _counts(usage).items())
    )


def _is_more(usage: Usage, other: Usage) -> bool:
    return usage.tokens_in >= other.tokens_in and usage.tokens_out >= other.tokens_out


def _counts(usage: Usage) -> dict[str, int]:
    return {**{name: getattr(usage, name) for name in _PARTS}, **usage.more}
