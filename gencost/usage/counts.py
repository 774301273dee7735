"""From the sorted numbers of one usage object to inclusive counts, or to the reason why there can be none."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from gencost.errors import UsageError
from gencost.usage.lines import Dialect
from gencost.usage.numbers import OBJECT, shown
from gencost.usage.repeats import contradictions
from gencost.usage.tally import Tally, tally
from gencost.usage.tools import COUNTING, of_no_kind
from gencost.usage.totals import Beside, beside
from gencost.values.token_counts import CACHE_WRITE, KINDS, UNSPLIT, Usage

_OF_INPUT = frozenset({"cached", "written", "tool_prompt", "audio_in"})
_OF_CACHE = frozenset({"cached", "written"})
_OF_OUTPUT = frozenset({"reasoning", "audio_out", "accepted", "rejected"})
# Names whose counts their owners have beside the input; relays bring them into totals, or do not.
_NAMED_BESIDE = frozenset({"cache_read_input_tokens", "cache_creation_input_tokens", "cachedInputTokens"})
_WITH_FIELDS = frozenset({"cached", "written", "reasoning"})
_TIMES_WITH_FIELDS = frozenset({"5m", "1h"})
_SIZES = ("low", "medium", "high")
# Names of counts alone, which mean the same whatever stands beside them.
_COUNTS_ALONE = frozenset(
    {
        *("prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details", "completion_tokens_details"),
        *("input_tokens", "output_tokens", "input_tokens_details", "output_tokens_details", "cache_creation"),
        *("cache_read_input_tokens", "cache_creation_input_tokens"),
        *("tokens_in", "tokens_out", "tokens_total", "tokens_cached", "tokens_cache_write", "tokens_reasoning"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Counted:
    """The result of reading the counts of an answer.

    Attributes:
        usage: None without possible counts.
        problem: why there is no usage, for people; None if there is one, or if nothing was sent.
    """

    usage: Usage | None = None
    problem: str | None = None


def counted_of(raw: Mapping[str, Any], dialect: Dialect, text: bool) -> Counted:
    """Make inclusive counts of one usage object, without the calls inside it.

    Args:
        raw: as sent.
        dialect: its table.
        text: whether the model wrote anything.
    """
    counts = tally(raw, dialect)
    problem = counts.wrong or _missing(counts, dialect, text)
    if problem is not None:
        return Counted(problem=f"usage.{problem}")
    if raw.keys() <= _COUNTS_ALONE and (usage := _of_totals(counts)) is not None:
        return Counted(usage=usage)
    _write_times(counts)
    if "citation" in counts.apart or "num_search_queries" in raw:  # Perplexity bills thinking beside the answer
        counts.apart["reasoning"] = counts.parts.pop("reasoning", 0)
    if counts.parts.get("reasoning", 0) > counts.totals["out"]:
        _bound_estimate(counts, raw)
    movable = _movable(counts, dialect)
    adds = _beside(counts, movable, dialect, raw)
    if adds.problem is not None:
        return Counted(problem=f"usage: {adds.problem}")
    sums = _sums(counts, movable, adds, gap_is_thought=bool(adds.gap) and dialect.gap_is_thought(raw))
    problem = _impossible(counts, sums, text)
    if problem is not None:
        return Counted(problem=problem)
    counts.unread += _other_words(raw, _OF_INPUT.intersection(movable) - adds.names)
    if not COUNTING.isdisjoint(raw):
        _tools(counts, raw)
    counts.unread += _rests(counts, sums.tokens_in) if counts.rests else []
    counts.unread += _shares(counts) if counts.shares else []
    return _usage(counts, sums, _more(counts, raw.get("search_context_size")))


def _missing(counts: Tally, dialect: Dialect, text: bool) -> str | None:
    if "in" in counts.totals and "out" in counts.totals:
        return None
    for side, name in zip(("in", "out"), dialect.totals, strict=True):
        if side not in counts.totals:
            # the text of an embedding is its vector
            embeds = dialect.name.endswith("embeddings")
            written = side == "out" and text and not embeds and not counts.apart.get("thought")
            if written or not dialect.empty_is_zero:
                return f"{name} is missing"
            counts.totals[side] = 0
    return None


def _of_totals(counts: Tally) -> Usage | None:
    """Make the usage of two totals without any further counts; None if there are any."""
    tokens_in, tokens_out, total = counts.totals["in"], counts.totals["out"], counts.totals.get("all")
    others = counts.unread or counts.plain or counts.rests or counts.apart or counts.units or counts.shares
    if others or any(counts.parts.values()) or any(counts.writes.values()):
        return None
    if not (tokens_in and tokens_out) or total not in (None, 0, tokens_in + tokens_out):
        return None
    return Usage(tokens_in=tokens_in, tokens_out=tokens_out)


def _write_times(counts: Tally) -> None:
    """Bring the cache writes of each time into line with their total; what no time names was written for 5 minutes."""
    if not counts.writes and "written" not in counts.parts:
        return
    by_time, total = sum(counts.writes.values()), counts.parts.get("written", 0)
    rest = total - by_time
    if rest > 0 and (by_time == 0 or "5m" not in counts.writes):
        counts.writes["5m"] = rest
    elif rest != 0 and total:
        counts.unread.append(f"cache writes by time ({by_time}) differ from their total ({total})")
    counts.parts["written"] = max(total, by_time)


def _bound_estimate(counts: Tally, raw: Mapping[str, Any]) -> None:
    """Take thoughts that a relay says it estimated for at most all output, where the total has no room for them."""
    totals, details = counts.totals, raw.get("completion_tokens_details")
    estimated = isinstance(details, OBJECT) and details.get("reasoning_tokens_estimated") is True
    if estimated and totals.get("all") in (None, totals["in"] + totals["out"]):
        counts.parts["reasoning"] = totals["out"]


def _movable(counts: Tally, dialect: Dialect) -> dict[str, int]:
    """The parts that may be inside or beside the totals, which only the totals show; zeros are left out."""
    may = dialect.may_stand_beside
    movable = {name: count for name, count in counts.parts.items() if count and name in may}
    if counts.apart:
        movable |= {name: count for name, count in counts.apart.items() if count and name in dialect.usually_beside}
    return movable


def _beside(counts: Tally, movable: Mapping[str, int], dialect: Dialect, raw: Mapping[str, Any]) -> Beside:
    """Find out which parts are beside the totals; a cache that is larger than all input must be."""
    totals = counts.totals
    total = totals.get("all") or None
    shown = totals["in"] + totals["out"]
    usual = dialect.usually_beside
    if movable and total in (None, shown) and _of_cache(movable) > totals["in"] and _is_named_beside(raw):
        names = _OF_CACHE if total else {*_OF_CACHE, *usual}
        return Beside(names=frozenset(names & movable.keys()))
    return beside(shown, total, movable, usual)


def _of_cache(movable: Mapping[str, int]) -> int:
    return movable.get("cached", 0) + movable.get("written", 0)


def _is_named_beside(raw: Mapping[str, Any]) -> bool:
    return raw.get("usage_semantic") == "anthropic" or not _NAMED_BESIDE.isdisjoint(raw)


class _TokenSums(NamedTuple):
    tokens_in: int
    tokens_out: int
    reasoning: int


def _sums(counts: Tally, movable: Mapping[str, int], adds: Beside, *, gap_is_thought: bool) -> _TokenSums:
    """Add to each total the parts beside it."""
    tokens_in, tokens_out, thought = counts.totals["in"], counts.totals["out"], counts.apart.get("reasoning", 0)
    inside = 0 if "thought" in adds.names else counts.apart.get("thought", 0)
    for name in adds.names:
        if name in _OF_INPUT:
            tokens_in += movable[name]
        elif name in _OF_OUTPUT:
            tokens_out += movable[name]
        else:
            thought += movable[name]
    if adds.gap and gap_is_thought:
        thought += adds.gap
    elif adds.gap:
        counts.unread.append(f"the total of all is {adds.gap} more than its parts")
    tokens_out += thought + counts.apart.get("citation", 0)
    return _TokenSums(tokens_in, tokens_out, counts.parts.get("reasoning", 0) + thought + inside)


def _impossible(counts: Tally, sums: _TokenSums, text: bool) -> str | None:
    if sums.tokens_in == 0:
        return "usage says 0 input tokens, but a prompt was sent"
    if counts.apart.get("tool_prompt", 0) > sums.tokens_in:
        return f"usage: a part of the input ({counts.apart['tool_prompt']}) is more than all of it ({sums.tokens_in})"
    if sums.tokens_out == 0 and text and counts.totals.get("all") != sums.tokens_in:
        return "usage says 0 output tokens beside an answer"
    for side, total in (("in", sums.tokens_in), ("out", sums.tokens_out)) if counts.plain else ():
        if counts.plain.get(side, 0) > total:
            return f"usage: a part of the {side}put ({counts.plain[side]}) is more than all of it ({total})"
    return None


def _other_words(raw: Mapping[str, Any], inside: Collection[str]) -> list[str]:
    """Words on which the bill depends, if nobody knows them, or if they say other than the counts do.

    Args:
        raw: as sent.
        inside: parts of the input that the counts have inside their total.
    """
    size, counted_as = raw.get("search_context_size"), raw.get("usage_semantic")
    words = [f"search_context_size={shown(size)}"] if size and size not in _SIZES else []
    if counted_as and counted_as != "openai" and inside:  # of new-api: what its totals hold
        words.append(f"usage_semantic={shown(counted_as)}")
    return words


def _tools(counts: Tally, raw: Mapping[str, Any]) -> None:
    """Add the tools whose kind is not named."""
    ran, unread = of_no_kind(raw, counts.units.get("web_search", 0))
    counts.unread += unread
    if ran:
        counts.units["server_tool"] = ran


def _rests(counts: Tally, tokens_in: int) -> list[str]:
    """Name the counts of input that no cache had which are not so."""
    rest = tokens_in - counts.parts.get("cached", 0)
    true = (rest, rest - counts.parts.get("written", 0))
    wrong = {path: number for path, number in counts.rests.items() if number not in true}
    return [f"{path}={number} where {rest} input tokens are not cached" for path, number in wrong.items()]


def _shares(counts: Tally) -> list[str]:
    """Name the parts whose shares do not add up to them."""
    parts = [(name, total, counts.parts.get(name, 0)) for name, total in (counts.shares or {}).items()]
    wrong = [(name, shown(total), all_) for name, total, all_ in parts if total != all_]
    return [f"shares of {name} tokens add up to {total}, not to {all_}" for name, total, all_ in wrong]


def _more(counts: Tally, search_size: Any) -> dict[str, int]:
    """The counts that have no field of their own, those of 0 left out."""
    parts = counts.parts
    more = {name: count for name, count in parts.items() if count and name not in _WITH_FIELDS} if parts else {}
    if counts.writes:
        times = [(time, count) for time, count in counts.writes.items() if count and time not in _TIMES_WITH_FIELDS]
        more |= {f"{CACHE_WRITE}{time}": count for time, count in times}
    if counts.units:
        more |= {name: count for name, count in counts.units.items() if count and name != "web_search"}
    if counts.apart.get("citation"):
        more["citation"] = counts.apart["citation"]
    if search_size in _SIZES:
        more[f"request_{search_size}"] = 1
    return more


def _not_split(counts: Tally, more: Mapping[str, int]) -> bool:
    """Whether cached tokens may be of another kind than text and nobody says how many are."""
    split = any(name.startswith("cached_") for name in counts.parts)
    return not split and any(f"{kind}_in" in more for kind in KINDS)


def _usage(counts: Tally, sums: _TokenSums, more: Mapping[str, int]) -> Counted:
    cached, unread = counts.parts.get("cached", 0), counts.unread
    if cached and more and _not_split(counts, more):
        more = {**more, UNSPLIT: cached}
    try:
        usage = Usage(
            tokens_in=sums.tokens_in,
            tokens_out=sums.tokens_out,
            tokens_cached=cached,
            tokens_cache_write=counts.writes.get("5m", 0),
            tokens_cache_write_1h=counts.writes.get("1h", 0),
            tokens_reasoning=sums.reasoning,
            web_searches=counts.units.get("web_search", 0),
            more=more,
            unread=tuple(sorted(unread)) if unread else (),
        )
    except UsageError as error:
        return Counted(problem=f"usage: {error}")
    if counts.repeats and (wrong := contradictions(counts.repeats, usage, counts.apart.get("tool_prompt", 0))):
        usage = replace(usage, unread=(*usage.unread, *wrong))
    return Counted(usage=usage)
