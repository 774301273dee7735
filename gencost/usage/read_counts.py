"""Turn what a provider counted into the inclusive counts of ``Usage``: a closed world, whatever it sends.

Invariant: a number other than 0 is either in a count, or named in ``Usage.unread``, or the table says that it is not
billed. Nothing that is unknown becomes 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gencost.errors import UsageError
from gencost.usage.chat import CHAT
from gencost.usage.counts import Counted, counted_of
from gencost.usage.libraries import AI_SDK_4, AI_SDK_MODEL, COUNTS
from gencost.usage.lines import Dialect
from gencost.usage.logs import OF_LOGS
from gencost.usage.numbers import OBJECT
from gencost.usage.vendors import (
    COHERE,
    CONVERSE,
    GEMINI,
    GEMINI_PYTHON,
    INTERACTIONS,
    INVOKE,
    MESSAGES,
    OLLAMA,
    RESPONSES,
)
from gencost.values.token_counts import SubCall, Usage

Json = Mapping[str, Any]

_OF_VENDORS = {
    dialect.name: dialect
    for dialect in (
        *(CHAT, MESSAGES, RESPONSES, GEMINI, GEMINI_PYTHON, OLLAMA, AI_SDK_MODEL, CONVERSE, COHERE),
        *(COUNTS, INVOKE, AI_SDK_4, INTERACTIONS),
    )
}
_BY_NAME = {**_OF_VENDORS, **{dialect.name: dialect for dialect in OF_LOGS}}
_DETAILS = frozenset(
    {"input_tokens_details", "input_token_details", "cached_input_tokens", "cache_audio_read_tokens", "details"}
)
# Names of cached tokens that no vendor has beside its input, and those of the one who has.
_INSIDE_WHEN_ALONE = frozenset(
    {
        "cached_tokens",
        "cached_input_tokens",
        "prompt_cache_hit_tokens",
        "num_cached_tokens",
        "cached_prompt_tokens",
        "prompt_tokens_cached",
    }
)
_ANTHROPICS = frozenset({"cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation"})
_OF_INVOKE = frozenset({"cacheReadInputTokenCount", "cacheWriteInputTokenCount", "invocationLatency"})
_OF_A_RUN = frozenset({"requests", "tool_calls"})  # of Pydantic AI, beside its cached tokens
# Vercel's AI SDK 6 and Spring AI keep the vendor's usage there (ai-sdk.dev, LanguageModelUsage, and docs.spring.io,
# Usage; read 2026-11-27).
_RAW = frozenset({"raw", "nativeUsage"})
_SAME_MODEL = (None, "message", "compaction")
_INSIDE = frozenset({"iterations", "usage_breakdown"})
_MORE = _RAW | _INSIDE | {"tool_usage"}


def shape_of(raw: Json, protocol: str) -> Dialect | None:
    """Choose the table of a usage object by its own names; None if no table has them."""
    asked = _BY_NAME.get(protocol)
    if asked is not None and asked.names_totals_of(raw):
        return RESPONSES if asked is MESSAGES and _has_cache_inside(raw) else asked
    shaped = next((dialect for dialect in _OF_VENDORS.values() if dialect.names_totals_of(raw)), None)
    if shaped is COUNTS and not _OF_INVOKE.isdisjoint(raw):
        return INVOKE
    return RESPONSES if shaped is MESSAGES and _has_all_inside(raw) else shaped


def _has_all_inside(raw: Json) -> bool:
    """Whether totals that Messages has, too, are those of another who has cached tokens inside of them."""
    of_a_run = "cache_read_tokens" in raw and not _OF_A_RUN.isdisjoint(raw)
    return of_a_run or not _DETAILS.isdisjoint(raw) or _has_cache_inside(raw)


def _has_cache_inside(raw: Json) -> bool:
    return _ANTHROPICS.isdisjoint(raw) and not _INSIDE_WHEN_ALONE.isdisjoint(raw)


def read_counts(raw: Any, protocol: str, *, text: bool = False, items: Mapping[str, int] | None = None) -> Counted:
    """Read the counts of one answer.

    Args:
        raw: its usage as sent, see ``merge.Usages``; anything may come.
        protocol: ``chat``, ``messages``, ``responses`` or a log's: whose names are looked for first.
        text: whether the answer has any text, which no model writes for 0 tokens.
        items: what the answer holds that is billed by the piece, by unit.
    """
    if not raw or not isinstance(raw, OBJECT):
        return Counted()
    dialect = shape_of(raw, protocol)
    if dialect is None:
        return Counted(problem="the usage names no token counts")
    if not _MORE.isdisjoint(raw):
        return _with_more(raw, dialect, text, items)
    counted = counted_of(raw, dialect, text)
    if counted.usage is None or not items:
        return counted
    return Counted(usage=_with_items(counted.usage, items))


def _with_more(raw: Json, dialect: Dialect, text: bool, items: Mapping[str, int] | None) -> Counted:
    """Read a usage that holds others, of the vendor or of calls inside it, or says which tools ran beside it."""
    counted = counted_of(raw, dialect, text) if _RAW.isdisjoint(raw) else _with_raw(raw, dialect, text)
    if counted.usage is None:
        return counted
    items = _with_told(items, raw)
    usage = _with_items(counted.usage, items) if items else counted.usage
    return Counted(usage=usage) if _INSIDE.isdisjoint(raw) else _with_calls(raw, dialect, usage)


def _with_raw(raw: Json, dialect: Dialect, text: bool) -> Counted:
    """Read a usage that also keeps the vendor's own, which is used if it has the same counts in more detail."""
    place = min(_RAW & raw.keys())
    outer = counted_of({name: it for name, it in raw.items() if name != place}, dialect, text)
    vendor = raw[place]
    if not vendor:
        return outer
    inner = (
        Counted()
        if isinstance(vendor, OBJECT) and not _RAW.isdisjoint(vendor)
        else read_counts(vendor, "chat", text=text)
    )
    if outer.usage is None or inner.usage is None:
        return counted_of(raw, dialect, text)
    thought = max(outer.usage.tokens_reasoning, inner.usage.tokens_reasoning)
    for usage, fuller in ((outer.usage, inner.usage), (inner.usage, outer.usage)):
        if _says_no_more(usage, fuller):
            return Counted(usage=replace(fuller, tokens_reasoning=thought))
    return counted_of(raw, dialect, text)


