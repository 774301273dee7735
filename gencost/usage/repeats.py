"""Numbers of a usage that say again what others say: a total, or the rest of one that is text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from gencost.usage.numbers import shown
from gencost.values.token_counts import CACHE_WRITE, KINDS, MORE_OUT, UNSPLIT, Usage

Repeats = Mapping[tuple[str, str], int]


def contradictions(repeats: Repeats, usage: Usage, tool_prompt: int) -> list[str]:
    """Name the numbers that no disjoint parts add up to: then tokens are missing, in them or in the parts.

    Args:
        repeats: path and side, ``in`` or ``out``, -> the number.
        usage: as the other numbers were read.
        tool_prompt: tokens of the input that tools wrote, which are counted apart.
    """
    sums: dict[str, set[int]] = {}
    wrong = []
    for (path, side), number in repeats.items():
        if number in (_all_in(usage) if side == "in" else (usage.tokens_out,)):
            continue  # most have all of it
        if side not in sums:
            sums[side] = _sums(_parts_in(usage, tool_prompt) if side == "in" else _parts_out(usage))
        if number not in sums[side]:
            wrong.append(f"{path}={shown(number)} is neither all of the {side}put nor what is left of it")
    return wrong


def _all_in(usage: Usage) -> tuple[int, int]:
    """All of the input, and what no cache had of it."""
    return usage.tokens_in, usage.tokens_in - usage.tokens_cached


def _parts_in(usage: Usage, tool_prompt: int) -> Iterable[int]:
    more = usage.more
    if UNSPLIT in more:  # by kind, whatever was cached
        usage = replace(usage, tokens_cached=0, more={name: it for name, it in more.items() if name != UNSPLIT})
        return _parts_in(usage, tool_prompt)
    cached = [more.get(f"cached_{kind}", 0) for kind in KINDS]
    others = [more.get(f"{kind}_in", 0) - read for kind, read in zip(KINDS, cached, strict=True)]
    writes = [count for name, count in more.items() if name.startswith(CACHE_WRITE)]
    writes += [usage.tokens_cache_write, usage.tokens_cache_write_1h]
    text = usage.tokens_in - usage.tokens_cached - sum(others) - sum(writes)
    return (text - tool_prompt, tool_prompt, usage.tokens_cached - sum(cached), *cached, *others, *writes)


def _parts_out(usage: Usage) -> Iterable[int]:
    others = [usage.more.get(name, 0) for name in MORE_OUT]
    return (usage.tokens_out - usage.tokens_reasoning - sum(others), usage.tokens_reasoning, *others)


def _sums(parts: Iterable[int]) -> set[int]:
    sums = {0}
    for part in filter(None, parts):
        sums |= {part + it for it in sums}
    return sums
