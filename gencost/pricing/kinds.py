"""The buckets of answers whose tokens are of several kinds: audio, images, video, citations, longer cache writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from gencost.pricing.rates import ModelPricing
from gencost.types import Usage
from gencost.values.token_counts import CACHE_WRITE, KINDS, MORE_OUT, UNSPLIT

_WRITES = (("cache_write", "tokens_cache_write"), ("cache_write_1h", "tokens_cache_write_1h"))
Part = tuple[str, int, Decimal | None]
"""A bucket, its tokens, USD per million; None if there is none."""


def more_buckets(usage: Usage, pricing: ModelPricing, reasoning: int) -> list[Part]:
    """Split counts so that each token is in exactly one bucket, see ``cost.buckets``.

    Args:
        usage: inclusive counts, some of them in ``more``.
        pricing: the rates.
        reasoning: tokens that have a rate of their own.
    """
    more = usage.more
    if UNSPLIT in more:
        kinds = tuple(f"{kind}_in" for kind in KINDS if f"{kind}_in" in more)
        if not _one_rate(pricing.named, kinds):
            return _not_split(usage, pricing, reasoning)
        more = {name: count for name, count in more.items() if name not in (UNSPLIT, *kinds)}
    cached = {f"cached_{kind}": more.get(f"cached_{kind}", 0) for kind in KINDS}
    others_in = {f"{kind}_in": more.get(f"{kind}_in", 0) - cached[f"cached_{kind}"] for kind in KINDS}
    written = {bucket: getattr(usage, name) for bucket, name in _WRITES}
    written |= {name: count for name, count in more.items() if name.startswith(CACHE_WRITE)}
    others_out = {name: more.get(name, 0) for name in MORE_OUT}
    plain_in = usage.tokens_in - usage.tokens_cached - sum(written.values()) - sum(others_in.values())
    counts = {
        "input": plain_in,
        "cached": usage.tokens_cached - sum(cached.values()),
        **cached,
        **others_in,
        **written,
        "output": usage.tokens_out - reasoning - sum(others_out.values()),
        "reasoning": reasoning,
        **others_out,
    }
    named = pricing.named
    return [(bucket, count, named.get(f"{bucket}_usd_per_mtok")) for bucket, count in counts.items() if count]


def _one_rate(named: Mapping[str, Decimal], kinds: Sequence[str]) -> bool:
    """Whether tokens of some kinds have the rates of text, cached or not: then it matters not which are."""
    others = [(f"{kind}_usd_per_mtok", f"cached_{kind.removesuffix('_in')}_usd_per_mtok") for kind in kinds]
    text = named.get("input_usd_per_mtok"), named.get("cached_usd_per_mtok")
    return None not in text and all((named.get(plain), named.get(read)) == text for plain, read in others)


def _not_split(usage: Usage, pricing: ModelPricing, reasoning: int) -> list[Part]:
    """The same where cached tokens may be of kinds that have other rates: no input has a bucket."""
    plain = replace(usage, more={name: it for name, it in usage.more.items() if name in MORE_OUT}, tokens_cached=0)
    parts = more_buckets(replace(plain, tokens_cache_write=0, tokens_cache_write_1h=0), pricing, reasoning)
    return [(UNSPLIT, usage.tokens_in, None), *(part for part in parts if part[0] != "input")]
