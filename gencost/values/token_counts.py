"""The counts of one answer: tokens on an inclusive basis, and what is billed by the piece.

Invariant: counts that cannot be true, or cannot be stored, are refused where they are born.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, Literal

from gencost.errors import UsageError
from gencost.values.at_once import set_at_once

UsageSource = Literal["provider", "estimated"]


@set_at_once
@dataclass(frozen=True, kw_only=True)
class Usage:
    """Counts of one answer, **inclusive**: a part is contained in its total.

    Attributes:
        tokens_in: all input tokens; contains ``tokens_cached``, every cache write, and audio, images and video.
        tokens_out: all output tokens; contains ``tokens_reasoning``, audio, images, video and citations.
        tokens_cached: input tokens read from the provider's prompt cache, of every kind.
        tokens_cache_write: input tokens written to the cache for the short time (5 minutes), without longer ones.
        tokens_cache_write_1h: input tokens written to the cache for one hour.
        tokens_reasoning: output tokens that were thought and not shown.
        web_searches: searches that the provider made for the answer; no tokens.
        source: ``provider`` if the provider counted, ``estimated`` if GenCost did.
        more: other counts by name, without zeros: tokens named in ``MORE_IN`` and ``MORE_OUT``, or ``cache_write_``
            and a time, e.g. ``cache_write_12h``; ``cached_audio`` is contained in ``audio_in`` and in
            ``tokens_cached``; ``cached_unsplit`` are cached tokens that may be of any kind. Any other name counts what
            is billed by the piece, e.g. ``file_search``.
        calls: the calls inside this one, whose sum its tokens are; empty where there was one.
        unread: what the provider counted and no rule reads, for people; a bill cannot be whole with any.

    Raises:
        UsageError: a count is negative, not a whole number or beyond what can be stored, or parts exceed their total.
    """

    tokens_in: int
    tokens_out: int
    tokens_cached: int = 0
    tokens_cache_write: int = 0
    tokens_cache_write_1h: int = 0
    tokens_reasoning: int = 0
    web_searches: int = 0
    source: UsageSource = "provider"
    more: Mapping[str, int] = field(default_factory=dict, hash=False)
    calls: tuple[SubCall, ...] = ()
    unread: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse counts that cannot be true."""
        for count in (*usage_counts(self), *self.more.values()):
            if type(count) is not int or not 0 <= count <= MOST_COUNT:
                _refuse_counts((*zip(USAGE_COUNTS, usage_counts(self), strict=True), *self.more.items()))
        written = self.tokens_cache_write + self.tokens_cache_write_1h
        parts_in, parts_out = self.tokens_cached + written, self.tokens_reasoning
        if self.more:
            parts_in += self._more_in()
            parts_out += sum(self.more.get(name, 0) for name in MORE_OUT)
        if parts_in > self.tokens_in:
            named = "cached + cache-written" if not self.more else "cached + cache-written + other"
            raise UsageError(f"{named} tokens ({parts_in}) exceed tokens_in ({self.tokens_in})")
        if parts_out > self.tokens_out:
            named = "tokens_reasoning" if not self.more else "reasoning + other output tokens"
            raise UsageError(f"{named} ({parts_out}) exceed tokens_out ({self.tokens_out})")

    def _more_in(self) -> int:
        """Input tokens of ``more`` that ``tokens_cached`` does not hold."""
        written = sum(count for name, count in self.more.items() if name.startswith(CACHE_WRITE))
        others = cached = 0
        for kind in KINDS:
            of_kind, read = self.more.get(f"{kind}_in", 0), self.more.get(f"cached_{kind}", 0)
            if read > of_kind:
                raise UsageError(f"cached_{kind} ({read}) exceed {kind}_in ({of_kind})")
            others += of_kind - read
            cached += read
        if cached > self.tokens_cached:
            raise UsageError(f"cached tokens of all kinds ({cached}) exceed tokens_cached ({self.tokens_cached})")
        return written + max(0, others - self.more.get(UNSPLIT, 0))


@dataclass(frozen=True, kw_only=True)
class SubCall:
    """A call that the provider made inside one answer, e.g. a compaction or an advisor.

    Attributes:
        model: that answered it; None is the model of the answer.
        usage: its own counts.
    """

    model: str | None
    usage: Usage


KINDS = ("audio", "image", "video")
MORE_IN = tuple(f"{kind}_in" for kind in KINDS) + tuple(f"cached_{kind}" for kind in KINDS)
MORE_OUT = (*(f"{kind}_out" for kind in KINDS), "citation")
PREVIEW = "web_search_preview"
UNITS = (
    PREVIEW,
    *("file_search", "code_execution", "image_generation", "x_search", "search_source", "server_tool"),
    *("request_low", "request_medium", "request_high", "audio_second", "audio_hour", "character", "text_message"),
    *("document_page", "annotated_page"),
)
"""What is billed by the piece, beside requests and web searches; ``request_low`` ... by the context of its search, and
``web_search_preview`` are those of the web searches that have a fee of their own with some models."""
CACHE_WRITE = "cache_write_"
UNSPLIT = "cached_unsplit"
MOST_COUNT = 2**63 - 1
"""The greatest whole number that every database can store."""

USAGE_COUNTS = tuple(f.name for f in fields(Usage) if f.name not in ("source", "more", "calls", "unread"))

usage_counts = attrgetter(*USAGE_COUNTS)


def _refuse_counts(counts: Iterable[tuple[str, Any]]) -> None:
    for name, count in counts:
        if type(count) is not int or count < 0:
            raise UsageError(f"{name}={count!r}: a count is a whole number >= 0")
        if count > MOST_COUNT:
            raise UsageError(f"{name}={count}: a count above {MOST_COUNT} cannot be stored")


def more_facts(usage: Usage) -> dict[str, Any]:
    """Write the counts of a usage other than ``USAGE_COUNTS`` as JSON values; empty if there are none."""
    facts: dict[str, Any] = {}
    if usage.more:
        facts["more"] = dict(usage.more)
    if usage.calls:
        facts["calls"] = [{"model": call.model, **usage_facts(call.usage)} for call in usage.calls]
    if usage.unread:
        facts["unread"] = list(usage.unread)
    return facts


def usage_facts(usage: Usage) -> dict[str, Any]:
    """Write a usage as JSON values."""
    return {**{name: getattr(usage, name) for name in USAGE_COUNTS}, "source": usage.source, **more_facts(usage)}


def usage_from(facts: Mapping[str, Any]) -> Usage:
    """Read back what ``usage_facts`` wrote.

    Raises:
        UsageError: the counts cannot be true, or are damaged.
    """
    try:
        calls = tuple(SubCall(model=it["model"], usage=usage_from(it)) for it in facts.get("calls") or ())
        counts = {name: facts.get(name) or 0 for name in USAGE_COUNTS}
        more = dict(facts.get("more") or {})
        unread = tuple(str(it) for it in facts.get("unread") or ())
    except (TypeError, KeyError, ValueError, AttributeError):
        raise UsageError(f"usage {str(facts)[:200]}: is damaged") from None
    return Usage(**counts, source=facts.get("source", "provider"), more=more, calls=calls, unread=unread)
