"""A second look at a recorded usage, without the tables that it was read by: is every number of it in the counts?

It knows no provider and no path. A number that a provider counted must be a sum of the disjoint parts that were billed,
or of the pieces, or its name must say that it is a time, money or a repetition; and the greatest total must have been
billed. So a line that is missing in a table, or says the wrong thing, is found by what does not share it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

from gencost.values.token_counts import UNSPLIT, Usage

_NOT_COUNTED = re.compile(
    r"time|duration|latency|second|per_sec|(?<!ht)tps|memory|_ms|cost|price|ticks|credit|(?<!gene)rate|prediction|fetch|requested|executed|server_side_tools|mcp|num_?requests|per_turn|tool_output|(?<!con)text_?tokens|x_details|context_details|timing|ttft|(?:prefill|decode|jump_forward|question)_tokens$|tool_search|miss|^(?:successful_)?requests$|^request_count$|^tool_calls$|[ds]ram_cached|cached_tokens_details\.(?:device|host)$|characters$|^cache_deleted|created_cache|^tool_usage_details|^(?:contextWindow|maxOutputTokens)$|put(?:Images|Videos|AudioFiles)$",
    re.IGNORECASE,
)
_APART = re.compile(r"tool_?use_?prompt_?token_?count|total_tool_use_tokens|prediction_tokens", re.IGNORECASE)
_TOTAL = re.compile(r"total", re.IGNORECASE)
_AS_TEXT = ("TEXT", "DOCUMENT")  # kinds that have no rate of their own
_MOST_PARTS = 14
_OTHERS = ("audio", "image", "video")


def uncovered(raw: Mapping[str, Any], usage: Usage) -> list[str]:
    """Name the numbers of a usage as sent that the counts do not explain.

    Args:
        raw: as sent.
        usage: as it was read.
    """
    if usage.unread:
        return []  # it is known to be incomplete
    sums = _sums(usage)
    raw = raw["billed_units"] if isinstance(raw.get("billed_units"), Mapping) else raw  # the others are not billed
    for path, prompt in _numbers(raw, ""):
        if _APART.search(path):  # part of a total, which is counted with the rest of it
            sums |= {prompt, *(it - prompt for it in sums)}
    missing = [f"{path}={value}" for path, value in _numbers(raw, "") if value not in sums and not _named(path)]
    billed = usage.tokens_in + usage.tokens_out
    totals = [(path, value) for path, value in _numbers(raw, "") if _is_total(path)]
    return missing + [f"{path}={value} is more than the {billed} billed" for path, value in totals if value > billed]


def _is_total(path: str) -> bool:
    return _TOTAL.search(path.rpartition(".")[2]) is not None and not _named(path)


def _named(path: str) -> bool:
    """Whether a name on the path says that the number is not a count."""
    return _NOT_COUNTED.search(path) is not None


def _numbers(value: Any, path: str) -> Iterator[tuple[str, int]]:
    """Whole numbers above 0, with the path to each; other numbers count nothing."""
    if isinstance(value, Mapping):
        estimated = "reasoning_tokens" if value.get("reasoning_tokens_estimated") is True else None
        for key, inner in value.items():
            if key == estimated:
                continue
            yield from _numbers(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for inner in value:
            if not (isinstance(inner, Mapping) and inner.get("modality") in _AS_TEXT):
                yield from _numbers(inner, f"{path}[]")
    elif type(value) in (int, float) and 0 < value < inf and value == int(value):
        yield path, int(value)


def _sums(usage: Usage) -> set[int]:
    """Every sum of disjoint parts of the tokens of one call, and the pieces."""
    pieces = {usage.web_searches, *(count for name, count in usage.more.items())}
    sums = set(pieces)
    for part in (usage, *(call.usage for call in usage.calls)):
        sums |= _subset_sums(_parts(part))
        if UNSPLIT in part.more:  # by kind, whatever was cached
            sums |= {part.tokens_cached, part.tokens_in - part.tokens_cached}
    by_model: dict[str | None, list[int]] = {}
    for call in usage.calls:
        by_model.setdefault(call.model, []).append(call.usage.tokens_in)
        sums.add(call.usage.tokens_out)
    plain = [call.usage for call in usage.calls if call.model is None]
    for name in ("tokens_in", "tokens_out", "tokens_cached", "tokens_cache_write"):
        sums |= _subset_sums([getattr(it, name) for it in plain][:_MOST_PARTS])
    return sums | {_uncached_in(plain)}


def _uncached_in(calls: list[Usage]) -> int:
    return sum(it.tokens_in - it.tokens_cached - it.tokens_cache_write - it.tokens_cache_write_1h for it in calls)


def _parts(usage: Usage) -> list[int]:
    more = usage.more
    read = {kind: more.get(f"cached_{kind}", 0) for kind in _OTHERS}
    ins = [more.get(f"{kind}_in", 0) - read[kind] for kind in _OTHERS]
    outs = [more.get(f"{kind}_out", 0) for kind in _OTHERS] + [more.get("citation", 0)]
    writes = [usage.tokens_cache_write, usage.tokens_cache_write_1h]
    writes += [count for name, count in more.items() if name.startswith("cache_write_")]
    cached = [usage.tokens_cached - sum(read.values()), *read.values()]
    plain_in = usage.tokens_in - sum(ins) - sum(writes) - sum(cached)
    plain_out = usage.tokens_out - usage.tokens_reasoning - sum(outs)
    if UNSPLIT in more:
        plain_in, cached = plain_in + usage.tokens_cached, []
    parts = (plain_in, *ins, *writes, *cached, plain_out, usage.tokens_reasoning, *outs)
    return [part for part in parts if part][:_MOST_PARTS]


def _subset_sums(parts: list[int]) -> set[int]:
    sums = {0}
    for part in parts:
        sums |= {part + it for it in sums}
    return sums