def _says_no_more(usage: Usage, fuller: Usage) -> bool:
    """Whether two usages have the same totals, and one names no part that the other does not."""
    parts, all_parts = _counts(usage), _counts(fuller)
    more = usage.more or usage.web_searches or usage.unread
    same = all(count in (0, there) for count, there in zip(parts[2:], all_parts[2:], strict=True))
    return same and not more and parts[:2] == all_parts[:2]


def _with_told(items: Mapping[str, int] | None, raw: Json) -> Mapping[str, int] | None:
    """Add the searches that Responses count beside the usage where no item of the output shows one."""
    tools = raw.get("tool_usage")
    searches = tools.get("web_search") if isinstance(tools, OBJECT) else None
    told = searches.get("num_requests") if isinstance(searches, OBJECT) else None
    if type(told) is not int or told <= 0 or (items and items.get("web_search")):
        return items
    return {**(items or {}), "web_search": told}


def _with_items(usage: Usage, items: Mapping[str, int]) -> Usage:
    """Add what the answer itself holds; what the usage counts, too, is counted there."""
    missing = {name: count for name, count in items.items() if count and name not in usage.more}
    searches = missing.pop("web_search", 0)
    if not missing and (usage.web_searches or not searches):
        return usage
    named = {name: count for name, count in missing.items() if not name.startswith("?")}
    odd = {name[1:]: count for name, count in missing.items() if name.startswith("?")}
    # the tokens of a picture or of speech, where they are counted apart, are its bill
    unknown = tuple(f"output item {name} x {count}" for name, count in odd.items() if f"{name}_out" not in usage.more)
    return replace(
        usage,
        web_searches=usage.web_searches or searches,
        more={**usage.more, **named},
        unread=(*usage.unread, *unknown),
    )


