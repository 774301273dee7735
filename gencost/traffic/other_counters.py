"""Counters that a record has beside those that its source reads: a number of tokens that nobody counted is never free.

Invariant: a number whose name is one of a provider's counter either repeats a count of the usage, or makes the bill
partial. A provider names the kind of its counts (``cached``, ``audio``) or all of them (``total_tokens``); a name of
other words (``my_tokens``, ``chunk_tokens``) is somebody's own column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from gencost.providers.answer import Answer
from gencost.traffic.values import count
from gencost.types import Usage
from gencost.values.token_counts import CACHE_WRITE

_COUNTER = re.compile(
    r"token|usage|cache[ _.-]?(?:read|writ|creat)|search(?:es|[ _.-]?(?:request|count|queries|call|unit))",
    re.IGNORECASE,
)
# Parameters, limits, speeds, shares, measures, other calls, sums over calls and money have such names, too; predicted
# tokens are inside the output and billed like it.
_OTHER = re.compile(
    r"max|limit|budget|remain|quota|window|session|target|reserv|saved|predict|per[ _.-]|/s|[ _.-]sec"
    r"|throughput|speed|tokens?per|entropy|overlap|similarity|recall|precision|accuracy|efficiency"
    r"|[ _.-](?:f1|p\d\d|std|min|median|diff|delta|score)(?:$|[ _.-])"
    r"|(?:^|[ _.-])(?:median|baseline|prev|previous|old)[ _.-]"
    r"|cumul|so[ _.-]?far|usage[ _.-]?(?:count|type)|type$"
    r"|(?:^|[ _.-])(?:est|rate|avg|mean|ratio|share|pct|percent|running|time)"
    r"|cost|price|usd|credit|latency|duration|first|[ _.-](?:id|s|ms|at|ok|hit)s?$",
    re.IGNORECASE,
)
# Inside the input and billed like it, unless a cache had them.
_OF_THE_PROMPT = re.compile(r"context|system|history|template", re.IGNORECASE)
_UNCACHED = re.compile(r"no[ _.-]?cache|uncached|non[ _.-]?cache|miss|fresh", re.IGNORECASE)
_CACHE = re.compile(r"cach|writ|creat", re.IGNORECASE)
_THOUGHT = re.compile(r"reason|think|thought", re.IGNORECASE)
_SEARCH = re.compile(r"search", re.IGNORECASE)
_KIND = re.compile(
    r"audio|image|video|media|speech|vision|citation|tool|guard|document|ground(?!.?truth)|rerank", re.IGNORECASE
)
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_SIDES = frozenset(
    """in input inputs out output outputs prompt prompts completion completions request requests response responses
    answer answers generated generation candidates text embed embedding embeddings""".split()  # noqa: SIM905 - a list to read
)
_ALL = frozenset(
    """token tokens tok toks usage count counts num number n of the sum total totals all used consumed billed billable
    charged chargeable native normalized units unit llm model api ai gen chat provider server metrics details""".split()  # noqa: SIM905
)
_OWN = frozenset("my our own custom local tiktoken approx approximate guessed expected naive".split())  # noqa: SIM905
_DEEPEST = 4


@lru_cache(maxsize=4096)
def is_counter(name: str) -> bool:
    """Whether a name is that of a counter that may be billed.

    Args:
        name: of a column or an attribute; behind dots what is inside of it.
    """
    if _COUNTER.search(name) is None or _OTHER.search(name) is not None:
        return False
    if _OF_THE_PROMPT.search(name) is not None and _CACHE.search(name) is None:
        return False
    *around, last = name.split(".")
    if any(map(_COUNTER.search, around)) or any(kind.search(name) for kind in (_CACHE, _THOUGHT, _SEARCH, _KIND)):
        return True
    words = {word.lower() for word in _WORD.findall(last)}
    return words <= _ALL or bool(words & _SIDES and not words & _OWN)


def uncounted(named: Mapping[str, Any], answer: Answer) -> dict[str, int]:
    """Find the counters that the usage of an answer does not hold.

    Args:
        named: by their names; objects are looked into, and names that are not those of counters left out.
        answer: as read; without a usage all of them are missing.

    Returns:
        Name -> number, none of them 0.
    """
    usage = answer.reading.usage
    numbers = (it for name, value in named.items() for it in _numbers(name, value, 0))
    counters = {path: number for path, number in numbers if number and is_counter(path)}
    if usage is None:
        return counters
    return {path: number for path, number in counters.items() if number not in _counted(path, usage)}


def _numbers(path: str, value: Any, depth: int) -> Iterator[tuple[str, int]]:
    if isinstance(value, Mapping):
        for name, inner in value.items() if depth < _DEEPEST else ():
            if _OTHER.search(str(name)) is None:
                yield from _numbers(f"{path}.{name}", inner, depth + 1)
    elif not isinstance(value, bool) and (number := count(value)) is not None:
        yield path, number


def _counted(name: str, usage: Usage) -> tuple[int, ...]:
    """The counts of a usage that a counter of such a name may repeat."""
    cached, times = usage.tokens_cached, (usage.tokens_cache_write, usage.tokens_cache_write_1h, *_longer(usage))
    written, inside, out = sum(times), usage.tokens_in, usage.tokens_out
    if _UNCACHED.search(name):
        return (inside - cached, inside - cached - written)
    if _CACHE.search(name):
        return (cached, written, *times)
    if _THOUGHT.search(name):
        return (usage.tokens_reasoning,)
    if _SEARCH.search(name):
        return (usage.web_searches,)
    if _KIND.search(name):
        return ()
    ins, outs = (inside, inside - cached, inside - cached - written), (out, out - usage.tokens_reasoning)
    return (*ins, *outs, *(first + second for first in ins for second in outs))


def _longer(usage: Usage) -> tuple[int, ...]:
    return tuple(number for name, number in usage.more.items() if name.startswith(CACHE_WRITE))