@dataclass(kw_only=True)
class _Inner:
    """The calls inside a call, as they are read."""

    calls: list[SubCall] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def take(self, place: str, model: Any, usage: Any, protocol: str) -> None:
        """Read one; calls inside it again would be a kind that nobody knows."""
        nested = isinstance(usage, Mapping) and any(usage.get(key) for key in _INSIDE)
        counted = Counted() if nested else read_counts(usage, protocol)
        if counted.usage is None:
            self.unread.append(f"{place}: {counted.problem or 'no usage that can be read'}")
        else:
            self.calls.append(SubCall(model=model if isinstance(model, str) else None, usage=counted.usage))


def _with_calls(raw: Json, dialect: Dialect, usage: Usage) -> Counted:
    inner = _Inner()
    breakdown = raw.get("usage_breakdown")
    models = breakdown.get("models") if isinstance(breakdown, Mapping) else None
    if dialect is MESSAGES and raw.get("iterations"):
        _iterations(raw["iterations"], inner)
    elif dialect is CHAT and models:
        for n, it in enumerate(models if isinstance(models, list) else [models]):
            named = it if isinstance(it, Mapping) else {}
            inner.take(f"usage_breakdown.models[{n}]", named.get("model"), named.get("usage"), "chat")
    if not inner.calls and not inner.unread:
        return Counted(usage=usage)
    return _together(usage, inner)


def _iterations(entries: Any, inner: _Inner) -> None:
    """Anthropic: what the top level leaves out is listed here, so that the sum of all entries is what is billed.

    Source: https://platform.claude.com/docs/en/build-with-claude/compaction and .../tool-use/advisor-tool (2026-11-26).
    """
    for n, it in enumerate(entries if isinstance(entries, list) else [entries]):
        entry = dict(it) if isinstance(it, Mapping) else {}
        kind, model = entry.pop("type", None), entry.pop("model", None)
        place = f"iterations[{n}]"
        if model is None and kind not in _SAME_MODEL:
            inner.unread.append(f"{place}: a call of kind {kind!r} without its model")
        else:
            inner.take(place, model, entry, "messages")


def _together(usage: Usage, inner: _Inner) -> Counted:
    calls = tuple(inner.calls)
    unread = [*usage.unread, *inner.unread, *(line for call in calls for line in call.usage.unread)]
    if len(calls) == 1 and calls[0].model is None and _counts(calls[0].usage) == _counts(usage):
        return Counted(usage=replace(usage, unread=tuple(unread)))
    if not calls:
        return Counted(usage=replace(usage, unread=tuple(unread)))
    names = ("tokens_in", "tokens_out", "tokens_cached", "tokens_cache_write", "tokens_cache_write_1h")
    sums = {name: sum(getattr(call.usage, name) for call in calls) for name in names}
    unread += [
        f"{name}={getattr(usage, name)} is more than that of all calls inside ({sums[name]})"
        for name in names
        if getattr(usage, name) > sums[name]
    ]
    try:
        more = {**usage.more}
        for call in calls:
            for name, count in call.usage.more.items():
                more[name] = more.get(name, 0) + count
        whole = replace(usage, **sums, more=more, calls=calls, unread=tuple(unread))
    except UsageError as error:
        return Counted(problem=f"usage: {error}")
    return Counted(usage=whole)


def _counts(usage: Usage) -> tuple[int, ...]:
    return usage.tokens_in, usage.tokens_out, usage.tokens_cached, usage.tokens_cache_write, usage.tokens_cache_write_1h
